import type { Schema } from "@/api/client";

export type MapView = Schema<"CatalogMapView">;

/** Everything an application needs, and everything that needs it, itself included. */
export function around(view: MapView, id: string): { up: Set<string>; down: Set<string> } {
  const walk = (from: "from" | "to", to: "from" | "to") => {
    const seen = new Set([id]);
    const open = [id];
    while (open.length) {
      const at = open.pop();
      for (const e of view.edges)
        if (e[from] === at && !seen.has(e[to])) {
          seen.add(e[to]);
          open.push(e[to]);
        }
    }
    return seen;
  };
  return { up: walk("from", "to"), down: walk("to", "from") };
}

export interface Placed {
  nodes: { id: string; x: number; y: number }[];
  lanes: { id: string; name: string; y: number; height: number }[];
  width: number;
}

export const nodeWidth = 168;
export const nodeHeight = 40;
const gap = 14;
const column = 232;

/**
 * Puts what was arranged from left to right into one lane for each unit: the column of a node stays, its height follows
 * the lane. Nodes of one lane and column stand below each other in the order the arrangement gave them.
 */
export function intoLanes(view: MapView, x: Map<string, { x: number; y: number }>): Placed {
  const units = [...new Map(view.nodes.map((n) => [n.unitId, n.unitName]))].sort((a, b) => a[1].localeCompare(b[1]));
  const xs = [...new Set(view.nodes.map((n) => Math.round((x.get(n.id)?.x ?? 0) / 40)))].sort((a, b) => a - b);
  const columnOf = (id: string) => xs.indexOf(Math.round((x.get(id)?.x ?? 0) / 40));
  const nodes: Placed["nodes"] = [];
  const lanes: Placed["lanes"] = [];
  let y = 0;
  for (const [unit, name] of units) {
    const mine = view.nodes
      .filter((n) => n.unitId === unit)
      .sort((a, b) => (x.get(a.id)?.y ?? 0) - (x.get(b.id)?.y ?? 0));
    const filled = new Map<number, number>();
    for (const n of mine) {
      const c = columnOf(n.id);
      const row = filled.get(c) ?? 0;
      filled.set(c, row + 1);
      nodes.push({ id: n.id, x: c * column, y: y + 36 + row * (nodeHeight + gap) });
    }
    const height = 36 + Math.max(1, ...filled.values()) * (nodeHeight + gap) + 6;
    lanes.push({ id: unit, name, y, height });
    y += height + 8;
  }
  return { nodes, lanes, width: Math.max(1, xs.length) * column };
}
