import { Button, Group, SegmentedControl, Select, Text, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconChartLine, IconRefresh } from "@tabler/icons-react";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { api, ok } from "@/api/client";
import { applicationPicker, teamPicker } from "@/api/lookups";
import { asProblem } from "@/api/problem";
import { keys } from "@/api/query";
import { useCan } from "@/api/session";
import { EmptyState } from "@/components/EmptyState";
import { MetricTile } from "@/components/MetricTile";
import { ProblemAlert } from "@/components/ProblemAlert";
import { RemotePicker } from "@/components/RemotePicker";
import { TimeText } from "@/components/Time";
import { localDay } from "@/lib/time";
import { ItemsDrawer } from "./ItemsDrawer";
import { Readiness, Tile, Trend } from "./MetricPart";
import { type MetricKey, metricKeys } from "./measure";
import classes from "./PerformancePage.module.css";
import { buckets, environmentClasses, presets, useDeliveryScope } from "./scope";
import { t } from "./text";

/** More incidents than this are not marked in the charts. */
const mostMarks = 300;

/** The five delivery metrics of a unit, a team or an application, each with its evidence one click away. */
export function PerformancePage() {
  const scope = useDeliveryScope();
  const can = useCan();
  const { search, set, query } = scope;
  const dora = useQuery({
    queryKey: ["metric", "dora", query],
    queryFn: ({ signal }) => ok(api.GET("/api/v1/metrics/dora", { params: { query }, signal })),
    placeholderData: keepPreviousData,
  });
  const incidents = useQuery({
    queryKey: keys.list("incident", { marks: query }),
    queryFn: ({ signal }) =>
      ok(
        api.GET("/api/v1/incidents", {
          params: {
            query: {
              unit: query.unit,
              application: query.application,
              environmentClass: query.environmentClass,
              from: query.from,
              to: query.to,
              limit: mostMarks,
            },
          },
          signal,
        }),
      ),
    // Incidents belong to applications: which of them are a team's is not asked.
    enabled: !query.team && can("delivery.view_delivery"),
    placeholderData: keepPreviousData,
  });
  // Marking only some of them would mislead, so it is all or none.
  const tooMany = Boolean(incidents.data?.next);
  const marks = useMemo(
    () =>
      query.team || incidents.data?.next
        ? []
        : (incidents.data?.items ?? []).map((i) => ({
            at: i.startedAt ?? i.at,
            label: [i.key, i.title].filter(Boolean).join(" "),
          })),
    [incidents.data, query.team],
  );
  const open = (metric: MetricKey | undefined) => set({ metric, open: undefined, items: undefined });
  const metrics = metricKeys.flatMap((k) => dora.data?.metrics.filter((m) => m.key === k) ?? []);
  const nothing = metrics.length > 0 && metrics.every((m) => m.n === 0 && m.excluded === 0);

  return (
    <>
      <Controls scope={scope} />
      {dora.isError && !dora.data ? (
        <ProblemAlert error={dora.error} onRetry={() => void dora.refetch()} />
      ) : (
        <>
          <div className={classes.tiles} aria-busy={dora.isPending || dora.isPlaceholderData || undefined}>
            {dora.isPending
              ? metricKeys.map((k) => <MetricTile key={k} name={t(`metrics.${k}`)} loading />)
              : metrics.map((m) => (
                  <Tile key={m.key} metric={m} onOpen={() => open(m.key)} selected={search.metric === m.key} />
                ))}
          </div>
          {dora.data && (
            <Group justify="space-between" mt="sm" gap="xs">
              <Text size="xs" c="dimmed">
                {t("covers", {
                  count: dora.data.applications,
                  from: localDay(new Date(dora.data.from)),
                  to: localDay(new Date(dora.data.to)),
                  zone: dora.data.timeZone,
                })}
                {dora.data.freshness.latestDeploymentAt && (
                  <>
                    {" "}
                    {t("newest")} <TimeText value={dora.data.freshness.latestDeploymentAt} as="relative" />.
                  </>
                )}
                {dora.data.freshness.derivedAt && (
                  <>
                    {" "}
                    {t("derived")} <TimeText value={dora.data.freshness.derivedAt} as="relative" />.
                  </>
                )}
                {tooMany && !nothing && ` ${t("tooManyMarks")}`}
              </Text>
              {can("valuestream.derive_metrics") && (
                <Button
                  size="compact-sm"
                  variant="subtle"
                  leftSection={<IconRefresh size={14} />}
                  onClick={async () => {
                    try {
                      await ok(api.POST("/api/v1/metrics/derivations", {}));
                      notifications.show({ message: t("derivationAsked") });
                    } catch (error) {
                      notifications.show({ color: "red", message: asProblem(error).message });
                    }
                  }}
                >
                  {t("derive")}
                </Button>
              )}
            </Group>
          )}
          <Readiness metrics={metrics} />
          {nothing ? (
            <EmptyState
              icon={IconChartLine}
              title={t("empty.title")}
              body={t("empty.body")}
              action={
                can("connector.view_connection") && (
                  <Button component={Link} to={"/connections" as string}>
                    {t("empty.connect")}
                  </Button>
                )
              }
            />
          ) : (
            <div className={classes.charts}>
              {metrics.map((m) => (
                <Trend
                  key={m.key}
                  metric={m}
                  incidents={marks}
                  onPoint={(from, to) => set({ metric: m.key, itemsFrom: from, itemsTo: to, items: undefined })}
                />
              ))}
            </div>
          )}
        </>
      )}
      <ItemsDrawer
        metric={metrics.find((m) => m.key === search.metric)}
        query={query}
        onClose={() => set({ metric: undefined, items: undefined, itemsFrom: undefined, itemsTo: undefined })}
      />
    </>
  );
}

