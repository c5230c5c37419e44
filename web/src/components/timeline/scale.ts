import type { Span } from "./types";

// Time on the horizontal axis. Everything that has to do with calendars uses the reader's zone through Date, so that days
// with 23 or 25 hours are as wide as they are long.

export const minute = 60_000;
export const hour = 60 * minute;
export const day = 24 * hour;

export type Tick = { at: number; label: string; strong: boolean };

type Unit = { size: number; start: (d: Date) => Date; next: (d: Date) => Date; label: (d: Date) => string };

const two = (n: number) => String(n).padStart(2, "0");
const weekday = new Intl.DateTimeFormat("en-GB", { weekday: "short" });
const month = new Intl.DateTimeFormat("en-GB", { month: "short" });
const monthYear = new Intl.DateTimeFormat("en-GB", { month: "long", year: "numeric" });
const fullDay = new Intl.DateTimeFormat("en-GB", { weekday: "short", day: "numeric", month: "short", year: "numeric" });

const midnight = (d: Date) => new Date(d.getFullYear(), d.getMonth(), d.getDate());
const plusDays = (d: Date, n: number) => new Date(d.getFullYear(), d.getMonth(), d.getDate() + n);
const monday = (d: Date) => plusDays(d, -((d.getDay() + 6) % 7));

function hours(n: number): Unit {
  return {
    size: n * hour,
    start: (d) => new Date(d.getFullYear(), d.getMonth(), d.getDate(), Math.floor(d.getHours() / n) * n),
    next: (d) => {
      const next = new Date(d.getFullYear(), d.getMonth(), d.getDate(), d.getHours() + n);
      // A wall clock that goes back would name the same hour again.
      return next.getTime() > d.getTime() ? next : new Date(d.getTime() + n * hour);
    },
    label: (d) => `${two(d.getHours())}:${two(d.getMinutes())}`,
  };
}

const days: Unit = {
  size: day,
  start: midnight,
  next: (d) => plusDays(d, 1),
  label: (d) => `${weekday.format(d)} ${d.getDate()}`,
};
const weeks: Unit = {
  size: 7 * day,
  start: (d) => monday(midnight(d)),
  next: (d) => plusDays(d, 7),
  label: (d) => `${d.getDate()} ${month.format(d)}`,
};
const months: Unit = {
  size: 30.4 * day,
  start: (d) => new Date(d.getFullYear(), d.getMonth(), 1),
  next: (d) => new Date(d.getFullYear(), d.getMonth() + 1, 1),
  label: (d) => month.format(d),
};
const quarters: Unit = {
  size: 91 * day,
  start: (d) => new Date(d.getFullYear(), Math.floor(d.getMonth() / 3) * 3, 1),
  next: (d) => new Date(d.getFullYear(), d.getMonth() + 3, 1),
  label: (d) => `Q${Math.floor(d.getMonth() / 3) + 1}`,
};
const years: Unit = {
  size: 365 * day,
  start: (d) => new Date(d.getFullYear(), 0, 1),
  next: (d) => new Date(d.getFullYear() + 1, 0, 1),
  label: (d) => String(d.getFullYear()),
};

const minorUnits: Unit[] = [hours(1), hours(2), hours(3), hours(6), hours(12), days, weeks, months, quarters, years];
const named = (unit: Unit, label: (d: Date) => string): Unit => ({ ...unit, label });

function majorOf(minor: Unit): Unit {
  if (minor.size < day) return named(days, (d) => fullDay.format(d));
  if (minor.size <= 7 * day) return named(months, (d) => monthYear.format(d));
  return years;
}

function walk(unit: Unit, view: Span): Tick[] {
  const out: Tick[] = [];
  for (let d = unit.start(new Date(view.from)); d.getTime() < view.to; d = unit.next(d)) {
    out.push({ at: d.getTime(), label: unit.label(d), strong: false });
  }
  return out;
}

/** The two lines of the header. Labels of the lower line are at least 52 px apart. */
export function ticks(view: Span, width: number): { major: Tick[]; minor: Tick[] } {
  const perPixel = (view.to - view.from) / Math.max(1, width);
  const unit = minorUnits.find((u) => u.size / perPixel >= 52) ?? years;
  const major = walk(majorOf(unit), view);
  const starts = new Set(major.map((t) => t.at));
  return { major, minor: walk(unit, view).map((t) => ({ ...t, strong: starts.has(t.at) })) };
}

const steps = [5 * minute, 15 * minute, 30 * minute, hour, 3 * hour, 6 * hour, 12 * hour, day, 7 * day];

/** The step to which a drag snaps: the smallest that is at least 8 px wide. */
export function stepOf(view: Span, width: number): number {
  const perPixel = (view.to - view.from) / Math.max(1, width);
  return steps.find((s) => s / perPixel >= 8) ?? 7 * day;
}

/** Rounds a moment to the step on the reader's wall clock. */
export function snap(at: number, step: number): number {
  const d = new Date(at);
  if (step >= 7 * day) return nearest(at, weeks);
  if (step >= day) return nearest(at, days);
  const start = midnight(d).getTime();
  const wall = (d.getHours() * 60 + d.getMinutes()) * minute + (at % minute);
  const rounded = Math.round(wall / step) * step;
  const out = new Date(start);
  out.setHours(0, rounded / minute, 0, 0);
  return out.getTime();
}

function nearest(at: number, unit: Unit): number {
  const before = unit.start(new Date(at));
  const after = unit.next(before);
  return at - before.getTime() < after.getTime() - at ? before.getTime() : after.getTime();
}

export const shortest = hour;
export const longest = 5 * 366 * day;

/** The view zoomed by a factor around a moment, within what makes sense. */
export function zoom(view: Span, factor: number, around: number): Span {
  const length = Math.min(longest, Math.max(shortest, (view.to - view.from) * factor));
  const share = (around - view.from) / (view.to - view.from);
  const from = Math.round(around - share * length);
  return { from, to: from + Math.round(length) };
}

export function shift(view: Span, by: number): Span {
  return { from: view.from + by, to: view.to + by };
}
