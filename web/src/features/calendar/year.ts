import type { Schema } from "@/api/client";

export type Occurrence = Schema<"CalendarOccurrence">;

const two = (n: number) => String(n).padStart(2, "0");
export const dayKey = (at: Date): string => `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;

/** The weeks of a month, Monday first; days of other months are undefined. */
export function weeksOf(year: number, month: number): (string | undefined)[][] {
  const lead = (new Date(year, month, 1).getDay() + 6) % 7;
  const days = new Date(year, month + 1, 0).getDate();
  const cells: (string | undefined)[] = [
    ...Array.from({ length: lead }, () => undefined),
    ...Array.from({ length: days }, (_, i) => `${year}-${two(month + 1)}-${two(i + 1)}`),
  ];
  while (cells.length % 7) cells.push(undefined);
  return Array.from({ length: cells.length / 7 }, (_, i) => cells.slice(i * 7, i * 7 + 7));
}

/** What is in force on each day of a year where the reader is. An end at midnight does not count for the day it begins. */
export function byDay(occurrences: Occurrence[], year: number): Map<string, Occurrence[]> {
  const out = new Map<string, Occurrence[]>();
  const first = new Date(year, 0, 1);
  const after = new Date(year + 1, 0, 1);
  for (const o of occurrences) {
    const from = new Date(Math.max(Date.parse(o.from), first.getTime()));
    const to = new Date(Math.min(Date.parse(o.to), after.getTime()));
    for (
      let day = new Date(from.getFullYear(), from.getMonth(), from.getDate());
      day < to;
      day = new Date(day.getFullYear(), day.getMonth(), day.getDate() + 1)
    ) {
      const key = dayKey(day);
      const held = out.get(key);
      if (held) held.push(o);
      else out.set(key, [o]);
    }
  }
  return out;
}
