import { expect, test } from "vitest";
import { byDay, type Entry, kindsOf, merged, type Source } from "./history";

const entry = (at: string, kind: Entry["kind"] = "change"): Entry => ({ id: `${kind} ${at}`, kind, at, text: at });
const day = (n: number) => `2026-05-${String(n).padStart(2, "0")}T10:00:00Z`;

test("the history has no gaps, however the pages of its sources fall", () => {
  let seed = 11;
  const random = (n: number) => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return seed % n;
  };
  for (let round = 0; round < 60; round++) {
    const whole = Array.from({ length: 1 + random(4) }, (_, s) =>
      Array.from({ length: random(20) }, (_, i) => ({
        ...entry(new Date(random(1e9)).toISOString()),
        id: `${s} ${i}`,
      })).sort((a, b) => Date.parse(b.at) - Date.parse(a.at)),
    );
    const all = whole
      .flat()
      .map((e) => e.at)
      .sort()
      .reverse();
    const read = whole.map(() => 3);
    for (let step = 0; ; step++) {
      const sources: Source[] = whole.map((list, i) => ({
        entries: list.slice(0, read[i]),
        more: (read[i] as number) < list.length,
      }));
      const { entries, short } = merged(sources);
      // What is shown is the newest of everything there is.
      expect(entries.map((e) => e.at)).toEqual(all.slice(0, entries.length));
      if (short.length === 0) {
        expect(entries).toHaveLength(all.length);
        break;
      }
      expect(step).toBeLessThan(100);
      for (const i of short) read[i] = (read[i] as number) + 3;
    }
  }
});

test("a source that sent nothing yet holds the others back", () => {
  expect(
    merged([
      { entries: [entry(day(3))], more: false },
      { entries: [], more: true },
    ]),
  ).toEqual({
    entries: [],
    short: [1],
  });
});

test("an address that names no kind means all of them", () => {
  expect(kindsOf("outage,booking,nonsense")).toEqual(["outage", "booking"]);
  expect(kindsOf(undefined)).toHaveLength(4);
  expect(kindsOf("nonsense")).toHaveLength(4);
});

test("entries stand below their day once", () => {
  const days = byDay([entry(day(4)), entry(day(4), "outage"), entry(day(2))], (at) => at.slice(0, 10));
  expect(days.map((d) => [d.day, d.entries.length])).toEqual([
    ["2026-05-04", 2],
    ["2026-05-02", 1],
  ]);
});
