import { ActionIcon, Button, Checkbox, Loader, Menu, Skeleton, UnstyledButton } from "@mantine/core";
import { IconArrowDown, IconArrowsSort, IconArrowUp, IconDots } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, type MouseEvent, type ReactNode, useEffect, useRef, useState } from "react";
import { Absent } from "../Absent";
import { ProblemAlert } from "../ProblemAlert";
import { t } from "../text";
import type { DataListProps } from "./DataList";
import classes from "./DataList.module.css";
import type { Density } from "./ListMenus";
import type { ListColumn } from "./types";
import type { ListState } from "./useListState";

interface RowsProps<T> extends DataListProps<T> {
  state: ListState;
  visible: ListColumn<T>[];
  rows: T[];
  loading: boolean;
  busy: boolean;
  density: Density;
  narrow: boolean;
  selected: ReadonlySet<string>;
  setSelected: (next: ReadonlySet<string>) => void;
  more: { has: boolean; loading: boolean; error: unknown; load: () => void };
  onSearchKey: () => void;
}

const heights = { compact: 32, comfortable: 40 };
const interactive = "a, button, input, label, [role=menuitem], [data-no-open]";

/** The rows themselves: a table on a wide screen, cards on a narrow one; only what is in sight is in the document. */
export function ListRows<T>(p: RowsProps<T>) {
  const { rows, state, rowId, selected, setSelected, more } = p;
  const scroller = useRef<HTMLDivElement>(null);
  const [at, setAt] = useState(-1);
  const columns = p.visible;
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => (p.narrow ? 104 : heights[p.density]),
    overscan: 12,
    getItemKey: (i) => (rows[i] ? rowId(rows[i]) : i),
  });
  const items = virtual.getVirtualItems();
  const last = items[items.length - 1]?.index ?? 0;
  const { has, loading, error, load } = more;
  useEffect(() => {
    if (has && !loading && !error && last >= rows.length - 15) load();
  }, [has, loading, error, last, rows.length, load]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new height of rows needs new positions
  useEffect(() => virtual.measure(), [p.density, p.narrow]);

  const openRow = (row: T) => {
    if (p.onOpen === false) return;
    if (p.onOpen) p.onOpen(row);
    else state.setOpen(rowId(row));
  };
  const toggle = (row: T) => {
    const next = new Set(selected);
    const id = rowId(row);
    if (!next.delete(id)) next.add(id);
    setSelected(next);
  };
  const focusRow = (index: number) => {
    const next = Math.max(0, Math.min(rows.length - 1, index));
    setAt(next);
    virtual.scrollToIndex(next, { align: "auto" });
    requestAnimationFrame(() => {
      scroller.current?.querySelector<HTMLElement>(`[data-row="${next}"]`)?.focus({ preventScroll: true });
    });
  };
  const onKeyDown = (e: KeyboardEvent) => {
    if (e.ctrlKey || e.metaKey || e.altKey) return;
    const target = e.target as HTMLElement;
    if (target.closest("[role=menu], [role=dialog]")) return;
    if (target.closest("input:not([type=checkbox]), textarea, select")) return;
    const row = rows[at];
    switch (e.key) {
      case "j":
      case "ArrowDown":
        focusRow(at + 1);
        break;
      case "k":
      case "ArrowUp":
        focusRow(at < 0 ? 0 : at - 1);
        break;
      case "Home":
        focusRow(0);
        break;
      case "End":
        focusRow(rows.length - 1);
        break;
      case "x":
        if (row && p.bulk) toggle(row);
        break;
      case "Enter":
        if (!row || target.closest("a, button")) return;
        openRow(row);
        break;
      case "e":
        if (row) p.onEdit?.(row);
        break;
      case "/":
        p.onSearchKey();
        break;
      default:
        return;
    }
    e.preventDefault();
  };
  const rowProps = (row: T, index: number) => ({
    "data-row": index,
    tabIndex: index === Math.max(0, at) ? 0 : -1,
    "aria-selected": p.bulk ? selected.has(rowId(row)) : undefined,
    "data-open": state.open === rowId(row) || undefined,
    "data-selected": selected.has(rowId(row)) || undefined,
    "data-plain": p.onOpen === false || undefined,
    onFocus: () => setAt(index),
    onClick: (e: MouseEvent) => {
      if ((e.target as HTMLElement).closest(interactive)) return;
      if (window.getSelection()?.toString()) return;
      openRow(row);
    },
  });
  const name = (row: T, content: ReactNode) =>
    p.onOpen === false ? (
      content
    ) : p.onOpen ? (
      <UnstyledButton className={classes.name} onClick={() => openRow(row)}>
        {content}
      </UnstyledButton>
    ) : (
      <Link
        to="."
        search={((before: object) => ({ ...before, open: rowId(row) })) as never}
        resetScroll={false}
        className={classes.name}
      >
        {content}
      </Link>
    );
  const menu = (row: T) => {
    const content = p.rowMenu?.(row);
    if (!content) return null;
    return (
      <Menu>
        <Menu.Target>
          <ActionIcon size="md" aria-label={t("list.rowActions", { name: p.rowName(row) })}>
            <IconDots size={16} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>{content}</Menu.Dropdown>
      </Menu>
    );
  };
  const check = (row: T) => (
    <Checkbox
      size="xs"
      checked={selected.has(rowId(row))}
      onChange={() => toggle(row)}
      aria-label={t("list.select", { name: p.rowName(row) })}
    />
  );
  const before = items[0]?.start ?? 0;
  const after = virtual.getTotalSize() - (items[items.length - 1]?.end ?? 0);
  const foot = (
    <>
      {more.error !== undefined && <ProblemAlert error={more.error} onRetry={more.load} />}
      {more.loading && (
        <div className={classes.loadingMore}>
          <Loader size="xs" /> {t("list.loadingMore")}
        </div>
      )}
      {more.has && !more.loading && !more.error && (
        <div className={classes.loadingMore}>
          <Button size="compact-sm" variant="subtle" onClick={more.load}>
            {t("list.loadMore")}
          </Button>
        </div>
      )}
    </>
  );

  if (p.narrow) {
    const [title, ...rest] = columns;
    const marked = rest.filter((c) => c.card);
    const facts = (marked.length ? marked : rest).slice(0, 3);
    return (
      // biome-ignore lint/a11y/noStaticElementInteractions: the keys of the rows inside are heard here
      <div
        ref={scroller}
        className={classes.scroller}
        onKeyDown={onKeyDown}
        aria-busy={p.busy || p.loading}
        data-old={p.busy || undefined}
      >
        {p.loading ? (
          <ul className={classes.cards}>
            {[1, 2, 3, 4, 5].map((n) => (
              <li key={n} className={classes.card}>
                <Skeleton h={16} w="60%" mb={10} />
                <Skeleton h={12} w="80%" />
              </li>
            ))}
          </ul>
        ) : (
          <ul className={classes.cards} style={{ paddingTop: before, paddingBottom: after }}>
            {items.map((item) => {
              const row = rows[item.index] as T;
              const { "aria-selected": _, ...rest } = rowProps(row, item.index);
              return (
                <li
                  key={item.key}
                  ref={virtual.measureElement}
                  data-index={item.index}
                  className={classes.card}
                  {...rest}
                >
                  <div className={classes.cardHead}>
                    {p.bulk && check(row)}
                    <div className={classes.cardTitle}>{title && name(row, title.cell(row))}</div>
                    {menu(row)}
                  </div>
                  <dl className={classes.cardFacts}>
                    {facts.map((c) => (
                      <div key={c.id}>
                        <dt>{c.header}</dt>
                        <dd>{shown(c, row)}</dd>
                      </div>
                    ))}
                  </dl>
                </li>
              );
            })}
          </ul>
        )}
        {foot}
      </div>
    );
  }

  const width = columns.reduce((sum, c, i) => sum + widthOf(c, i), 0);
  const span = columns.length + (p.bulk ? 1 : 0) + (p.rowMenu ? 1 : 0);
  const all = rows.length > 0 && rows.every((r) => selected.has(rowId(r)));
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the keys of the rows inside are heard here
    <div
      ref={scroller}
      className={classes.scroller}
      onKeyDown={onKeyDown}
      aria-busy={p.busy || p.loading}
      data-old={p.busy || undefined}
    >
      <table
        className={classes.table}
        style={{ minWidth: width + (p.bulk ? 36 : 0) + (p.rowMenu ? 44 : 0) }}
        data-density={p.density}
        aria-rowcount={more.has ? -1 : rows.length + 1}
        aria-label={p.label}
      >
        <colgroup>
          {p.bulk && <col style={{ width: 36 }} />}
          {columns.map((c, i) => (
            <col key={c.id} style={{ width: `${(widthOf(c, i) / width) * 100}%` }} />
          ))}
          {p.rowMenu && <col style={{ width: 44 }} />}
        </colgroup>
        <thead>
          <tr aria-rowindex={1}>
            {p.bulk && (
              <td>
                <Checkbox
                  size="xs"
                  checked={all}
                  indeterminate={!all && selected.size > 0}
                  onChange={() => setSelected(all ? new Set() : new Set(rows.map(rowId)))}
                  aria-label={t("list.selectAll")}
                />
              </td>
            )}
            {columns.map((c) => (
              <Head key={c.id} column={c as ListColumn<unknown>} state={state} />
            ))}
            {p.rowMenu && <td />}
          </tr>
        </thead>
        <tbody>
          {p.loading &&
            Array.from({ length: 12 }, (_, n) => n).map((n) => (
              <tr key={n} className={classes.row}>
                {Array.from({ length: span }, (_, i) => i).map((i) => (
                  <td key={i}>
                    <Skeleton h={12} w={i === 0 ? "60%" : `${40 + ((n * 7 + i * 13) % 40)}%`} />
                  </td>
                ))}
              </tr>
            ))}
          {before > 0 && (
            <tr aria-hidden>
              <td colSpan={span} style={{ height: before, padding: 0, border: 0 }} />
            </tr>
          )}
          {items.map((item) => {
            const row = rows[item.index] as T;
            const { "aria-selected": chosen, ...rest } = rowProps(row, item.index);
            return (
              <tr
                key={item.key}
                className={classes.row}
                aria-rowindex={item.index + 2}
                aria-selected={chosen}
                {...rest}
              >
                {p.bulk && <td>{check(row)}</td>}
                {columns.map((c, i) => (
                  <td key={c.id} data-align={c.align}>
                    {i === 0 ? name(row, c.cell(row)) : shown(c, row)}
                  </td>
                ))}
                {p.rowMenu && <td className={classes.menuCell}>{menu(row)}</td>}
              </tr>
            );
          })}
          {after > 0 && (
            <tr aria-hidden>
              <td colSpan={span} style={{ height: after, padding: 0, border: 0 }} />
            </tr>
          )}
        </tbody>
      </table>
      {foot}
    </div>
  );
}

/** What stands in a cell; nothing known is a dash. */
function shown<T>(column: ListColumn<T>, row: T): ReactNode {
  const content = column.cell(row);
  return content === undefined || content === null || content === "" ? <Absent /> : content;
}

function widthOf(column: { width?: number }, index: number): number {
  return column.width ?? (index === 0 ? 220 : 150);
}

function Head({ column, state }: { column: ListColumn<unknown>; state: ListState }) {
  if (!column.sort) {
    return (
      <th scope="col" data-align={column.align}>
        {column.header}
      </th>
    );
  }
  const up = state.sort === column.sort;
  const down = state.sort === `-${column.sort}`;
  const Sign = up ? IconArrowUp : down ? IconArrowDown : IconArrowsSort;
  return (
    <th scope="col" data-align={column.align} aria-sort={up ? "ascending" : down ? "descending" : "none"}>
      <UnstyledButton
        className={classes.sort}
        data-on={up || down || undefined}
        onClick={() => state.setSort(up ? `-${column.sort}` : column.sort)}
        title={t("list.sortBy", { name: column.header })}
      >
        {column.header}
        <Sign size={14} aria-hidden />
      </UnstyledButton>
    </th>
  );
}
