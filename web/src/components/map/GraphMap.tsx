import "@xyflow/react/dist/base.css";
import { ActionIcon, Group, Menu, Select, Skeleton, Text } from "@mantine/core";
import { IconAlertTriangle, IconDownload, IconX } from "@tabler/icons-react";
import {
  Background,
  Controls,
  Handle,
  MarkerType,
  type Node,
  type NodeProps,
  Position,
  ReactFlow,
  type ReactFlowInstance,
} from "@xyflow/react";
import { type ReactNode, useEffect, useMemo, useRef, useState } from "react";
import { download, fileName } from "@/lib/csv";
import { t } from "../text";
import { arrange } from "./arrange";
import { around, type Graph, nodeHeight, nodeWidth, type Placed } from "./graph";
import classes from "./map.module.css";
import { asPng, asSvg } from "./picture";

interface ItemData extends Record<string, unknown> {
  name: string;
  about?: string;
  mark?: string;
  colour?: string;
  faded: boolean;
  chosen: boolean;
}

function ItemNode({ data }: NodeProps<Node<ItemData>>) {
  return (
    <div
      className={classes.node}
      data-mark={data.mark ? true : undefined}
      data-faded={data.faded || undefined}
      data-chosen={data.chosen || undefined}
      style={data.colour ? { borderInlineStart: `4px solid ${data.colour}` } : undefined}
    >
      <Handle type="target" position={Position.Left} style={{ opacity: 0 }} isConnectable={false} />
      {data.mark && <IconAlertTriangle size={16} aria-label={data.mark} role="img" />}
      <span>
        {data.name}
        {data.about && <small>{data.about}</small>}
      </span>
      <Handle type="source" position={Position.Right} style={{ opacity: 0 }} isConnectable={false} />
    </div>
  );
}

function LaneNode({ data }: NodeProps<Node<{ name: string }>>) {
  return <div className={classes.lane}>{data.name}</div>;
}

const nodeTypes = { item: ItemNode, lane: LaneNode };

/**
 * A graph from left to right in lanes: what the chosen node needs and what needs it is lit, the search flies to a node,
 * and the whole is saved as PNG or SVG. The same as a table is the page's part.
 */