function Controls({ scope }: { scope: ReturnType<typeof useDeliveryScope> }) {
  const { search, set, query, days } = scope;
  const replace = { replace: true };
  return (
    <div className={classes.controls}>
      <div>
        <Text size="sm" fw={500} mb={4}>
          {t("range")}
        </Text>
        <SegmentedControl
          aria-label={t("range")}
          value={days ? String(days) : "custom"}
          onChange={(v) =>
            v === "custom"
              ? set({ from: query.from, to: new Date().toISOString().slice(0, 10), days: undefined })
              : set({ days: v === "90" ? undefined : v, from: undefined, to: undefined })
          }
          data={[
            ...presets.map((d) => ({ value: String(d), label: t("days", { count: d }) })),
            { value: "custom", label: t("custom") },
          ]}
        />
      </div>
      {!days && (
        <>
          <TextInput
            type="date"
            label={t("from")}
            value={search.from ?? ""}
            onChange={(e) => set({ from: e.currentTarget.value }, replace)}
          />
          <TextInput
            type="date"
            label={t("until")}
            value={search.to ?? ""}
            onChange={(e) => set({ to: e.currentTarget.value }, replace)}
          />
        </>
      )}
      <Select
        label={t("bucket")}
        w={110}
        allowDeselect={false}
        value={query.bucket}
        onChange={(v) => set({ bucket: v === "week" ? undefined : (v ?? undefined) }, replace)}
        data={buckets.map((b) => ({ value: b, label: t(`buckets.${b}`) }))}
      />
      <Select
        label={t("environment")}
        w={140}
        allowDeselect={false}
        value={query.environmentClass}
        onChange={(v) => set({ env: v === "PRODUCTION" ? undefined : (v ?? undefined) }, replace)}
        data={environmentClasses.map((c) => ({ value: c, label: t(`classes.${c}`) }))}
      />
      <Select
        label={t("leadFrom")}
        w={160}
        allowDeselect={false}
        value={query.leadFrom}
        onChange={(v) => set({ lead: v === "merge" ? "merge" : undefined }, replace)}
        data={[
          { value: "first_commit", label: t("lead.first_commit") },
          { value: "merge", label: t("lead.merge") },
        ]}
      />
      <Select
        label={t("timeZone")}
        w={180}
        searchable
        limit={100}
        allowDeselect={false}
        value={query.timeZone}
        onChange={(v) => set({ tz: v ?? undefined }, replace)}
        data={zones.includes(query.timeZone) ? zones : [query.timeZone, ...zones]}
      />
      <RemotePicker
        label={t("application")}
        placeholder={t("all")}
        w={190}
        clearable
        source={applicationPicker}
        value={search.application}
        onChange={(v) => set({ application: v ?? undefined, team: undefined })}
      />
      <RemotePicker
        label={t("team")}
        placeholder={t("all")}
        w={170}
        clearable
        source={teamPicker}
        value={search.team}
        onChange={(v) => set({ team: v ?? undefined, application: undefined })}
      />
    </div>
  );
}

const zones = [
  "UTC",
  ...(typeof Intl.supportedValuesOf === "function" ? Intl.supportedValuesOf("timeZone") : []),
].filter((z, i, all) => all.indexOf(z) === i);
