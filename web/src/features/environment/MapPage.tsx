import {
  Anchor,
  Box,
  Button,
  Group,
  MultiSelect,
  SegmentedControl,
  Select,
  Skeleton,
  Stack,
  Text,
} from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { keepPreviousData, useQueries, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { lazy, Suspense, useMemo } from "react";
import { api, ok } from "@/api/client";
import { environmentPicker } from "@/api/lookups";
import { Absent } from "@/components/Absent";
import { EmptyState } from "@/components/EmptyState";
import type { Graph } from "@/components/map";
import { PartTable } from "@/components/PartTable";
import { ProblemAlert } from "@/components/ProblemAlert";
import { RemotePicker } from "@/components/RemotePicker";
import { StatusBadge } from "@/components/StatusBadge";
import { useUnitScope, useUrl } from "@/lib/url";
import type { HealthColumn } from "./EnvironmentsPage";
import classes from "./environment.module.css";
import { useThisGroup } from "./GroupPage";
import { merge } from "./map";
import { environmentAddress, type Group as Lane } from "./queries";
import { t } from "./text";

// Drawing and arranging are heavy, so they come with the map alone.
const GraphMap = lazy(() => import("@/components/map/GraphMap"));

const few = 8;

/** How environments hang together: chosen groups as lanes, or everything around one environment. */
export function MapPage({ health }: { health?: HealthColumn }) {
  const { search, set } = useUrl();
  const unit = useUnitScope();
  const around = search.environment;
  const groups = useQuery({
    queryKey: ["environment_group", "list", { map: true, unit }],
    queryFn: ({ signal }) =>
      ok(api.GET("/api/v1/environment-groups", { params: { query: { unit, limit: 500 } }, signal })),
  });
  const all = groups.data?.items ?? [];
  const asked = (search.groups ?? search.group)
    ?.split(",")
    .filter((id) => all.some((g) => g.id === id || g.key === id));
  const lanes = around
    ? []
    : asked
      ? asked.flatMap((id) => all.filter((g) => g.id === id || g.key === id))
      : all.filter((g) => g.memberCount > 0).slice(0, few);
  return (
    <Stack gap={0} pb="md" style={{ flex: 1 }}>
      <div className={classes.mapBar}>
        <MultiSelect
          label={t("groups")}
          w={{ base: "100%", sm: 340 }}
          searchable
          clearable
          clearButtonProps={{ "aria-label": t("clear") }}
          placeholder={lanes.length && !asked ? t("map.firstGroups", { count: lanes.length }) : undefined}
          disabled={Boolean(around)}
          data={all.map((g) => ({ value: g.id, label: g.name }))}
          value={around ? [] : asked ? lanes.map((g) => g.id) : []}
          onChange={(v) => set({ groups: v.join(",") || undefined, group: undefined, chosen: undefined })}
        />
        <RemotePicker
          label={t("map.around")}
          w={220}
          clearable
          source={environmentPicker}
          value={around}
          onChange={(v) => set({ environment: v ?? undefined, depth: undefined, chosen: v ?? undefined })}
        />
        {around && (
          <Select
            label={t("map.depth")}
            w={90}
            allowDeselect={false}
            value={search.depth ?? "2"}
            onChange={(v) => set({ depth: v ?? undefined })}
            data={["1", "2", "3", "4", "10"]}
          />
        )}
        <ViewSwitch />
      </div>
      {groups.isError && !groups.data ? (
        <ProblemAlert error={groups.error} onRetry={() => void groups.refetch()} />
      ) : !groups.data ? (
        <Skeleton h={480} aria-busy />
      ) : !around && lanes.length === 0 ? (
        <EmptyState
          title={t("map.emptyTitle")}
          body={t("map.emptyBody")}
          action={
            <Button component={Link} to="/environment-groups">
              {t("map.toGroups")}
            </Button>
          }
        />
      ) : (
        <MapOf lanes={lanes} around={around} depth={Number(search.depth ?? 2)} health={health} file="environment-map" />
      )}
    </Stack>
  );
}

/** The map of the lane whose page it is. */
export function GroupMapTab({ health }: { health?: HealthColumn }) {
  const { data: g } = useThisGroup();
  const lanes = useMemo(() => (g ? [g] : []), [g]);
  if (!g) return null;
  return (
    <Stack gap={0} py="md" style={{ flex: 1 }}>
      <Box pb="xs">
        <ViewSwitch />
      </Box>
      {g.members.length === 0 ? (
        <EmptyState title={t("noMembers")} body={t("noMembersBody")} />
      ) : (
        <MapOf lanes={lanes} health={health} file={`lane-${g.key}`} />
      )}
    </Stack>
  );
}

function useView(): string {
  const { search } = useUrl();
  const narrow = useMediaQuery("(max-width: 48em)", false, { getInitialValueInEffect: false });
  return search.view ?? (narrow ? "table" : "map");
}

function ViewSwitch() {
  const { set } = useUrl();
  return (
    <SegmentedControl
      aria-label={t("map.view")}
      value={useView()}
      onChange={(v) => set({ view: v })}
      data={[
        { value: "map", label: t("map.drawing") },
        { value: "table", label: t("table") },
      ]}
    />
  );
}

function MapOf({
  lanes,
  around,
  depth,
  health,
  file,
}: {
  lanes: Pick<Lane, "id" | "name">[];
  around?: string;
  depth?: number;
  health?: HealthColumn;
  file: string;
}) {
  const { search, set } = useUrl();
  const view = useView();
  const asked = around ? [{ environment: around, depth }] : lanes.map((l) => ({ group: l.id }));
  const results = useQueries({
    queries: asked.map((query) => ({
      queryKey: ["environment_map", query],
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        ok(api.GET("/api/v1/environment-map", { params: { query }, signal })),
    })),
    combine: (list) => ({
      maps: list.flatMap((r) => (r.data ? [r.data] : [])),
      error: list.find((r) => r.isError)?.error,
      pending: list.some((r) => r.isPending),
      retry: () => {
        for (const r of list) if (r.isError) void r.refetch();
      },
    }),
  });
  const ids = [...new Set(results.maps.flatMap((m) => m.nodes.map((n) => n.id)))].sort();
  const states = useQuery({
    queryKey: ["health", "list", { map: ids }],
    queryFn: ({ signal }) => health?.load(ids, signal) ?? new Map<string, string>(),
    enabled: Boolean(health) && ids.length > 0,
    placeholderData: keepPreviousData,
  });
  const key = JSON.stringify([lanes.map((l) => [l.id, l.name]), results.maps]);
  const troubles = states.data;
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new arrangement only where something differs
  const graph = useMemo(
    () =>
      merge(results.maps, lanes, (id) => {
        const state = troubles?.get(id);
        return state === "offline" || state === "issue" ? health?.say(state) : undefined;
      }),
    [key, troubles],
  );
  if (results.error !== undefined && results.error !== null)
    return <ProblemAlert error={results.error} onRetry={results.retry} />;
  if (results.pending) return <Skeleton h={480} aria-busy />;
  const names = new Map(graph.nodes.map((n) => [n.id, n.name]));
  return (
    <>
      <Group gap="sm" pb="xs" aria-live="polite">
        <Text size="xs" c="dimmed">
          {t("map.count", { nodes: graph.nodes.length, edges: graph.edges.length })}
        </Text>
        <Text size="xs" c="dimmed">
          {t("map.legend")}
        </Text>
      </Group>
      {view === "table" ? (
        <MapTable graph={graph} />
      ) : (
        <Suspense fallback={<Skeleton h={480} />}>
          <GraphMap
            graph={graph}
            label={t("tabs.map")}
            file={file}
            find={t("map.find")}
            chosen={search.chosen}
            onChoose={(chosen) => set({ chosen }, { replace: true })}
            acts={(id) => (
              <>
                <Anchor component={Link} to={environmentAddress(id)} fz="sm">
                  {names.get(id)}
                </Anchor>
                <Button
                  size="compact-sm"
                  variant="default"
                  component={Link}
                  to="/environments/map"
                  search={{ environment: id, chosen: id } as never}
                >
                  {t("map.focusOn")}
                </Button>
              </>
            )}
          />
        </Suspense>
      )}
    </>
  );
}

/** The same as the drawing, for the ear, for print and for the phone. */
function MapTable({ graph }: { graph: Graph }) {
  const names = new Map(graph.nodes.map((n) => [n.id, n.name]));
  const lanes = new Map(graph.lanes?.map((l) => [l.id, l.name]));
  const out = new Map<string, string[]>();
  for (const e of graph.edges) {
    const line = (to: string) => `${names.get(to) ?? ""}${e.label ? ` (${e.label})` : ""}`;
    out.set(e.from, [...(out.get(e.from) ?? []), line(e.to)]);
    if (e.arrows === "both") out.set(e.to, [...(out.get(e.to) ?? []), line(e.from)]);
  }
  return (
    <PartTable
      label={t("tabs.map")}
      empty={false}
      title=""
      head={[t("environment"), t("group"), t("map.sends")]}
      rows={graph.nodes.map((n) => ({
        id: n.id,
        name: n.name,
        cells: [
          <Group key="n" gap="xs">
            <Anchor component={Link} to={environmentAddress(n.id)} fz="sm">
              {n.name}
            </Anchor>
            {n.mark && <StatusBadge tone="bad">{n.mark}</StatusBadge>}
          </Group>,
          lanes.get(n.lane) ?? <Absent key="g" />,
          [...new Set(out.get(n.id))].sort().join(", ") || <Absent key="s" />,
        ],
      }))}
    />
  );
}
