import type { Bar, Row, Span } from "@/components/timeline";
import { statusTone } from "./Marks";
import type { BookingRef, ConflictView } from "./queries";
import { day } from "./span";

/** One row for each environment with its bookings that do not go together, hatched. */
export function conflictRows(items: ConflictView[]): Row[] {
  const rows = new Map<string, { name: string; bars: Map<string, Bar> }>();
  for (const c of items) {
    const row = rows.get(c.environment.id) ?? { name: c.environment.name, bars: new Map() };
    for (const b of [c.a, c.b]) row.bars.set(b.id, barOf(b));
    rows.set(c.environment.id, row);
  }
  return [...rows]
    .map(([id, r]) => ({
      id,
      label: r.name,
      bars: [...r.bars.values()].sort((a, b) => a.from - b.from || a.to - b.to),
    }))
    .sort((a, b) => a.label.localeCompare(b.label));
}

function barOf(b: BookingRef): Bar {
  return {
    id: b.id,
    label: `${b.reference} ${b.title}`,
    tone: statusTone(b.status),
    tentative: b.status !== "approved",
    clash: true,
    from: Date.parse(b.from),
    to: Date.parse(b.to),
  };
}

/** The time in which the first conflicts lie: four weeks at most, so that bars can be read. */
export function hullOf(items: ConflictView[], now: number): Span {
  const starts = items.map((c) => Math.min(Date.parse(c.a.from), Date.parse(c.b.from)));
  const ends = items.map((c) => Math.max(Date.parse(c.a.to), Date.parse(c.b.to)));
  if (starts.length === 0) return { from: now, to: now + 14 * day };
  const from = Math.min(...starts) - day / 2;
  const to = Math.min(Math.max(...ends) + day / 2, from + 28 * day);
  return { from, to: Math.max(to, from + 2 * day) };
}
