import type { Bar, Row, Shade, Span } from "@/components/timeline";
import type { Closure, Intent, Status } from "./queries";
import { statusTones } from "./queries";
import { day, plusDays } from "./span";

// The schedule as the server sends it, in as few characters as it can, and as the timeline draws it.

export const scheduleViews = ["environments", "groups", "requests", "overview"] as const;
export type ScheduleView = (typeof scheduleViews)[number];

export type ServerBar = {
  id: string;
  n: number;
  t: string;
  s: Status;
  i: Intent;
  f: number;
  u: number;
  h: number;
  c?: boolean;
  v: number;
  /** The release or the group, whichever was asked for. */
  k?: string;
};

export type ServerRow = {
  id: string;
  key?: string;
  name: string;
  unitId?: string;
  applicationId?: string;
  usageId?: string;
  capacity?: number;
  autoApprove?: boolean;
  bookable: boolean;
  members?: string[];
  bars: number[];
  closures?: Closure[];
  load?: { from: string; to: string; count: number }[];
  total?: number;
};

export type SchedulePage = {
  from: string;
  to: string;
  view: ScheduleView;
  rows: ServerRow[];
  bookings: ServerBar[];
  holders: { id: string; name: string }[];
  next?: string;
};

/** What a bar of the schedule stands for, beyond what the timeline draws of it. */
export type ScheduleBar = Bar & { booking?: ServerBar; holder?: { id: string; name: string } };
export type ScheduleRow = Omit<Row, "bars"> & { bars: ScheduleBar[]; source: ServerRow };

export type ColourBy = "none" | "holder" | "release" | "group" | "intent";

const stripes = ["#2f7ed8", "#d9822b", "#2a9d8f", "#8557d6", "#b5489a", "#7a6a00"];

/** The same words have the same colour on every page and every day. */
export function stripeOf(words: string | undefined): string | undefined {
  if (!words) return undefined;
  let sum = 0;
  for (let i = 0; i < words.length; i++) sum = (sum * 31 + words.charCodeAt(i)) >>> 0;
  return stripes[sum % stripes.length];
}

export type Look = {
  colour: ColourBy;
  /** Whether the reader may move a booking of this holder. */
  movable: (holder: string | undefined) => boolean;
  /** What stands beside the name of a row. */
  detail: (row: ServerRow) => string | undefined;
  onlyConflicts?: boolean;
};

const running: Status[] = ["requested", "approved", "waiting"];

export function toRows(page: SchedulePage, look: Look): ScheduleRow[] {
  const bars = page.bookings.map((b): ScheduleBar => {
    const holder = b.h >= 0 ? page.holders[b.h] : undefined;
    const words = { none: undefined, holder: holder?.id, release: b.k, group: b.k, intent: b.i }[look.colour];
    return {
      id: b.id,
      label: `BK-${b.n} ${b.t}`,
      tone: statusTones[b.s],
      tentative: b.s === "requested" || b.s === "waiting",
      clash: b.c,
      stripe: stripeOf(words),
      from: b.f,
      to: b.u,
      movable: running.includes(b.s) && look.movable(holder?.id),
      booking: b,
      holder,
    };
  });
  const rows = page.rows.map((source): ScheduleRow => {
    const own = page.view === "overview" ? loadBars(source) : source.bars.map((n) => bars[n] as ScheduleBar);
    return {
      id: source.id || "none",
      label: source.name,
      detail: look.detail(source),
      bars: look.onlyConflicts ? own.filter((b) => b.clash) : own,
      shades: source.closures?.map(shadeOf),
      source,
    };
  });
  return look.onlyConflicts ? rows.filter((r) => r.bars.length > 0) : rows;
}

function shadeOf(c: Closure): Shade {
  return {
    from: Date.parse(c.from),
    to: Date.parse(c.to),
    label: c.type ? `${c.name} · ${c.type}` : c.name,
    tone:
      c.kind === "outage" ? "bad" : c.kind === "freeze" ? "frozen" : c.kind === "maintenance" ? "attention" : "idle",
  };
}

/** How many environments of an application are booked when. */
function loadBars(row: ServerRow): ScheduleBar[] {
  const total = row.total ?? 0;
  return (row.load ?? []).map((l) => {
    const share = total > 0 ? l.count / total : 0;
    return {
      id: `${row.id}@${l.from}`,
      label: `${l.count}/${total}`,
      tone: share >= 1 ? "attention" : share >= 0.5 ? "good" : "idle",
      from: Date.parse(l.from),
      to: Date.parse(l.to),
    };
  });
}

/** The time that is asked of the server: the view with as much again on both sides, in whole steps, so that small moves need no new answer. */
export function windowOf(view: Span): Span {
  const length = Math.max(day, view.to - view.from);
  const step = length <= 8 * day ? day : length <= 62 * day ? 7 * day : 28 * day;
  return {
    from: Math.floor((view.from - length / 2) / step) * step,
    to: Math.ceil((view.to + length / 2) / step) * step,
  };
}

/** Keeps the window one has while the view lies well inside it and is not much smaller. */
export function nextWindow(now: Span | undefined, view: Span): Span {
  const length = view.to - view.from;
  if (now && view.from >= now.from && view.to <= now.to && now.to - now.from <= 8 * Math.max(day, length)) return now;
  return windowOf(view);
}

export const ranges = {
  day: 1,
  week: 7,
  fortnight: 14,
  month: 31,
  quarter: 92,
  year: 366,
} as const;
export type Range = keyof typeof ranges;

/** The stretch of a range that holds a moment: weeks begin on Monday, months and what is longer on their first day. */
export function rangeAround(range: Range, at: number): Span {
  const d = new Date(at);
  const date = (y: number, m: number, n: number) => new Date(y, m, n).getTime();
  const [y, m, n] = [d.getFullYear(), d.getMonth(), d.getDate()];
  const monday = n - ((d.getDay() + 6) % 7);
  switch (range) {
    case "day":
      return { from: date(y, m, n), to: date(y, m, n + 1) };
    case "week":
      return { from: date(y, m, monday), to: date(y, m, monday + 7) };
    case "fortnight":
      return { from: date(y, m, monday), to: date(y, m, monday + 14) };
    case "month":
      return { from: date(y, m, 1), to: date(y, m + 1, 1) };
    case "quarter":
      return { from: date(y, m - (m % 3), 1), to: date(y, m - (m % 3) + 3, 1) };
    case "year":
      return { from: date(y, 0, 1), to: date(y + 1, 0, 1) };
  }
}

/** The range whose stretch the view is, exactly. */
export function rangeOf(view: Span): Range | undefined {
  return (Object.keys(ranges) as Range[]).find((r) => {
    const s = rangeAround(r, view.from);
    return s.from === view.from && s.to === view.to;
  });
}

/** The stretch before or after: by whole ranges where the view is one, by its own length otherwise. */
export function neighbourOf(view: Span, by: 1 | -1): Span {
  const range = rangeOf(view);
  const length = view.to - view.from;
  if (!range) return { from: view.from + by * length, to: view.to + by * length };
  if (by > 0) return rangeAround(range, view.to);
  return rangeAround(range, range === "fortnight" ? plusDays(view.from, -14) : view.from - 1);
}
