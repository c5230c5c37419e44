import type { ScheduleBar, ScheduleRow } from "./schedule";
import { midnight, plusDays, type Span } from "./span";
import { t } from "./text";

export type AgendaEntry = { row: ScheduleRow; bar: ScheduleBar; words: string };
export type AgendaDay = { day: number; entries: AgendaEntry[] };

const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });

/** Day after day of a view what is booked, each booking under every day it touches, by when it begins there. */
export function agendaOf(rows: ScheduleRow[], view: Span): AgendaDay[] {
  const days = new Map<number, AgendaEntry[]>();
  for (let day = midnight(view.from); day < view.to; day = plusDays(day, 1)) days.set(day, []);
  for (const row of rows)
    for (const bar of row.bars) {
      if (bar.to <= view.from || bar.from >= view.to) continue;
      for (
        let day = Math.max(midnight(bar.from), midnight(view.from));
        day < Math.min(bar.to, view.to);
        day = plusDays(day, 1)
      ) {
        days.get(day)?.push({ row, bar, words: clockOf(bar, day) });
      }
    }
  const order = (a: AgendaEntry, b: AgendaEntry) =>
    a.bar.from - b.bar.from || a.row.label.localeCompare(b.row.label) || a.bar.id.localeCompare(b.bar.id);
  return [...days].map(([day, entries]) => ({ day, entries: entries.sort(order) }));
}

/** What of a booking lies on a day: "09:00 – 17:00", "from 09:00", "until 17:00", "all day". */
export function clockOf(span: Span, day: number): string {
  const next = plusDays(day, 1);
  const begins = span.from >= day;
  const ends = span.to <= next;
  const from = clock.format(span.from);
  const to = clock.format(span.to);
  if (begins && span.from === day && span.to >= next) return t("agenda.allDay");
  if (begins && ends) return `${from} – ${span.to === next ? "24:00" : to}`;
  if (begins) return t("agenda.from", { time: from });
  if (ends && span.to < next) return t("agenda.until", { time: to });
  return t("agenda.allDay");
}
