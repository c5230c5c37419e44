import ELK from "elkjs/lib/elk-api";
import workerUrl from "elkjs/lib/elk-worker.min.js?url";
import { type Graph, intoLanes, nodeHeight, nodeWidth, type Placed } from "./graph";

let elk: InstanceType<typeof ELK> | undefined;

/** Arranges the map in a worker, so that the page stays answering. */
export async function arrange(graph: Graph): Promise<Placed> {
  elk ??= new ELK({ workerUrl });
  const known = new Set(graph.nodes.map((n) => n.id));
  const laid = await elk.layout({
    id: "map",
    layoutOptions: {
      "elk.algorithm": "layered",
      "elk.direction": "RIGHT",
      "elk.layered.spacing.nodeNodeBetweenLayers": "60",
      "elk.separateConnectedComponents": "false",
    },
    children: graph.nodes.map((n) => ({ id: n.id, width: nodeWidth, height: nodeHeight })),
    edges: graph.edges
      .filter((e) => known.has(e.from) && known.has(e.to) && e.from !== e.to)
      .map((e) => ({ id: e.id, sources: [e.from], targets: [e.to] })),
  });
  return intoLanes(graph, new Map((laid.children ?? []).map((c) => [c.id, { x: c.x ?? 0, y: c.y ?? 0 }])));
}
