import { describe, expect, test } from "vitest";
import { begin, change, ghost, moved } from "./drag";
import type { Frame } from "./draw";
import { apart, drawBar } from "./drawBar";
import { hit, lane, laneTop, layOut, neighbour, rowAt, stack } from "./layout";
import { load } from "./MiniMap";
import { day, hour, minute, snap, stepOf, ticks, zoom } from "./scale";
import { cuts } from "./TimelinePages";
import type { Bar, Row } from "./types";
import { pinched } from "./useGestures";

const at = (text: string) => new Date(text).getTime();
const bar = (id: string, from: number, to: number, movable = true): Bar => ({
  id,
  label: id,
  tone: "good",
  from,
  to,
  movable,
});
const row = (id: string, ...bars: Bar[]): Row => ({ id, label: id, bars });

describe("scale", () => {
  test.each([hour * 4, day, 7 * day, 31 * day, 120 * day, 400 * day, 4 * 365 * day])(
    "labels of %d ms stay apart",
    (length) => {
      const view = { from: at("2026-03-20T00:00"), to: at("2026-03-20T00:00") + length };
      const { major, minor } = ticks(view, 1000);
      expect(minor.length).toBeGreaterThan(1);
      expect(minor.length).toBeLessThan(30);
      for (let i = 1; i < minor.length; i++)
        expect((minor[i] as { at: number }).at).toBeGreaterThan((minor[i - 1] as { at: number }).at);
      expect((major[0] as { at: number }).at).toBeLessThanOrEqual(view.from);
    },
  );
  test("a step is wide enough to aim at", () => {
    for (const length of [hour, day, 7 * day, 90 * day]) {
      const step = stepOf({ from: 0, to: length }, 1000);
      expect((step / length) * 1000).toBeGreaterThanOrEqual(8);
    }
  });
  test("snapping follows the wall clock and changes nothing twice", () => {
    for (let i = 0; i < 500; i++) {
      const moment = at("2026-03-25T00:00") + i * 37 * minute;
      for (const step of [5 * minute, 15 * minute, hour, 6 * hour, day, 7 * day]) {
        const once = snap(moment, step);
        expect(snap(once, step)).toBe(once);
        expect(Math.abs(once - moment)).toBeLessThanOrEqual(step / 2 + hour);
      }
    }
  });
  test("zooming keeps the moment under the pointer where it is", () => {
    const view = { from: 0, to: 10 * day };
    const next = zoom(view, 0.5, 4 * day);
    expect((4 * day - next.from) / (next.to - next.from)).toBeCloseTo(0.4, 6);
    expect(zoom(view, 1e-9, day).to - zoom(view, 1e-9, day).from).toBe(hour);
  });
});

test("two fingers that part zoom in, and what lies under the one that rests stays there", () => {
  const view = { from: 0, to: 10 * day };
  const at = (x: number) => view.from + (x / 1000) * (view.to - view.from);
  const next = pinched(view, 600, 800, 400, at);
  expect(next.to - next.from).toBe(5 * day);
  expect((at(400) - next.from) / (next.to - next.from)).toBeCloseTo(0.4, 6);
  expect(pinched(view, 500, 500, 480, at)).toEqual(view);
});

