import { ActionIcon, Button, Group, Stack, Table } from "@mantine/core";
import { IconPencil, IconTrash } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { EmptyState } from "./EmptyState";
import classes from "./PartTable.module.css";
import { t } from "./text";

export interface PartRow {
  id: string;
  /** What the row is, for the names of its acts. */
  name: string;
  cells: ReactNode[];
  onEdit?: () => void;
  onRemove?: () => void;
}

/**
 * A short table of what belongs to a record, with its acts; on a phone each row is a card. For what may be long there is
 * `DataList`.
 */
export function PartTable({
  add,
  onAdd,
  more,
  label,
  empty,
  title,
  body,
  head,
  rows,
  children,
}: {
  /** The act that adds one; without it nothing can be added. */
  add?: string;
  onAdd?: () => void;
  /** Further acts beside it. */
  more?: ReactNode;
  /** What the rows are, for the ear. */
  label: string;
  empty: boolean;
  /** What stands when there are none. */
  title: string;
  body?: string;
  head: string[];
  rows: PartRow[];
  children?: ReactNode;
}) {
  const button = add && (
    <Button variant={empty ? "filled" : "default"} onClick={onAdd}>
      {add}
    </Button>
  );
  const acts = rows.some((r) => r.onEdit || r.onRemove);
  return (
    <Stack gap="sm" py="md">
      {empty ? (
        <EmptyState
          title={title}
          body={body}
          action={
            button || more ? (
              <>
                {button}
                {more}
              </>
            ) : undefined
          }
        />
      ) : (
        <>
          {(button || more) && (
            <Group justify="flex-end" gap="xs">
              {more}
              {button}
            </Group>
          )}
          <Table className={classes.table} aria-label={label}>
            <Table.Thead>
              <Table.Tr>
                {head.map((h) => (
                  <Table.Th key={h}>{h}</Table.Th>
                ))}
                {acts && <Table.Th w={90} aria-label={t("part.acts")} />}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {rows.map((row) => (
                <Table.Tr key={row.id}>
                  {row.cells.map((cell, i) => (
                    <Table.Td key={head[i]} data-label={head[i]}>
                      {cell}
                    </Table.Td>
                  ))}
                  {acts && (
                    <Table.Td>
                      <Group gap={0} wrap="nowrap" justify="flex-end">
                        {row.onEdit && (
                          <ActionIcon aria-label={t("part.edit", { name: row.name })} onClick={row.onEdit}>
                            <IconPencil size={16} />
                          </ActionIcon>
                        )}
                        {row.onRemove && (
                          <ActionIcon aria-label={t("part.remove", { name: row.name })} onClick={row.onRemove}>
                            <IconTrash size={16} />
                          </ActionIcon>
                        )}
                      </Group>
                    </Table.Td>
                  )}
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </>
      )}
      {children}
    </Stack>
  );
}
