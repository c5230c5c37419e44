import { ActionIcon } from "@mantine/core";
import { IconGripVertical } from "@tabler/icons-react";
import { type KeyboardEvent, type ReactNode, useState } from "react";
import { moved } from "@/lib/order";
import classes from "./Sortable.module.css";
import { t } from "./text";

/** Rows that are put in order by dragging, or with the arrow keys on a row's handle. */
export function Sortable<T extends { id: string }>({
  label,
  rows,
  name,
  onOrder,
  children,
}: {
  label: string;
  rows: T[];
  name: (row: T) => string;
  /** Without it the order stands. */
  onOrder?: (rows: T[]) => void;
  children: (row: T) => ReactNode;
}) {
  const [dragged, setDragged] = useState<string>();
  const [over, setOver] = useState<string>();
  const place = (id: string, to: number) => {
    const from = rows.findIndex((r) => r.id === id);
    if (from >= 0 && to !== from && to >= 0 && to < rows.length) onOrder?.(moved(rows, from, to));
  };
  const onKey = (e: KeyboardEvent, i: number, id: string) => {
    const by = { ArrowUp: -1, ArrowDown: 1 }[e.key];
    if (!by) return;
    e.preventDefault();
    place(id, i + by);
  };
  return (
    <ul aria-label={label} className={classes.rows}>
      {rows.map((row, i) => (
        <li
          key={row.id}
          className={classes.row}
          data-over={over === row.id && dragged !== row.id ? true : undefined}
          data-dragged={dragged === row.id || undefined}
          onDragOver={(e) => {
            if (!dragged) return;
            e.preventDefault();
            setOver(row.id);
          }}
          onDrop={(e) => {
            e.preventDefault();
            if (dragged) place(dragged, i);
            setDragged(undefined);
            setOver(undefined);
          }}
        >
          {onOrder && (
            <ActionIcon
              className={classes.handle}
              draggable
              aria-label={t("sortable.handle", { name: name(row), at: i + 1, of: rows.length })}
              onDragStart={(e) => {
                e.dataTransfer.effectAllowed = "move";
                e.dataTransfer.setData("text/plain", name(row));
                setDragged(row.id);
              }}
              onDragEnd={() => {
                setDragged(undefined);
                setOver(undefined);
              }}
              onKeyDown={(e) => onKey(e, i, row.id)}
            >
              <IconGripVertical size={16} />
            </ActionIcon>
          )}
          {children(row)}
        </li>
      ))}
    </ul>
  );
}
