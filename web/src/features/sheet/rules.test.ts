import { describe, expect, test } from "vitest";
import type { Clash, Question } from "./queries";
import {
  chooseColumn,
  clashRows,
  columnOf,
  decisionKey,
  hull,
  letters,
  looked,
  openSteps,
  samples,
  stepOf,
  undecided,
  withDecisions,
  words,
} from "./rules";

const question = (kind: string, value: string): Question => ({
  kind,
  value,
  count: 1,
  rows: [2],
  suggestions: [],
  mayCreate: true,
});

describe("steps", () => {
  test("an import goes on where it was left", () => {
    expect(stepOf({ state: "uploaded", questions: [] })).toBe("setup");
    expect(stepOf({ state: "checked", questions: [question("usage", "SITT")] })).toBe("names");
    expect(stepOf({ state: "checked", questions: [] })).toBe("preview");
    expect(stepOf({ state: "failed", questions: [] })).toBe("setup");
    expect(stepOf({ state: "undone", questions: [] })).toBe("result");
  });
  test("what was imported cannot be set up again", () => {
    expect(openSteps({ state: "done" })).toEqual(["result"]);
    expect(openSteps({ state: "checked" })).not.toContain("result");
  });
});

describe("columns", () => {
  test("letters and numbers agree", () => {
    for (const n of [0, 1, 25, 26, 51, 52, 701, 702]) expect(columnOf(letters(n))).toBe(n);
    expect(letters(27)).toBe("AB");
  });
  test("a column stands for one field", () => {
    expect(chooseColumn({ key: "A", name: "B" }, "title", "B")).toEqual({ key: "A", title: "B" });
    expect(chooseColumn({ key: "A" }, "key", "")).toEqual({});
    expect(chooseColumn({ key: "A" }, "key", "C")).toEqual({ key: "C" });
  });
  test("samples are the first values below the header", () => {
    const { below, header, width } = looked({
      sheets: [
        {
          name: "S",
          rows: [
            { number: 1, cells: ["Title"] },
            { number: 3, cells: ["Key", "Name"] },
            { number: 4, cells: ["A", "x", "beyond"] },
            { number: 5, cells: ["A", ""] },
            { number: 6, cells: ["B"] },
          ],
        },
      ],
      choices: { sheet: "S", headerRow: 3 },
    } as never);
    expect(header).toEqual(["Key", "Name"]);
    expect(width).toBe(3);
    expect(samples(below, "A")).toEqual(["A", "B"]);
    expect(samples(below, "B")).toEqual(["x"]);
    expect(samples(below, undefined)).toEqual([]);
  });
});

describe("decisions", () => {
  const usage = question("usage", "SITT");
  const person = question("person", "Ada");
  test("pointing at nothing is no decision", () => {
    const list = [usage, person, question("date_order", "")];
    expect(undecided(list, {}, "")).toHaveLength(3);
    expect(undecided(list, { [decisionKey(usage)]: { act: "map" } }, "dmy")).toEqual([usage, person]);
    expect(
      undecided(list, { [decisionKey(usage)]: { act: "map", to: "1" }, [decisionKey(person)]: { act: "skip" } }, "dmy"),
    ).toEqual([]);
  });
  test("earlier decisions stay", () => {
    const before = { usage: { OLD: { act: "skip" as const } }, unit: { X: { act: "map" as const, to: "u" } } };
    const after = withDecisions(before, [usage, person], {
      [decisionKey(usage)]: { act: "create" },
      [decisionKey(person)]: { act: "map" },
    });
    expect(after).toEqual({
      usage: { OLD: { act: "skip" }, SITT: { act: "create" } },
      unit: { X: { act: "map", to: "u" } },
    });
    expect(before.usage).toEqual({ OLD: { act: "skip" } });
  });
});

test("values of a change read as words", () => {
  expect(words(null, "nothing")).toBe("nothing");
  expect(words(["a", "b"], "nothing")).toBe("a, b");
  expect(words([], "nothing")).toBe("nothing");
  expect(words(0, "nothing")).toBe("0");
});

describe("clashes over time", () => {
  const side = (more: object) => ({
    label: "x",
    from: "2025-03-04T10:00:00Z",
    to: "2025-03-04T12:00:00Z",
    ...more,
  });
  const clash = (position: number, row: object, other: object, more: object = {}) =>
    ({
      position,
      environmentId: "e1",
      environment: "SIT1",
      row: side(row),
      other: side(other),
      from: "2025-03-04T10:00:00Z",
      to: "2025-03-04T12:00:00Z",
      kind: "exclusive",
      held: false,
      ...more,
    }) as Clash;
  test("each booking is drawn once for its environment", () => {
    const rows = clashRows([
      clash(1, { number: 3 }, { number: 2 }),
      clash(2, { number: 4 }, { number: 2 }),
      clash(3, { number: 4 }, { bookingId: "b1", reference: "BK-7", label: "There" }, { held: true }),
    ]);
    expect(rows).toHaveLength(1);
    expect(rows[0]?.bars.map((b) => b.id)).toEqual(["row-3", "row-2", "row-4", "b1"]);
    expect(rows[0]?.bars[3]).toMatchObject({ label: "BK-7 There", tone: "good", tentative: false });
  });
  test("all of them are in sight", () => {
    const rows = clashRows([clash(1, { number: 3 }, { number: 2, to: "2025-03-09T00:00:00Z" })]);
    const span = hull(rows);
    expect(span?.from).toBeLessThan(Date.parse("2025-03-04T10:00:00Z"));
    expect(span?.to).toBeGreaterThan(Date.parse("2025-03-09T00:00:00Z"));
    expect(hull([])).toBeUndefined();
  });
});
