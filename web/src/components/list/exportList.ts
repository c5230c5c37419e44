import { notifications } from "@mantine/notifications";
import { asProblem } from "@/api/problem";
import { csv, download, fileName } from "@/lib/csv";
import { t } from "../text";
import type { ListArgs, ListColumn, ListSource } from "./types";

/**
 * Reads every page of exactly what is filtered, in the order shown, and saves it. Nothing is saved when a page is
 * missing: half an export that looks whole is worse than none.
 */
export async function exportList<T>(
  source: ListSource<T>,
  columns: ListColumn<T>[],
  args: Omit<ListArgs, "cursor" | "limit">,
  name: string,
): Promise<number | undefined> {
  const stop = new AbortController();
  const id = notifications.show({
    message: t("list.exporting", { count: 0 }),
    loading: true,
    autoClose: false,
    onClose: () => stop.abort(),
  });
  const cols = columns.filter((c) => c.csv);
  const rows: T[] = [];
  try {
    let cursor: string | undefined;
    do {
      const page = await source.page({ ...args, cursor, limit: 500 }, stop.signal);
      rows.push(...page.items);
      cursor = page.next;
      notifications.update({
        id,
        message: t("list.exporting", { count: rows.length }),
        loading: true,
        autoClose: false,
      });
    } while (cursor && !stop.signal.aborted);
    if (stop.signal.aborted) return undefined;
    // The mark in front makes spreadsheets read it as UTF-8.
    const text = `\uFEFF${csv(
      cols.map((c) => c.header),
      rows.map((r) => cols.map((c) => c.csv?.(r))),
    )}`;
    download(fileName(name, "csv"), text, "text/csv;charset=utf-8");
    notifications.update({ id, message: t("list.exported", { count: rows.length }), loading: false, autoClose: 4000 });
    return rows.length;
  } catch (error) {
    notifications.update({ id, color: "red", message: asProblem(error).message, loading: false, autoClose: 8000 });
    return undefined;
  }
}