describe("layout", () => {
  test("bars of one lane never overlap, and as few lanes as possible are used", () => {
    let seed = 7;
    const random = () => {
      seed = (seed * 1103515245 + 12345) % 2147483648;
      return seed / 2147483648;
    };
    for (let round = 0; round < 50; round++) {
      const bars = Array.from({ length: 30 }, (_, i) => {
        const from = Math.floor(random() * 100);
        return bar(String(i), from, from + 1 + Math.floor(random() * 20));
      }).sort((a, b) => a.from - b.from);
      const { lanes, count } = stack(bars);
      let most = 0;
      for (let t = 0; t < 125; t++) {
        const here = bars.flatMap((b, i) => (b.from <= t && t < b.to ? [lanes[i]] : []));
        expect(new Set(here).size).toBe(here.length);
        most = Math.max(most, here.length);
      }
      expect(count).toBe(Math.max(1, most));
    }
  });
  test("a point finds its row, its bar and the edge of it", () => {
    const rows = [
      row("a", bar("x", 0, 100), bar("y", 50, 150)),
      { ...row("h"), heading: true },
      row("b", bar("z", 0, 40)),
    ];
    const layout = layOut(rows);
    expect(rowAt(layout, -1)).toBe(-1);
    expect(rowAt(layout, layout.height)).toBe(-1);
    rows.forEach((_, i) => {
      expect(rowAt(layout, layout.tops[i] as number)).toBe(i);
    });
    const middle = (n: number) => laneTop(n) + lane.height / 2;
    expect(hit(rows, layout, middle(0), 30, 1)).toEqual({ row: 0, bar: 0 });
    expect(hit(rows, layout, middle(1), 75, 1)).toEqual({ row: 0, bar: 1 });
    expect(hit(rows, layout, middle(0), 97, 1)).toEqual({ row: 0, bar: 0, edge: "to" });
    expect(hit(rows, layout, middle(0), 180, 1)).toEqual({ row: 0, bar: -1 });
  });
  test("bars too narrow to aim at are hit around their middle, the nearest of them first", () => {
    const rows = [row("a", bar("x", 100, 101), bar("y", 106, 107))];
    const layout = layOut(rows);
    const at = (x: number) => hit(rows, layout, laneTop(0) + 2, x, 1)?.bar;
    expect(at(97)).toBe(0);
    expect(at(103)).toBe(0);
    expect(at(104.5)).toBe(1);
    expect(at(110)).toBe(1);
    expect(at(90)).toBe(-1);
  });
  test("the keyboard goes along a row and to the nearest bar of another", () => {
    const rows = [
      row("a", bar("x", 0, 10), bar("y", 50, 60)),
      row("empty"),
      row("b", bar("p", 5, 9), bar("q", 48, 70)),
    ];
    expect(neighbour(rows, { row: 0, bar: 0 }, "right")).toEqual({ row: 0, bar: 1 });
    expect(neighbour(rows, { row: 0, bar: 1 }, "right")).toEqual({ row: 0, bar: 1 });
    expect(neighbour(rows, { row: 0, bar: 1 }, "down")).toEqual({ row: 2, bar: 1 });
    expect(neighbour(rows, { row: 2, bar: 0 }, "up")).toEqual({ row: 0, bar: 0 });
  });
});

describe("drag", () => {
  const base = at("2026-05-04T00:00");
  const rows = [row("a", bar("x", base, base + 4 * hour)), row("b"), { ...row("h"), heading: true }];
  test("an empty place draws, whichever way the pointer goes", () => {
    const d = begin(rows, { row: 1, bar: -1 }, base + 5 * hour, { create: true });
    expect(d && ghost(rows, d, 1, base + 2 * hour, hour)).toEqual({
      rowId: "b",
      from: base + 2 * hour,
      to: base + 5 * hour,
    });
    expect(begin(rows, { row: 1, bar: -1 }, base, { create: false })).toBeUndefined();
    expect(begin(rows, { row: 2, bar: -1 }, base, { create: true })).toBeUndefined();
  });
  test("a bar moves to another row and keeps its length; it does not land on a heading", () => {
    const d = begin(rows, { row: 0, bar: 0 }, base + hour, { create: true });
    if (!d) throw new Error("no drag");
    const g = ghost(rows, d, 1, base + 3 * hour, hour);
    expect(g).toMatchObject({ rowId: "b", from: base + 2 * hour, to: base + 6 * hour });
    expect(g && change(rows, d, g)).toMatchObject({ kind: "move", target: { id: "b" } });
    expect(ghost(rows, d, 2, base + 3 * hour, hour)?.rowId).toBe("a");
    expect(ghost(rows, d, 1, base + hour + 4 * minute, hour)).toMatchObject({ rowId: "b", from: base });
  });
  test("an edge moves alone and never past the other", () => {
    const x = { from: base, to: base + 4 * hour };
    expect(moved(x, "to", -9 * hour, hour)).toEqual({ from: base, to: base + hour });
    expect(moved(x, "from", 9 * hour, hour)).toEqual({ from: base + 3 * hour, to: base + 4 * hour });
  });
  test("what may not be moved is not, and a drag back to its place changes nothing", () => {
    const fixed = [row("a", bar("x", base, base + hour, false))];
    expect(begin(fixed, { row: 0, bar: 0 }, base, { create: true })).toBeUndefined();
    const d = begin(rows, { row: 0, bar: 0 }, base, { create: true });
    if (!d) throw new Error("no drag");
    expect(change(rows, d, { rowId: "a", from: base, to: base + 4 * hour })).toBeUndefined();
  });
});

