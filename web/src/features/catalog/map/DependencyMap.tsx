import { Anchor, Button, Group, SegmentedControl, Select, Skeleton, Stack, Table, Text } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { IconRefreshAlert } from "@tabler/icons-react";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { api, ok, type Schema } from "@/api/client";
import { applicationPicker } from "@/api/lookups";
import { Absent } from "@/components/Absent";
import { EmptyState } from "@/components/EmptyState";
import { type Graph, GraphMap } from "@/components/map";
import { ProblemAlert } from "@/components/ProblemAlert";
import { RemotePicker } from "@/components/RemotePicker";
import { StatusBadge } from "@/components/StatusBadge";
import { useUnitScope, useUrl } from "@/lib/url";
import { CriticalityMark } from "../Marks";
import { applicationAddress } from "../queries";
import { t } from "../text";
import classes from "./map.module.css";

type MapView = Schema<"CatalogMapView">;

function asGraph(view: MapView): Graph {
  const cyclic = new Set(view.cycles.flat());
  const units = [...new Map(view.nodes.map((n) => [n.unitId, n.unitName]))];
  return {
    nodes: view.nodes.map((n) => ({
      id: n.id,
      name: n.name,
      lane: n.unitId,
      mark: cyclic.has(n.id) ? t("map.inCircle") : undefined,
    })),
    edges: view.edges.map((e) => ({ id: e.id, from: e.from, to: e.to, mark: e.inCycle })),
    lanes: units.map(([id, name]) => ({ id, name })).sort((a, b) => a.name.localeCompare(b.name)),
  };
}

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
  const graph = useMemo(() => asGraph(view), [view]);
  const names = new Map(view.nodes.map((n) => [n.id, n.name]));
  return (
    <GraphMap
      graph={graph}
      label={t("map.label")}
      file="dependency-map"
      find={t("map.find")}
      chosen={search.chosen}
      onChoose={(chosen) => set({ chosen }, { replace: true })}
      acts={(id) => (
        <>
          <Anchor component={Link} to={applicationAddress(id)} fz="sm">
            {names.get(id)}
          </Anchor>
          <Button size="compact-sm" variant="default" onClick={() => set({ focus: id, chosen: id, depth: undefined })}>
            {t("map.focusOn")}
          </Button>
        </>
      )}
    />
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