export default function GraphMap({
  graph,
  label,
  file,
  find,
  chosen: wanted,
  onChoose,
  acts,
}: {
  graph: Graph;
  /** What it is a map of, for the ear. */
  label: string;
  /** The name of the saved picture, without its ending. */
  file: string;
  /** The words of the search: "Find an application". */
  find: string;
  chosen: string | undefined;
  onChoose: (id: string | undefined) => void;
  /** What can be done with the chosen node. */
  acts?: (id: string) => ReactNode;
}) {
  const box = useRef<HTMLDivElement>(null);
  const flow = useRef<ReactFlowInstance<Node> | null>(null);
  const [placed, setPlaced] = useState<Placed>();
  const [failed, setFailed] = useState(false);
  const chosen = graph.nodes.some((n) => n.id === wanted) ? wanted : undefined;
  useEffect(() => {
    let gone = false;
    setFailed(false);
    arrange(graph).then(
      (p) => !gone && setPlaced(p),
      () => !gone && setFailed(true),
    );
    return () => {
      gone = true;
    };
  }, [graph]);
  const path = useMemo(() => (chosen ? around(graph.edges, chosen) : undefined), [graph, chosen]);
  const on = (id: string) => !path || path.up.has(id) || path.down.has(id);
  const known = new Map(graph.nodes.map((n) => [n.id, n]));
  const lanes = new Map(placed?.lanes.map((l) => [l.id, l.name]));
  const nodes: Node[] = [
    ...(placed?.lanes ?? []).map((l) => ({
      id: `lane ${l.id}`,
      type: "lane",
      position: { x: -8, y: l.y },
      data: { name: l.name },
      width: placed?.width,
      height: l.height,
      selectable: false,
      focusable: false,
      draggable: false,
      zIndex: -1,
      style: { pointerEvents: "none" as const },
    })),
    ...(placed?.nodes ?? []).flatMap((p) => {
      const n = known.get(p.id);
      if (!n) return [];
      return {
        id: p.id,
        type: "item",
        position: { x: p.x, y: p.y },
        width: nodeWidth,
        height: nodeHeight,
        draggable: false,
        ariaLabel: [n.name, n.about, lanes.get(n.lane), n.mark].filter(Boolean).join(", "),
        data: {
          name: n.name,
          about: n.about,
          mark: n.mark,
          colour: n.colour,
          faded: !on(n.id),
          chosen: n.id === chosen,
        },
      };
    }),
  ];
  const edges = graph.edges.map((e) => {
    const lit = path && ((path.up.has(e.from) && path.up.has(e.to)) || (path.down.has(e.from) && path.down.has(e.to)));
    const stroke = e.mark ? "var(--status-attention-solid)" : lit ? "var(--app-accent)" : "var(--app-line-strong)";
    const tip = { type: MarkerType.Arrow, color: stroke, width: 16, height: 16 };
    return {
      id: e.id,
      source: e.from,
      target: e.to,
      focusable: false,
      label: lit ? e.label : undefined,
      labelStyle: { fill: "var(--mantine-color-text)", fontSize: 11 },
      labelBgStyle: { fill: "var(--app-surface)" },
      markerEnd: e.arrows === "to" || e.arrows === "both" ? tip : undefined,
      markerStart: e.arrows === "from" || e.arrows === "both" ? { ...tip, orient: "auto-start-reverse" } : undefined,
      style: {
        stroke,
        strokeWidth: lit ? 2 : 1.2,
        strokeDasharray: e.mark || e.dashed ? "5 3" : undefined,
        opacity: path && !lit ? 0.15 : 1,
      },
    };
  });
  const fly = (id: string | null) => {
    onChoose(id ?? undefined);
    const p = placed?.nodes.find((n) => n.id === id);
    if (p)
      void flow.current?.setCenter(p.x + nodeWidth / 2, p.y + nodeHeight / 2, {
        zoom: 1,
        duration: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 150,
      });
  };
  const save = async (kind: "svg" | "png") => {
    if (!placed || !box.current) return;
    const style = getComputedStyle(box.current);
    const colour = (name: string) => style.getPropertyValue(name).trim();
    const svg = asSvg(graph, placed, {
      surface: colour("--app-surface"),
      sunken: colour("--app-sunken"),
      line: colour("--app-line-strong"),
      text: colour("--mantine-color-text"),
      dimmed: colour("--mantine-color-dimmed"),
      attention: colour("--status-attention-solid"),
    });
    if (kind === "svg") download(fileName(file, "svg"), svg, "image/svg+xml");
    else download(fileName(file, "png"), await asPng(svg), "image/png");
  };
  if (failed) return <Text size="sm">{t("map.failed")}</Text>;
  if (!placed) return <Skeleton h={480} role="status" aria-label={t("map.laying")} />;
  return (
    <>
      <Group gap="xs" pb="xs">
        <Select
          searchable
          clearable
          w={240}
          size="xs"
          aria-label={find}
          placeholder={find}
          clearButtonProps={{ "aria-label": t("map.clear") }}
          data={graph.nodes.map((n) => ({ value: n.id, label: n.name }))}
          value={chosen ?? null}
          onChange={fly}
        />
        {chosen && acts?.(chosen)}
        {chosen && (
          <ActionIcon aria-label={t("map.clear")} onClick={() => onChoose(undefined)}>
            <IconX size={16} />
          </ActionIcon>
        )}
        <Menu>
          <Menu.Target>
            <ActionIcon aria-label={t("map.save")} ml="auto">
              <IconDownload size={18} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item onClick={() => void save("png")}>{t("map.png")}</Menu.Item>
            <Menu.Item onClick={() => void save("svg")}>{t("map.svg")}</Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </Group>
      <div ref={box} className={classes.canvas}>
        <ReactFlow
          key={graph.nodes.map((n) => n.id).join()}
          nodes={nodes}
          edges={edges}
          nodeTypes={nodeTypes}
          onInit={(instance) => {
            flow.current = instance as never;
            // The width fits and the names stay legible; what is below is reached by moving.
            const start = placed.nodes.find((n) => n.id === chosen);
            if (start) void instance.setCenter(start.x + nodeWidth / 2, start.y + nodeHeight / 2, { zoom: 1 });
            else {
              const wide = (box.current?.clientWidth ?? 1000) / (placed.width + 40);
              void instance.setViewport({ x: 16, y: 12, zoom: Math.min(1, Math.max(0.55, wide)) });
            }
          }}
          minZoom={0.1}
          maxZoom={2}
          nodesConnectable={false}
          nodesDraggable={false}
          onlyRenderVisibleElements={graph.nodes.length > 400}
          proOptions={{ hideAttribution: true }}
          aria-label={label}
          onNodeClick={(_, n) => n.type === "item" && onChoose(n.id === chosen ? undefined : n.id)}
          onPaneClick={() => chosen && onChoose(undefined)}
        >
          <Background color="var(--app-line)" gap={24} />
          <Controls showInteractive={false} />
        </ReactFlow>
      </div>
    </>
  );
}
