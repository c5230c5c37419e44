import { expect, test } from "vitest";
import type { Stack, StackComponent } from "./queries";
import { asTree, batch, dataAgeDays, isConstraint, readItems, readNeeds, writeNeeds } from "./rules";

test("the age of data is in whole days and never negative", () => {
  const now = Date.parse("2026-05-14T12:00:00Z");
  expect(dataAgeDays("2026-05-14T11:00:00Z", now)).toBe(0);
  expect(dataAgeDays("2026-05-12T12:00:01Z", now)).toBe(1);
  expect(dataAgeDays("2026-05-20T00:00:00Z", now)).toBe(0);
  expect(dataAgeDays(undefined, now)).toBeUndefined();
  expect(dataAgeDays("soon", now)).toBeUndefined();
});

test.each([
  [">=4.2", true],
  ["4.2", true],
  [">= 4.2, <5", true],
  ["≥4.2-rc1", true],
  ["", false],
  [">=", false],
  [">=4.2,", false],
  ["><4", false],
])("%j is a demand on a version: %s", (text, is) => {
  expect(isConstraint(text)).toBe(is);
});

const component = (id: string, layer: string, installedVersion?: string) =>
  ({ id, name: id, layer, installedVersion }) as StackComponent;
const stack = {
  hosts: [
    {
      id: "h1",
      name: "app01",
      components: [component("payments", "Application", "4.2"), component("postgres", "Database")],
    },
    { id: "h2", name: "app02", components: [] },
  ],
  components: [component("ledger", "Application", "1.0")],
} as unknown as Stack;

test("the stack is a tree of hosts, layers and components; what stands on no host comes last", () => {
  const tree = asTree(stack);
  expect(tree.map((b) => b.host?.name)).toEqual(["app01", "app02", undefined]);
  expect(tree[0]?.layers.map((l) => [l.name, l.components.length])).toEqual([
    ["Application", 1],
    ["Database", 1],
  ]);
});

test("words keep what matches, and a host that matches keeps all of its own", () => {
  const names = (q: string) => asTree(stack, q).flatMap((b) => b.layers.flatMap((l) => l.components.map((c) => c.id)));
  expect(names("4.2")).toEqual(["payments"]);
  expect(names("APP01")).toEqual(["payments", "postgres"]);
  expect(names("application")).toEqual(["payments", "ledger"]);
  expect(asTree(stack, "app02").map((b) => b.host?.name)).toEqual(["app02"]);
  expect(asTree(stack, "nothing")).toEqual([]);
});

test("a batch connects each to each, but nothing to itself and nothing twice", () => {
  const known = [{ sourceId: "a", targetId: "b", typeId: "https" }];
  const made = batch(["a", "b"], ["b", "c"], "https", "out", known);
  expect(made.drafts.map((d) => d.source + d.target)).toEqual(["ac", "bc"]);
  expect(made.known).toBe(1);
  expect(batch(["a"], ["b"], "file", "both", known).drafts).toHaveLength(1);
});

test("lines of key = value are read, comments are not, and the first faulty line is named", () => {
  expect(readItems("# feature flags\nurl = https://a/?b=c\n\nempty=").items).toEqual([
    { key: "url", value: "https://a/?b=c" },
    { key: "empty", value: "" },
  ]);
  expect(readItems("a = 1\nnonsense").faultyLine).toBe(2);
  expect(readItems("= 1").faultyLine).toBe(1);
});

test("what is asked for survives the address", () => {
  const needs = [
    { application: "a1", version: ">=4.2,<5" },
    { application: "b2", version: "" },
  ];
  expect(writeNeeds(needs)).toBe("a1~>=4.2,<5|b2");
  expect(readNeeds(writeNeeds(needs))).toEqual(needs);
  expect(writeNeeds([{ application: "", version: "1" }])).toBeUndefined();
  expect(readNeeds(undefined)).toEqual([]);
  expect(readNeeds(writeNeeds([{ application: "a", version: "1|2~3" }]))).toEqual([
    { application: "a", version: "123" },
  ]);
});
