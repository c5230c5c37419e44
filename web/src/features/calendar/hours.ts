import type { Schema } from "@/api/client";

export type Week = Schema<"CalendarWeek">;
export type DayName = keyof Week;
export const dayNames: DayName[] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/** The hours of a day as one writes them: "08:00–12:00, 13:00–17:00". */
export function hoursText(stretches: Week[DayName]): string {
  return stretches.map((s) => `${s.from}–${s.to}`).join(", ");
}

/** Reads hours as one writes them; undefined when they cannot be read, cross or go backwards. */
export function readHours(text: string): Week[DayName] | undefined {
  const out: Week[DayName] = [];
  let last = "";
  for (const part of text
    .split(/[,;]/)
    .map((p) => p.trim())
    .filter(Boolean)) {
    const m = /^(\d{1,2})(?::?(\d\d))?\s*(?:–|-|to)\s*(\d{1,2})(?::?(\d\d))?$/.exec(part);
    if (!m) return undefined;
    const clock = (h = "", min = "00") => `${h.padStart(2, "0")}:${min}`;
    const from = clock(m[1], m[2]);
    const to = clock(m[3], m[4]);
    const valid = (c: string) => c === "24:00" || (c < "24:00" && c.slice(3) < "60");
    if (!valid(from) || !valid(to) || from >= to || from < last) return undefined;
    out.push({ from, to });
    last = to;
  }
  return out;
}
