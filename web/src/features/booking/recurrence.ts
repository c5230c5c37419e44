// A recurrence as a person builds it, and the RRULE of RFC 5545 that says the same.

export type Frequency = "daily" | "weekly" | "monthly";
export const weekdays = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"] as const;
export type Weekday = (typeof weekdays)[number];

export type Recurrence = {
  frequency: Frequency;
  /** Every how many days, weeks or months. */
  every: number;
  /** For weeks: on which days. */
  on: Weekday[];
  /** For months: the day of the month, or the weekday as it falls ("2TU", "-1FR"). */
  by: "day" | "weekday";
  end: { kind: "count"; count: number } | { kind: "until"; day: string };
};

export function weekdayOf(at: number): Weekday {
  return weekdays[(new Date(at).getDay() + 6) % 7] as Weekday;
}

/** Which weekday of its month a moment falls on: 1 to 4, or -1 for the last. */
export function ordinalOf(at: number): number {
  const date = new Date(at).getDate();
  const n = Math.ceil(date / 7);
  return n > 4 ? -1 : n;
}

export function usual(start: number): Recurrence {
  return { frequency: "weekly", every: 1, on: [weekdayOf(start)], by: "day", end: { kind: "count", count: 6 } };
}

/** The rule for a booking that begins at a moment. UNTIL is the end of that day where the reader is. */
export function ruleOf(r: Recurrence, start: number): string {
  const parts = [`FREQ=${r.frequency.toUpperCase()}`];
  if (r.every > 1) parts.push(`INTERVAL=${r.every}`);
  if (r.frequency === "weekly") {
    const on = weekdays.filter((d) => r.on.includes(d));
    parts.push(`BYDAY=${(on.length ? on : [weekdayOf(start)]).join(",")}`);
  }
  if (r.frequency === "monthly") {
    parts.push(
      r.by === "day" ? `BYMONTHDAY=${new Date(start).getDate()}` : `BYDAY=${ordinalOf(start)}${weekdayOf(start)}`,
    );
  }
  if (r.end.kind === "count") parts.push(`COUNT=${Math.max(1, Math.floor(r.end.count) || 1)}`);
  else if (r.end.day) {
    const until = new Date(`${r.end.day}T23:59:59`).toISOString();
    parts.push(`UNTIL=${until.replace(/[-:]/g, "").replace(/\.\d+/, "")}`);
  }
  return parts.join(";");
}

/** Whether a rule can be asked about: a last day that is there and not before the first. */
export function complete(r: Recurrence, start: number): boolean {
  if (!(r.every >= 1)) return false;
  if (r.end.kind === "count") return r.end.count >= 1;
  return Boolean(r.end.day) && new Date(`${r.end.day}T23:59:59`).getTime() >= start;
}
