import { expect, test } from "vitest";
import { around, type Graph, intoLanes } from "./graph";
import { asSvg } from "./picture";

const node = (id: string, lane: string) => ({ id, name: id, lane });
const edge = (from: string, to: string) => ({ id: `${from}-${to}`, from, to });
const graph: Graph = {
  nodes: [node("web", "Retail"), node("api", "Core"), node("db", "Core"), node("job", "Core"), node("alone", "Retail")],
  edges: [edge("web", "api"), edge("api", "db"), edge("job", "db"), edge("db", "api")],
};
const at = new Map([
  ["web", { x: 0, y: 0 }],
  ["job", { x: 0, y: 90 }],
  ["api", { x: 240, y: 0 }],
  ["db", { x: 480, y: 0 }],
  ["alone", { x: 0, y: 180 }],
]);

test("what a node needs and what needs it are told apart, and a circle ends", () => {
  const { up, down } = around(graph.edges, "api");
  expect([...up].sort()).toEqual(["api", "db"]);
  expect([...down].sort()).toEqual(["api", "db", "job", "web"]);
  expect([...around(graph.edges, "alone").up]).toEqual(["alone"]);
});

test("each lane has a place of its own and no two nodes share one", () => {
  const placed = intoLanes(graph, at);
  expect(placed.lanes.map((l) => l.name)).toEqual(["Core", "Retail"]);
  expect(new Set(placed.nodes.map((n) => `${n.x} ${n.y}`)).size).toBe(graph.nodes.length);
  const [core, retail] = placed.lanes;
  if (!core || !retail) throw new Error("two lanes expected");
  expect(retail.y).toBeGreaterThanOrEqual(core.y + core.height);
  for (const n of placed.nodes) {
    const lane = graph.nodes.find((v) => v.id === n.id)?.lane === "Core" ? core : retail;
    expect(n.y).toBeGreaterThanOrEqual(lane.y);
    expect(n.y).toBeLessThan(lane.y + lane.height);
  }
  const x = (id: string) => placed.nodes.find((n) => n.id === id)?.x ?? 0;
  expect(x("web")).toBeLessThan(x("api"));
  expect(x("api")).toBeLessThan(x("db"));
});

test("lanes stand in the order given, and a lane of nobody is left out", () => {
  const lanes = [
    { id: "Retail", name: "Shops" },
    { id: "nobody", name: "Nobody" },
    { id: "Core", name: "Core" },
  ];
  expect(intoLanes({ ...graph, lanes }, at).lanes.map((l) => l.name)).toEqual(["Shops", "Core"]);
});

test("the picture has every node and edge, and a name cannot break out of it", () => {
  const sly: Graph = {
    nodes: [...graph.nodes.slice(1), { id: "web", name: `<script>"a" & b`, lane: "Retail", mark: "in a circle" }],
    edges: graph.edges,
  };
  const colours = { surface: "#fff", sunken: "#eee", line: "#ccc", text: "#000", dimmed: "#555", attention: "#fa0" };
  const svg = asSvg(sly, intoLanes(sly, at), colours);
  expect(svg.match(/<path /g)).toHaveLength(4);
  expect(svg).not.toContain("<script>");
  expect(svg).toContain("&lt;script&gt;&quot;a&quot; &amp; b");
  const parsed = new DOMParser().parseFromString(svg, "image/svg+xml");
  expect(parsed.querySelector("parsererror")).toBeNull();
  expect(parsed.querySelectorAll("text")).toHaveLength(5 + 2);
});
