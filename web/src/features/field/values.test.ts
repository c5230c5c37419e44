import { expect, test } from "vitest";
import { changedValues, type Filled, faultsByKey, inGroups, toInput, toServer } from "./values";

test("values of lists and persons go back by their ids", () => {
  expect(toInput("list", { id: "1", name: "Red" })).toBe("1");
  expect(
    toInput("multi_list", [
      { id: "1", name: "Red" },
      { id: "2", name: "Blue" },
    ]),
  ).toEqual(["1", "2"]);
  expect(toInput("number", 0)).toBe(0);
  expect(toInput("text", null)).toBeNull();
});

test("an instant survives the way through an input", () => {
  const input = toInput("datetime", "2026-03-01T08:30:00Z");
  expect(toServer("datetime", input)).toBe("2026-03-01T08:30:00.000Z");
});

test("only what changed is sent, emptied fields as null, locked ones never", () => {
  const field = (key: string, more: Partial<Filled> = {}) =>
    ({ key, dataType: "text", locked: false, ...more }) as Filled;
  const fields = [
    field("a"),
    field("b"),
    field("c", { locked: true }),
    field("d", { dataType: "multi_list" }),
    field("e"),
  ];
  const before = { a: "x", b: "y", c: "z", d: ["1"], e: null };
  expect(changedValues(fields, before, { a: "x", b: "", c: "changed", d: [], e: null })).toEqual({ b: null, d: null });
});

test("fields without a group come first, groups stay in order", () => {
  const got = inGroups([{ group: "Cost" }, {}, { group: "Net" }, { group: "Cost" }]);
  expect(got.map((g) => [g.name, g.fields.length])).toEqual([
    ["", 1],
    ["Cost", 2],
    ["Net", 1],
  ]);
});

test("what the server says about a value finds its field", () => {
  expect(
    faultsByKey([
      { path: "body.values.cost_centre", message: "One." },
      { path: "body.values.cost_centre[0]", message: "Two." },
    ]),
  ).toEqual({ cost_centre: "One. Two." });
});
