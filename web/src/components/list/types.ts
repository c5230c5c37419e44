import type { Icon } from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { CsvValue } from "@/lib/csv";
import type { PickerSource } from "@/lib/picker";

/** What a list asks its source for. Filters hold the plain text of the address, several values joined by commas. */
export interface ListArgs {
  q?: string;
  filters: Record<string, string | undefined>;
  sort?: string;
  unit?: string;
  cursor?: string;
  limit: number;
}

export interface ListPage<T> {
  items: T[];
  next?: string;
  /** How many there are in all, where the server counts. */
  total?: number;
}

/** Where rows come from. `kind` is the kind of record as events name it, so that the live stream finds the list. */
export interface ListSource<T> {
  kind: string;
  page(args: ListArgs, signal: AbortSignal): Promise<ListPage<T>>;
}

/** The first column names the row: it is always shown, and it is the link that opens the row. */
export interface ListColumn<T> {
  id: string;
  header: string;
  cell: (row: T) => ReactNode;
  /** The value in the export; without it the column is not exported. */
  csv?: (row: T) => CsvValue;
  /** The name the server sorts by; "-name" is the other direction. */
  sort?: string;
  align?: "right";
  width?: number;
  /** Not shown until chosen in the column chooser. */
  hidden?: boolean;
  /** One of the three facts on a card. */
  card?: boolean;
}

export interface ListFilter {
  id: string;
  label: string;
  /**
   * "options" unless said otherwise: a choice of several; "day": a date; "remote": one record found by name; "fixed": set by a
   * link alone, it can only be taken away.
   */
  kind?: "options" | "day" | "remote" | "fixed";
  options?: { value: string; label: string }[];
  /** Only one of the options at a time. */
  single?: boolean;
  source?: PickerSource;
  /** How the value reads in the chip, where it is not one of the options. */
  say?: (value: string) => string;
  /** The word between name and value in the chip; "is" unless said otherwise. */
  verb?: string;
}

export interface BulkAction<T> {
  id: string;
  label: string;
  icon?: Icon;
  danger?: boolean;
  run: (rows: T[], done: () => void) => void;
}
