import { expect, test } from "vitest";
import { around, intoLanes, type MapView } from "./graph";

const node = (id: string, unit: string) => ({
  id,
  key: id,
  name: id,
  unitId: unit,
  unitName: unit,
  criticality: "LOW" as const,
  status: "ACTIVE" as const,
  distance: 0,
});
const edge = (from: string, to: string) => ({
  id: `${from}-${to}`,
  from,
  to,
  inCycle: false,
  criticality: "LOW" as const,
  type: "RUNTIME" as const,
});
const view: MapView = {
  nodes: [node("web", "Retail"), node("api", "Core"), node("db", "Core"), node("job", "Core"), node("alone", "Retail")],
  edges: [edge("web", "api"), edge("api", "db"), edge("job", "db"), edge("db", "api")],
  cycles: [["api", "db"]],
  hidden: 0,
  truncated: false,
};

test("what an application needs and what needs it are told apart, and a circle ends", () => {
  const { up, down } = around(view, "api");
  expect([...up].sort()).toEqual(["api", "db"]);
  expect([...down].sort()).toEqual(["api", "db", "job", "web"]);
  expect([...around(view, "alone").up]).toEqual(["alone"]);
});

test("each unit has a lane of its own and no two nodes share a place", () => {
  const at = new Map([
    ["web", { x: 0, y: 0 }],
    ["job", { x: 0, y: 90 }],
    ["api", { x: 240, y: 0 }],
    ["db", { x: 480, y: 0 }],
    ["alone", { x: 0, y: 180 }],
  ]);
  const placed = intoLanes(view, at);
  expect(placed.lanes.map((l) => l.name)).toEqual(["Core", "Retail"]);
  expect(new Set(placed.nodes.map((n) => `${n.x} ${n.y}`)).size).toBe(view.nodes.length);
  const [core, retail] = placed.lanes;
  if (!core || !retail) throw new Error("two lanes expected");
  expect(retail.y).toBeGreaterThanOrEqual(core.y + core.height);
  for (const n of placed.nodes) {
    const lane = view.nodes.find((v) => v.id === n.id)?.unitId === "Core" ? core : retail;
    expect(n.y).toBeGreaterThanOrEqual(lane.y);
    expect(n.y).toBeLessThan(lane.y + lane.height);
  }
  const x = (id: string) => placed.nodes.find((n) => n.id === id)?.x ?? 0;
  expect(x("web")).toBeLessThan(x("api"));
  expect(x("api")).toBeLessThan(x("db"));
});
