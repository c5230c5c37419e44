import type { Hit } from "./layout";
import { snap } from "./scale";
import type { Bar, Change, Ghost, Row, Span } from "./types";

// What a drag means, apart from the pointer that makes it, so that the keyboard does the same and tests need no screen.

export type Drag = { hit: Hit; start: number; kind: "create" | "move" | "from" | "to" };

export function begin(rows: Row[], hit: Hit, at: number, may: { create: boolean }): Drag | undefined {
  const row = rows[hit.row];
  if (!row || row.heading) return undefined;
  const bar = row.bars[hit.bar];
  if (!bar) return may.create ? { hit, start: at, kind: "create" } : undefined;
  if (!bar.movable) return undefined;
  return { hit, start: at, kind: hit.edge ?? "move" };
}

/** Where the dragged thing would be, with the pointer over a row at a moment. */
export function ghost(rows: Row[], drag: Drag, over: number, at: number, step: number): Ghost | undefined {
  const row = rows[drag.hit.row];
  if (!row) return undefined;
  if (drag.kind === "create") {
    const a = snap(drag.start, step);
    const b = snap(at, step);
    const [from, to] = a <= b ? [a, b] : [b, a];
    return { rowId: row.id, from, to: to === from ? from + step : to };
  }
  const bar = row.bars[drag.hit.bar] as Bar;
  const span = moved(bar, drag.kind, at - drag.start, step);
  const target = drag.kind === "move" ? rows[over] : row;
  return { rowId: target && !target.heading ? target.id : row.id, label: bar.label, ...span };
}

/** The span after its beginning, its end or all of it moved by a time; never shorter than one step. */
export function moved(bar: Span, kind: "move" | "from" | "to", by: number, step: number): Span {
  if (kind === "from") return { from: Math.min(snap(bar.from + by, step), bar.to - step), to: bar.to };
  if (kind === "to") return { from: bar.from, to: Math.max(snap(bar.to + by, step), bar.from + step) };
  // A hand that goes to another row does not mean another time.
  const from = Math.abs(by) < step / 2 ? bar.from : snap(bar.from + by, step);
  return { from, to: from + (bar.to - bar.from) };
}

/** The change that a ghost stands for, or nothing when it stands where the bar already is. */
export function change(rows: Row[], drag: Drag, g: Ghost): Change | undefined {
  const row = rows[drag.hit.row];
  const bar = row?.bars[drag.hit.bar];
  const target = rows.find((r) => r.id === g.rowId);
  if (!row || !bar || !target) return undefined;
  if (target.id === row.id && g.from === bar.from && g.to === bar.to) return undefined;
  return { bar, row, target, span: { from: g.from, to: g.to }, kind: drag.kind === "move" ? "move" : "resize" };
}
