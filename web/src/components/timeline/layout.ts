import type { Bar, Row, Span } from "./types";

/** How rows lie below each other: bars that overlap in time get lanes of their own, so nothing hides. */
export type Layout = {
  /** The top of each row, and after the last one the height of all. */
  tops: Float64Array;
  /** For each row the lane of each bar, in the order of its bars. */
  lanes: Uint16Array[];
  height: number;
};

export const lane = { height: 22, gap: 3, padding: 5 };
export const headingHeight = 28;
/** How wide even the shortest bar is for the pointer, in pixels. */
const narrowest = 10;

/** Gives each bar the first lane that is free when it begins. Bars come sorted by their beginning. */
export function stack(bars: Bar[]): { lanes: Uint16Array; count: number } {
  const lanes = new Uint16Array(bars.length);
  const ends: number[] = [];
  bars.forEach((bar, i) => {
    let n = ends.findIndex((end) => end <= bar.from);
    if (n < 0) n = ends.length;
    ends[n] = bar.to;
    lanes[i] = n;
  });
  return { lanes, count: Math.max(1, ends.length) };
}

export function layOut(rows: Row[]): Layout {
  const tops = new Float64Array(rows.length + 1);
  const lanes: Uint16Array[] = [];
  let y = 0;
  rows.forEach((row, i) => {
    tops[i] = y;
    if (row.heading) {
      lanes.push(new Uint16Array(0));
      y += headingHeight;
      return;
    }
    const s = stack(row.bars);
    lanes.push(s.lanes);
    y += 2 * lane.padding + s.count * lane.height + (s.count - 1) * lane.gap;
  });
  tops[rows.length] = y;
  return { tops, lanes, height: y };
}

/** The row at a height, or -1 below the last. */
export function rowAt(layout: Layout, y: number): number {
  if (y < 0 || y >= layout.height) return -1;
  let low = 0;
  let high = layout.tops.length - 2;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((layout.tops[middle] as number) <= y) low = middle;
    else high = middle - 1;
  }
  return low;
}

export function laneTop(n: number): number {
  return lane.padding + n * (lane.height + lane.gap);
}

export type Hit = { row: number; bar: number; edge?: "from" | "to" };

/** What lies under a point: a row, and the bar there if any. Edges are 6 px wide, on bars wide enough to have a middle. */
export function hit(rows: Row[], layout: Layout, y: number, at: number, perPixel: number): Hit | undefined {
  const row = rowAt(layout, y);
  const r = rows[row];
  if (!r) return undefined;
  const inRow = y - (layout.tops[row] as number);
  const lanes = layout.lanes[row] as Uint16Array;
  // The last drawn lies on top. A bar narrower than its mark is hit around its middle, the nearest of several.
  let near = -1;
  let distance = narrowest * perPixel * 0.5;
  for (let i = r.bars.length - 1; i >= 0; i--) {
    const bar = r.bars[i] as Bar;
    const top = laneTop(lanes[i] as number);
    if (inRow < top || inRow >= top + lane.height) continue;
    if (at < bar.from || at >= bar.to) {
      const off = Math.abs(at - (bar.from + bar.to) / 2);
      if (off < distance) {
        near = i;
        distance = off;
      }
      continue;
    }
    const wide = (bar.to - bar.from) / perPixel >= 24;
    if (wide && at - bar.from < 6 * perPixel) return { row, bar: i, edge: "from" };
    if (wide && bar.to - at < 6 * perPixel) return { row, bar: i, edge: "to" };
    return { row, bar: i };
  }
  return { row, bar: near };
}

export type Place = { row: number; bar: number };
export type Step = "left" | "right" | "up" | "down";

/** The bar the keyboard goes to next: along the row, or to the one nearest in time of the next row that has any. */
export function neighbour(rows: Row[], from: Place, step: Step): Place {
  if (step === "left" || step === "right") {
    const bar = from.bar + (step === "right" ? 1 : -1);
    return rows[from.row]?.bars[bar] ? { row: from.row, bar } : from;
  }
  const here = rows[from.row]?.bars[from.bar];
  const by = step === "down" ? 1 : -1;
  for (let row = from.row + by; row >= 0 && row < rows.length; row += by) {
    const bars = rows[row]?.bars ?? [];
    if (bars.length === 0) continue;
    let best = 0;
    bars.forEach((b, i) => {
      if (here && Math.abs(b.from - here.from) < Math.abs((bars[best] as Bar).from - here.from)) best = i;
    });
    return { row, bar: best };
  }
  return from;
}

/** The first bar at or after the beginning of the view, from the given row down. */
export function firstBar(rows: Row[], view: Span, startRow = 0): Place | undefined {
  let any: Place | undefined;
  for (let row = startRow; row < rows.length; row++) {
    const bars = rows[row]?.bars ?? [];
    if (bars.length > 0) any ??= { row, bar: 0 };
    const bar = bars.findIndex((b) => b.to > view.from && b.from < view.to);
    if (bar >= 0) return { row, bar };
  }
  return any;
}
