import { momentOf, wallOf } from "./zoned";

// How often something repeats, as a form asks for it, and as RFC 5545 writes it.

export const weekdays = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"] as const;
export type Weekday = (typeof weekdays)[number];
export type Repeats = "once" | "daily" | "weekly" | "monthly" | "yearly" | "rule";

export interface Recurrence {
  repeats: Repeats;
  every: number;
  on: Weekday[];
  /** Of months: by the day of the month, or by the weekday as it falls ("the second Tuesday", "the last Friday"). */
  by: "day" | "weekday";
  ends: "never" | "until" | "count";
  until: string;
  count: number;
  /** Days that are left out: "2026-12-24". */
  skip: string[];
  /** A rule that the form cannot show is kept as it is written. */
  rule: string;
}

export const once: Recurrence = {
  repeats: "once",
  every: 1,
  on: [],
  by: "day",
  ends: "never",
  until: "",
  count: 10,
  skip: [],
  rule: "",
};

/** The weekday of a day written "2026-05-14". */
export function weekdayOf(day: string): Weekday {
  return weekdays[(new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7] as Weekday;
}

/** Which of its weekday in the month a day is; -1 is the last one when it is the fifth. */
export function nthOf(day: string): number {
  const n = Math.ceil(Number(day.slice(8, 10)) / 7);
  return n > 4 ? -1 : n;
}

/** The RRULE for something that begins on a day; undefined when it happens once. */
export function ruleOf(r: Recurrence, day: string, zone = "UTC"): string | undefined {
  if (r.repeats === "once") return undefined;
  if (r.repeats === "rule") return r.rule.trim() || undefined;
  const out = [`FREQ=${r.repeats.toUpperCase()}`];
  if (r.every > 1) out.push(`INTERVAL=${Math.floor(r.every)}`);
  if (r.repeats === "weekly") {
    const on = weekdays.filter((d) => r.on.includes(d));
    out.push(`BYDAY=${(on.length ? on : [weekdayOf(day)]).join(",")}`);
  }
  if (r.repeats === "monthly")
    out.push(r.by === "day" ? `BYMONTHDAY=${Number(day.slice(8, 10))}` : `BYDAY=${nthOf(day)}${weekdayOf(day)}`);
  if (r.ends === "count") out.push(`COUNT=${Math.max(1, Math.floor(r.count) || 1)}`);
  // The end of that day where the clocks of the rule are.
  const last = r.ends === "until" ? momentOf(`${r.until}T23:59`, zone) : undefined;
  if (last) out.push(`UNTIL=${last.slice(0, 16).replace(/[-:]/g, "")}59Z`);
  return out.join(";");
}

/** What the form shows of a rule; one it cannot show stays as it is written. */
export function readRule(rule: string | undefined, day: string, zone = "UTC", skip: string[] = []): Recurrence {
  if (!rule) return once;
  const kept: Recurrence = { ...once, repeats: "rule", rule, skip };
  const parts = Object.fromEntries(
    rule
      .replace(/^RRULE:/i, "")
      .split(";")
      .map((p) => p.split("=", 2) as [string, string]),
  );
  const { FREQ, INTERVAL = "1", BYDAY = "", BYMONTHDAY = "", COUNT, UNTIL, ...rest } = parts;
  delete rest.WKST;
  const names: Record<string, Repeats> = { DAILY: "daily", WEEKLY: "weekly", MONTHLY: "monthly", YEARLY: "yearly" };
  const repeats = names[FREQ ?? ""];
  if (!repeats || Object.keys(rest).length > 0) return kept;
  const r: Recurrence = { ...once, repeats, every: Number(INTERVAL), skip };
  if (COUNT) Object.assign(r, { ends: "count", count: Number(COUNT) });
  if (UNTIL) {
    const m = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)\d\dZ$/.exec(UNTIL);
    const last = m && wallOf(`${m[1]}-${m[2]}-${m[3]}T${m[4]}:${m[5]}:00Z`, zone);
    // Only the end of a day can be shown.
    if (!last?.endsWith("T23:59")) return kept;
    Object.assign(r, { ends: "until", until: last.slice(0, 10) });
  }
  if (repeats === "weekly") {
    r.on = BYDAY ? (BYDAY.split(",") as Weekday[]) : [weekdayOf(day)];
    if (BYMONTHDAY || r.on.some((d) => !weekdays.includes(d))) return kept;
  } else if (repeats === "monthly") {
    if (BYDAY) {
      if (BYMONTHDAY || BYDAY.replace("+", "") !== `${nthOf(day)}${weekdayOf(day)}`) return kept;
      r.by = "weekday";
    } else if (BYMONTHDAY && Number(BYMONTHDAY) !== Number(day.slice(8, 10))) return kept;
  } else if (BYDAY || BYMONTHDAY) return kept;
  return r;
}
