export { default as GraphMap } from "./GraphMap";
export { around, type Graph, type GraphEdge, type GraphNode } from "./graph";
