import { expect, test } from "vitest";
import { grouped } from "./queries";
import { insertAt, placeholdersIn, unknownPlaceholders } from "./template";

test("placeholders are found once each, and those that nobody fills are named", () => {
  expect(placeholdersIn("[[Record]] by [[Actor]]: [[Record]] [not one] [[]]")).toEqual(["Record", "Actor", ""]);
  expect(unknownPlaceholders(["[[Record]]", "[[Recrod]]"], ["Record"])).toEqual(["Recrod"]);
});

test("a placeholder takes the place of what is selected", () => {
  expect(insertAt("Hello there", "[[Person]]", 6, 11)).toEqual({ text: "Hello [[Person]]", caret: 16 });
});

test("topics stand under their headings in the order of the server", () => {
  const rows = [{ group: "B", n: 1 }, { group: "A", n: 2 }, { group: "B", n: 3 }, { n: 4 }];
  expect(grouped(rows).map((g) => [g.group, g.rows.map((r) => r.n)])).toEqual([
    ["B", [1, 3]],
    ["A", [2]],
    ["", [4]],
  ]);
});
