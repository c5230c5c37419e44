import "@xyflow/react/dist/base.css";
import {
  ActionIcon,
  Anchor,
  Button,
  Group,
  Menu,
  SegmentedControl,
  Select,
  Skeleton,
  Stack,
  Table,
  Text,
} from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { IconDownload, IconRefreshAlert, IconX } from "@tabler/icons-react";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import {
  Background,
  Controls,
  Handle,
  type Node,
  type NodeProps,
  Position,
  ReactFlow,
  type ReactFlowInstance,
} from "@xyflow/react";
import { useEffect, useMemo, useRef, useState } from "react";
import { api, ok } from "@/api/client";
import { applicationPicker } from "@/api/lookups";
import { Absent } from "@/components/Absent";
import { EmptyState } from "@/components/EmptyState";
import { ProblemAlert } from "@/components/ProblemAlert";
import { RemotePicker } from "@/components/RemotePicker";
import { StatusBadge } from "@/components/StatusBadge";
import { download, fileName } from "@/lib/csv";
import { useUnitScope, useUrl } from "@/lib/url";
import { CriticalityMark } from "../Marks";
import { applicationAddress } from "../queries";
import { t } from "../text";
import { arrange } from "./arrange";
import { around, type MapView, nodeHeight, nodeWidth, type Placed } from "./graph";
import classes from "./map.module.css";
import { asPng, asSvg } from "./picture";

interface AppData extends Record<string, unknown> {
  name: string;
  unit: string;
  cycle: boolean;
  faded: boolean;
  chosen: boolean;
}

function AppNode({ data }: NodeProps<Node<AppData>>) {
  return (
    <div
      className={classes.node}
      data-cycle={data.cycle || undefined}
      data-faded={data.faded || undefined}
      data-chosen={data.chosen || undefined}
    >
      <Handle type="target" position={Position.Left} style={{ opacity: 0 }} isConnectable={false} />
      {data.cycle && <IconRefreshAlert size={16} aria-label={t("map.inCircle")} role="img" />}
      <span>{data.name}</span>
      <Handle type="source" position={Position.Right} style={{ opacity: 0 }} isConnectable={false} />
    </div>
  );
}

function LaneNode({ data }: NodeProps<Node<{ name: string }>>) {
  return <div className={classes.lane}>{data.name}</div>;
}

const nodeTypes = { app: AppNode, lane: LaneNode };

