import { expect, test } from "vitest";
import { merge } from "./map";

type View = Parameters<typeof merge>[0][number];
const node = (id: string, ...groups: string[]) =>
  ({ id, name: id, groups: groups.map((g) => ({ id: g, key: g, name: g })) }) as unknown as View["nodes"][number];
const edge = (sourceId: string, targetId: string, direction: "out" | "in" | "both", kind = "connection") =>
  ({ id: `${sourceId}-${targetId}`, sourceId, targetId, direction, kind }) as View["edges"][number];

const one: View = { nodes: [node("a", "sit", "uat"), node("b", "sit")], edges: [edge("a", "b", "in")] };
const two: View = {
  nodes: [node("a", "sit", "uat"), node("c", "uat"), node("d"), node("e", "dev")],
  edges: [edge("a", "c", "both"), edge("a", "d", "out", "parent"), edge("a", "gone", "out")],
};

test("maps of several groups become one, with a lane for each", () => {
  const graph = merge(
    [one, two],
    [
      { id: "uat", name: "UAT" },
      { id: "sit", name: "SIT" },
    ],
  );
  expect(Object.fromEntries(graph.nodes.map((n) => [n.id, n.lane]))).toEqual({
    a: "uat",
    b: "sit",
    c: "uat",
    d: "",
    e: "dev",
  });
  expect(graph.lanes?.map((l) => l.id)).toEqual(["uat", "sit", "", "dev"]);
});

test("arrows follow the flow of data, and an edge to what may not be seen is left out", () => {
  const graph = merge([one, two], []);
  expect(graph.edges.map((e) => [e.from, e.to, e.arrows, e.dashed])).toEqual([
    ["b", "a", "to", false],
    ["a", "c", "both", false],
    ["a", "d", "to", true],
  ]);
});

test("what is out is marked in words", () => {
  const graph = merge([one], [], (id) => (id === "b" ? "Offline" : undefined));
  expect(graph.nodes.map((n) => n.mark)).toEqual([undefined, "Offline"]);
});
