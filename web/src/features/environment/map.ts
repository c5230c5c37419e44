import type { Schema } from "@/api/client";
import type { Graph } from "@/components/map";
import type { Group } from "./queries";
import { t } from "./text";

type MapView = Schema<"EnvironmentMap">;

/**
 * One drawing of several maps: groups are lanes, in the order they were asked for. An environment of several groups
 * stands in the first of them; one of no asked group stands with its own first group, or alone.
 */
export function merge(
  maps: MapView[],
  lanes: Pick<Group, "id" | "name">[],
  troubled: (id: string) => string | undefined = () => undefined,
): Graph & { view: MapView } {
  const nodes = [...new Map(maps.flatMap((m) => m.nodes).map((n) => [n.id, n])).values()];
  const edges = [...new Map(maps.flatMap((m) => m.edges).map((e) => [e.id, e])).values()];
  const known = new Set(nodes.map((n) => n.id));
  const found = new Map(lanes.map((l) => [l.id, l.name]));
  const laneOf = (n: MapView["nodes"][number]) => {
    const mine = lanes.find((l) => n.groups.some((g) => g.id === l.id)) ?? n.groups[0];
    const id = mine?.id ?? "";
    if (!found.has(id)) found.set(id, mine?.name ?? t("map.noGroup"));
    return id;
  };
  return {
    view: { nodes, edges },
    nodes: nodes.map((n) => ({
      id: n.id,
      name: n.name,
      about: [n.application?.name, n.installedVersion].filter(Boolean).join(" ") || undefined,
      lane: laneOf(n),
      colour: n.colour,
      mark: troubled(n.id),
    })),
    edges: edges
      .filter((e) => known.has(e.sourceId) && known.has(e.targetId))
      .map((e) => {
        // Data that comes in flows from the target; a drawing follows the flow.
        const back = e.direction === "in";
        return {
          id: e.id,
          from: back ? e.targetId : e.sourceId,
          to: back ? e.sourceId : e.targetId,
          arrows: e.direction === "both" ? ("both" as const) : ("to" as const),
          dashed: e.kind !== "connection",
          label: e.kind === "connection" ? e.type : t(`map.edges.${e.kind}`),
        };
      }),
    lanes: [...found].map(([id, name]) => ({ id, name })),
  };
}