/** Who needs whom, from left to right, in one lane for each unit; and the same as a table. */
export default function DependencyMap() {
  const { search, set } = useUrl();
  const unit = useUnitScope();
  const narrow = useMediaQuery("(max-width: 48em)", false, { getInitialValueInEffect: false });
  const focus = search.focus;
  const depth = search.depth ? Number(search.depth) : focus ? 2 : undefined;
  const direction = (["upstream", "downstream"] as const).find((d) => d === search.direction) ?? "both";
  const shown = search.view ?? (narrow ? "table" : "map");
  const query = useQuery({
    queryKey: ["map", { unit: focus ? undefined : unit, focus, depth, direction }],
    queryFn: ({ signal }) =>
      ok(
        api.GET("/api/v1/dependency-map", {
          params: { query: { application: focus, unit: focus ? undefined : unit, depth, direction } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });
  const view = query.data;
  return (
    <Stack gap={0} pb="md" style={{ flex: 1 }}>
      <div className={classes.bar}>
        <SegmentedControl
          aria-label={t("map.view")}
          value={shown}
          onChange={(v) => set({ view: v })}
          data={[
            { value: "map", label: t("map.drawing") },
            { value: "table", label: t("map.table") },
          ]}
        />
        <RemotePicker
          label={t("map.focus")}
          clearable
          w={220}
          source={applicationPicker}
          value={focus}
          onChange={(v) => set({ focus: v ?? undefined, depth: undefined, chosen: undefined })}
        />
        {focus && (
          <Select
            label={t("map.depth")}
            w={90}
            allowDeselect={false}
            value={String(depth)}
            onChange={(v) => set({ depth: v ?? undefined })}
            data={["1", "2", "3", "4"]
              .map((v) => ({ value: v, label: v }))
              .concat({ value: "-1", label: t("map.depthAll") })}
          />
        )}
        {focus && (
          <Select
            label={t("map.direction")}
            w={170}
            allowDeselect={false}
            value={direction}
            onChange={(v) => set({ direction: v === "both" ? undefined : (v ?? undefined) })}
            data={[
              { value: "both", label: t("map.both") },
              { value: "upstream", label: t("map.up") },
              { value: "downstream", label: t("map.down") },
            ]}
          />
        )}
        {view && (
          <Group gap="sm" aria-live="polite" pb={6}>
            <Text size="xs" c="dimmed">
              {t("map.count", { nodes: view.nodes.length, edges: view.edges.length })}
            </Text>
            {view.cycles.length > 0 && (
              <StatusBadge tone="attention" icon={IconRefreshAlert}>
                {t("map.cycles", { count: view.cycles.length })}
              </StatusBadge>
            )}
            {view.hidden > 0 && <StatusBadge tone="idle">{t("map.hidden", { count: view.hidden })}</StatusBadge>}
            {view.truncated && (
              <StatusBadge tone="attention">{t("map.truncated", { count: view.nodes.length })}</StatusBadge>
            )}
          </Group>
        )}
      </div>
      {query.isError && !view ? (
        <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />
      ) : !view ? (
        <Skeleton h={480} />
      ) : view.nodes.length === 0 ? (
        <EmptyState title={t("map.emptyTitle")} body={t("map.emptyBody")} />
      ) : shown === "table" ? (
        <MapTable view={view} />
      ) : (
        <Drawing view={view} />
      )}
    </Stack>
  );
}

function Drawing({ view }: { view: MapView }) {
  const { search, set } = useUrl();
  const box = useRef<HTMLDivElement>(null);
  const flow = useRef<ReactFlowInstance<Node> | null>(null);
  const [placed, setPlaced] = useState<Placed>();
  const [failed, setFailed] = useState(false);
  const chosen = view.nodes.some((n) => n.id === search.chosen) ? search.chosen : undefined;
  useEffect(() => {
    let gone = false;
    setFailed(false);
    arrange(view).then(
      (p) => !gone && setPlaced(p),
      () => !gone && setFailed(true),
    );
    return () => {
      gone = true;
    };
  }, [view]);
  const path = useMemo(() => (chosen ? around(view, chosen) : undefined), [view, chosen]);
  const cyclic = useMemo(() => new Set(view.cycles.flat()), [view]);
  const on = (id: string) => !path || path.up.has(id) || path.down.has(id);
  const names = new Map(view.nodes.map((n) => [n.id, n]));
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
      const n = names.get(p.id);
      if (!n) return [];
      return {
        id: p.id,
        type: "app",
        position: { x: p.x, y: p.y },
        width: nodeWidth,
        height: nodeHeight,
        draggable: false,
        ariaLabel: t("map.node", { name: n.name, unit: n.unitName }),
        data: { name: n.name, unit: n.unitName, cycle: cyclic.has(n.id), faded: !on(n.id), chosen: n.id === chosen },
      };
    }),
  ];
  const edges = view.edges.map((e) => {
    const lit = path && ((path.up.has(e.from) && path.up.has(e.to)) || (path.down.has(e.from) && path.down.has(e.to)));
    return {
      id: e.id,
      source: e.from,
      target: e.to,
      focusable: false,
      style: {
        stroke: e.inCycle ? "var(--status-attention-solid)" : lit ? "var(--app-accent)" : "var(--app-line-strong)",
        strokeWidth: lit ? 2 : 1.2,
        strokeDasharray: e.inCycle ? "5 3" : undefined,
        opacity: path && !lit ? 0.15 : 1,
      },
    };
  });
  const fly = (id: string | null) => {
    set({ chosen: id ?? undefined }, { replace: true });
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
    const svg = asSvg(view, placed, {
      surface: colour("--app-surface"),
      sunken: colour("--app-sunken"),
      line: colour("--app-line-strong"),
      text: colour("--mantine-color-text"),
      dimmed: colour("--mantine-color-dimmed"),
      attention: colour("--status-attention-solid"),
    });
    if (kind === "svg") download(fileName("dependency-map", "svg"), svg, "image/svg+xml");
    else download(fileName("dependency-map", "png"), await asPng(svg), "image/png");
  };
  if (failed) return <Text size="sm">{t("map.failed")}</Text>;
  if (!placed) return <Skeleton h={480} role="status" aria-label={t("map.laying")} />;
  const one = chosen ? names.get(chosen) : undefined;
  return (
    <>
      <Group gap="xs" pb="xs">
        <Select
          searchable
          clearable
          w={240}
          size="xs"
          aria-label={t("map.find")}
          placeholder={t("map.find")}
          clearButtonProps={{ "aria-label": t("map.clear") }}
          data={view.nodes.map((n) => ({ value: n.id, label: n.name }))}
          value={chosen ?? null}
          onChange={fly}
        />
        {one && (
          <>
            <Anchor component={Link} to={applicationAddress(one.id)} fz="sm">
              {one.name}
            </Anchor>
            <Button
              size="compact-sm"
              variant="default"
              onClick={() => set({ focus: one.id, chosen: one.id, depth: undefined })}
            >
              {t("map.focusOn")}
            </Button>
            <ActionIcon aria-label={t("map.clear")} onClick={() => set({ chosen: undefined }, { replace: true })}>
              <IconX size={16} />
            </ActionIcon>
          </>
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
          key={view.nodes.map((n) => n.id).join()}
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
          onlyRenderVisibleElements={view.nodes.length > 400}
          proOptions={{ hideAttribution: true }}
          aria-label={t("map.label")}
          onNodeClick={(_, n) =>
            n.type === "app" && set({ chosen: n.id === chosen ? undefined : n.id }, { replace: true })
          }
          onPaneClick={() => chosen && set({ chosen: undefined }, { replace: true })}
        >
          <Background color="var(--app-line)" gap={24} />
          <Controls showInteractive={false} />
        </ReactFlow>
      </div>
    </>
  );
}

/** The same as the drawing, for the ear, for print and for the phone. */
function MapTable({ view }: { view: MapView }) {
  const names = new Map(view.nodes.map((n) => [n.id, n.name]));
  const cyclic = new Set(view.cycles.flat());
  const needs = new Map<string, string[]>();
  for (const e of view.edges) needs.set(e.from, [...(needs.get(e.from) ?? []), names.get(e.to) ?? ""]);
  return (
    <Table.ScrollContainer minWidth={620}>
      <Table aria-label={t("map.label")}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("map.from")}</Table.Th>
            <Table.Th>{t("unit")}</Table.Th>
            <Table.Th>{t("criticality")}</Table.Th>
            <Table.Th>{t("map.to")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {view.nodes.map((n) => (
            <Table.Tr key={n.id}>
              <Table.Td>
                <Group gap="xs">
                  <Anchor component={Link} to={applicationAddress(n.id)} fz="sm">
                    {n.name}
                  </Anchor>
                  {cyclic.has(n.id) && (
                    <StatusBadge tone="attention" icon={IconRefreshAlert}>
                      {t("deps.circle")}
                    </StatusBadge>
                  )}
                </Group>
              </Table.Td>
              <Table.Td>{n.unitName}</Table.Td>
              <Table.Td>
                <CriticalityMark value={n.criticality} />
              </Table.Td>
              <Table.Td>{needs.get(n.id)?.sort().join(", ") || <Absent />}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