describe("clashes that are narrow", () => {
  test("marks of a lane keep apart, so that many do not become a red surface", () => {
    const dense = Array.from({ length: 200 }, (_, i) => ({ x: i * 2, top: i % 2 ? 30 : 5 }));
    const kept = apart(dense);
    for (const top of [5, 30]) {
      const xs = kept.filter((m) => m.top === top).map((m) => m.x);
      expect(xs.length).toBeGreaterThan(20);
      for (let i = 1; i < xs.length; i++) expect((xs[i] as number) - (xs[i - 1] as number)).toBeGreaterThan(10);
    }
    expect(apart([{ x: 4, top: 5 }])).toEqual([{ x: 4, top: 5 }]);
  });
  test("a narrow clash is quiet and asks for its mark; a wide one is hatched in red", () => {
    const { ctx, fills, strokes } = recorder();
    const x = (at: number) => at;
    const clash = (from: number, to: number): Bar => ({ ...bar("b", from, to), clash: true });
    expect(drawBar(ctx, frame, clash(10, 14), 0, x)).toBe(11.5);
    expect(drawBar(ctx, frame, clash(10, 20), 0, x)).toBe(14.5);
    expect([...fills, ...strokes]).not.toContain("bad solid");
    expect(drawBar(ctx, frame, clash(10, 60), 0, x)).toBeUndefined();
    expect(strokes).toContain("bad solid");
    expect(drawBar(ctx, frame, bar("b", 10, 14), 0, x)).toBeUndefined();
  });
});

const tone = (name: string) => ({ solid: `${name} solid`, wash: `${name} wash`, text: `${name} text` });
const frame = {
  names: 0,
  width: 500,
  colours: { good: tone("good"), bad: tone("bad"), font: "x" },
} as unknown as Frame;

/** A drawing surface that only remembers in which colours it was drawn on. */
function recorder() {
  const fills: string[] = [];
  const strokes: string[] = [];
  const state: Record<string, unknown> = { font: "x", fillStyle: "", strokeStyle: "" };
  const ctx = new Proxy(state, {
    get: (of, key: string) => {
      if (key === "fill" || key === "fillRect" || key === "fillText") return () => fills.push(String(of.fillStyle));
      if (key === "stroke") return () => strokes.push(String(of.strokeStyle));
      if (key === "measureText") return () => ({ width: 1 });
      return key in of ? of[key] : () => {};
    },
  }) as unknown as CanvasRenderingContext2D;
  return { ctx, fills, strokes };
}

test("the mini-map counts what touches each part", () => {
  const { all, clashes } = load(
    [row("a", bar("x", 0, 50)), row("b", { ...bar("y", 40, 60), clash: true })],
    { from: 0, to: 100 },
    10,
  );
  expect([...all]).toEqual([1, 1, 1, 1, 2, 1, 0, 0, 0, 0]);
  expect([...clashes]).toEqual([0, 0, 0, 0, 1, 1, 0, 0, 0, 0]);
});

test("pages begin at the top of a row and hold whole rows", () => {
  expect(cuts(Float64Array.from([0, 40, 80, 120, 160]), 100)).toEqual([0, 80]);
  expect(cuts(Float64Array.from([0, 300, 340]), 100)).toEqual([0, 300]);
  expect(cuts(Float64Array.from([0]), 100)).toEqual([]);
});
