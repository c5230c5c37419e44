export interface GraphNode {
  id: string;
  name: string;
  /** A word below the name. */
  about?: string;
  /** The lane it stands in. */
  lane: string;
  /** Something about it needs a look; the words say what. */
  mark?: string;
  /** A colour of its own, as #rrggbb, shown as an edge of the box. */
  colour?: string;
}

export interface GraphEdge {
  id: string;
  /** The one that needs, calls or sends. */
  from: string;
  to: string;
  /** Which ends carry an arrow; none unless said. */
  arrows?: "to" | "from" | "both";
  /** Part of what needs a look. */
  mark?: boolean;
  dashed?: boolean;
  /** What flows over it, in a word. */
  label?: string;
}

export interface Graph {
  nodes: GraphNode[];
  edges: GraphEdge[];
  /** The lanes in the order they are drawn; without it they stand by name. */
  lanes?: { id: string; name: string }[];
}

/** Everything a node needs, and everything that needs it, itself included. */
export function around(edges: GraphEdge[], id: string): { up: Set<string>; down: Set<string> } {
  const walk = (from: "from" | "to", to: "from" | "to") => {
    const seen = new Set([id]);
    const open = [id];
    while (open.length) {
      const at = open.pop();
      for (const e of edges)
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
 * Puts what was arranged from left to right into its lanes: the column of a node stays, its height follows the lane.
 * Nodes of one lane and column stand below each other in the order the arrangement gave them.
 */
export function intoLanes(graph: Graph, x: Map<string, { x: number; y: number }>): Placed {
  const used = new Set(graph.nodes.map((n) => n.lane));
  const lanesOf = graph.lanes ?? [...used].map((id) => ({ id, name: id })).sort((a, b) => a.name.localeCompare(b.name));
  const xs = [...new Set(graph.nodes.map((n) => Math.round((x.get(n.id)?.x ?? 0) / 40)))].sort((a, b) => a - b);
  const columnOf = (id: string) => xs.indexOf(Math.round((x.get(id)?.x ?? 0) / 40));
  const nodes: Placed["nodes"] = [];
  const lanes: Placed["lanes"] = [];
  let y = 0;
  for (const { id: lane, name } of lanesOf) {
    if (!used.has(lane)) continue;
    const mine = graph.nodes
      .filter((n) => n.lane === lane)
      .sort((a, b) => (x.get(a.id)?.y ?? 0) - (x.get(b.id)?.y ?? 0));
    const filled = new Map<number, number>();
    for (const n of mine) {
      const c = columnOf(n.id);
      const row = filled.get(c) ?? 0;
      filled.set(c, row + 1);
      nodes.push({ id: n.id, x: c * column, y: y + 36 + row * (nodeHeight + gap) });
    }
    const height = 36 + Math.max(1, ...filled.values()) * (nodeHeight + gap) + 6;
    lanes.push({ id: lane, name, y, height });
    y += height + 8;
  }
  return { nodes, lanes, width: Math.max(1, xs.length) * column };
}
