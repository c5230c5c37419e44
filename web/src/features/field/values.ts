import type { Schema } from "@/api/client";
import { fromMinute, minuteOf } from "@/lib/day";

export type DataType = Schema<"FieldNewField">["dataType"];
export type Filled = Omit<Schema<"FieldFilledView">, "dataType"> & { dataType: DataType };

export const dataTypes: DataType[] = [
  "text",
  "multiline",
  "number",
  "decimal",
  "currency",
  "date",
  "time",
  "datetime",
  "list",
  "multi_list",
  "person",
  "url",
  "boolean",
];

interface Named {
  id: string;
  name: string;
}
const isNamed = (v: unknown): v is Named => typeof v === "object" && v !== null && "id" in v && "name" in v;

export interface Money {
  amount: number;
  currency: string;
}
export const isMoney = (v: unknown): v is Money => typeof v === "object" && v !== null && "amount" in v;

/** What an input works on: ids instead of names, a date-and-time where the reader is. Null is empty. */
export function toInput(type: DataType, value: unknown): unknown {
  if (value === null || value === undefined) return null;
  switch (type) {
    case "list":
    case "person":
      return isNamed(value) ? value.id : value;
    case "multi_list":
      return Array.isArray(value) ? value.map((v) => (isNamed(v) ? v.id : v)) : null;
    case "datetime":
      return minuteOf(String(value)) || null;
    default:
      return value;
  }
}

/** What the server takes; an empty text or an empty choice empties the field. */
export function toServer(type: DataType, value: unknown): unknown {
  if (value === null || value === undefined || value === "") return null;
  if (Array.isArray(value) && value.length === 0) return null;
  if (type === "datetime") return fromMinute(String(value)) ?? null;
  if (type === "currency" && isMoney(value) && Number.isNaN(Number(value.amount))) return null;
  return value;
}

/** The fields whose value differs, as the server takes them. */
export function changedValues(
  fields: Filled[],
  before: Record<string, unknown>,
  after: Record<string, unknown>,
): Record<string, unknown> {
  return Object.fromEntries(
    fields
      .filter((f) => !f.locked && JSON.stringify(before[f.key] ?? null) !== JSON.stringify(after[f.key] ?? null))
      .map((f) => [f.key, toServer(f.dataType, after[f.key])]),
  );
}

/** Fields by the tab they stand on, tabs in the order in which they first appear; those without one come first. */
export function inGroups<T extends { group?: string }>(fields: T[]): { name: string; fields: T[] }[] {
  const out = new Map<string, T[]>();
  if (fields.some((f) => !f.group)) out.set("", []);
  for (const f of fields) {
    const name = f.group ?? "";
    out.set(name, [...(out.get(name) ?? []), f]);
  }
  return [...out].map(([name, list]) => ({ name, fields: list }));
}

/** A problem's fields by the key of the custom field they are about. */
export function faultsByKey(fields: { path: string; message: string }[]): Record<string, string> {
  const out: Record<string, string> = {};
  for (const f of fields) {
    const key = /(?:^|\.)values[.[]"?([a-z0-9_]+)/.exec(f.path)?.[1] ?? f.path.replace(/^body\./, "");
    out[key] = out[key] ? `${out[key]} ${f.message}` : f.message;
  }
  return out;
}
