import { describe, expect, test } from "vitest";
import {
  addStatus,
  asSpan,
  changeStatus,
  type Drawing,
  type Graph,
  read,
  removeStatus,
  toBody,
  toggle,
} from "./drawing";

const graph = {
  enabled: true,
  statuses: [
    { id: "b", name: "Done", mode: "completed", order: 5 },
    { id: "a", name: "New", mode: "planning", order: 1, initial: true },
  ],
  transitions: [{ from: "New", to: "b" }],
} as unknown as Graph;

const drawing: Drawing = read(graph);

describe("a drawing", () => {
  test("stands in order, and transitions by name find their status", () => {
    expect(drawing.statuses.map((s) => s.id)).toEqual(["a", "b"]);
    expect(drawing.transitions).toEqual(["a b"]);
  });
  test("goes back as it came", () => {
    const body = toBody(drawing);
    expect(body.statuses.map((s) => [s.id, s.order])).toEqual([
      ["a", 0],
      ["b", 1],
    ]);
    expect(body.transitions).toEqual([{ from: "a", to: "b" }]);
  });
  test("names a new status where the server does not know it yet", () => {
    const more = addStatus(drawing, { name: " Checked ", mode: "execution" });
    const id = more.statuses[2]?.id ?? "";
    const body = toBody(toggle(toggle(more, "a", id), id, "b"));
    expect(body.statuses[2]).toMatchObject({ id: undefined, name: "Checked", order: 2 });
    expect(body.transitions).toContainEqual({ from: "a", to: "Checked" });
    expect(body.transitions).toContainEqual({ from: "Checked", to: "b" });
  });
  test("has one beginning, also when it is taken away", () => {
    expect(changeStatus(drawing, "b", { initial: true }).statuses.map((s) => Boolean(s.initial))).toEqual([
      false,
      true,
    ]);
    expect(changeStatus(drawing, "b", { name: "x" }).statuses[0]?.initial).toBe(true);
    const less = removeStatus(drawing, "a");
    expect(less.statuses).toMatchObject([{ id: "b", initial: true }]);
    expect(less.transitions).toEqual([]);
  });
  test("sends records only from what is gone to what is there", () => {
    const less = removeStatus(drawing, "a");
    expect(toBody(less, { a: "b", b: "b", c: "gone" }).replacements).toEqual({ a: "b" });
  });
});

test.each([
  [0, { amount: 0, unit: "hours" }],
  [undefined, { amount: 0, unit: "hours" }],
  [90, { amount: 90, unit: "minutes" }],
  [240, { amount: 4, unit: "hours" }],
  [2880, { amount: 2, unit: "days" }],
])("%s minutes read %j", (minutes, want) => {
  expect(asSpan(minutes)).toEqual(want);
});
