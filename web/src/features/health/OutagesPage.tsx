import { Button } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { api, ok } from "@/api/client";
import { applicationPicker, environmentPicker } from "@/api/lookups";
import { keys } from "@/api/query";
import { useCan } from "@/api/session";
import { EmptyState } from "@/components/EmptyState";
import { DataList, type ListColumn, type ListSource } from "@/components/list";
import { type MetricChange, MetricTile } from "@/components/MetricTile";
import { Duration, TimeText } from "@/components/Time";
import { endOfDay, startOfDay } from "@/lib/day";
import { duration } from "@/lib/time";
import { type Search, useUnitScope, useUrl } from "@/lib/url";
import classes from "./health.module.css";
import { KindMark, lasted, OutageMark } from "./Marks";
import { OutageForm } from "./OutageForm";
import { type Outage, outageAddress, outageKinds } from "./queries";
import { changeAgainst } from "./rules";
import { t } from "./text";

const narrowed = (f: Search) => ({
  environment: f.environment,
  application: f.application,
  kind: f.kind as never,
  open: f.open as never,
  from: startOfDay(f.from ?? ""),
  to: endOfDay(f.to ?? "") ?? undefined,
});

const source: ListSource<Outage> = {
  kind: "outage",
  page: ({ q, filters, unit, cursor, limit }, signal) =>
    ok(api.GET("/api/v1/outages", { params: { query: { q, unit, ...narrowed(filters), cursor, limit } }, signal })),
};

const columns: ListColumn<Outage>[] = [
  { id: "title", header: t("outage.title"), cell: (o) => o.title, csv: (o) => o.title, width: 260 },
  {
    id: "environment",
    header: t("environment"),
    cell: (o) => o.environmentName,
    csv: (o) => o.environmentName,
    width: 150,
    card: true,
  },
  {
    id: "state",
    header: t("outage.state"),
    cell: (o) => <OutageMark of={o} />,
    csv: (o) => (o.open ? t("outage.open") : t("outage.ended")),
    width: 130,
    card: true,
  },
  {
    id: "kind",
    header: t("outage.kind"),
    cell: (o) => <KindMark value={o.kind} />,
    csv: (o) => t(`kinds.${o.kind}`),
    width: 120,
  },
  {
    id: "began",
    header: t("outage.began"),
    cell: (o) => <TimeText value={o.startedAt} plain />,
    csv: (o) => o.startedAt,
    width: 150,
  },
  {
    id: "lasted",
    header: t("outage.lasted"),
    cell: (o) => lasted(o),
    csv: (o) => o.outSeconds,
    align: "right",
    width: 150,
    card: true,
  },
  {
    id: "detect",
    header: t("outage.toDetect"),
    cell: (o) => <Duration seconds={o.detectSeconds} />,
    csv: (o) => o.detectSeconds,
    align: "right",
    width: 120,
  },
  {
    id: "find",
    header: t("outage.toFind"),
    cell: (o) => <Duration seconds={o.findSeconds} />,
    csv: (o) => o.findSeconds,
    align: "right",
    width: 120,
  },
  { id: "cause", header: t("outage.cause"), cell: (o) => o.cause, csv: (o) => o.cause, width: 200 },
];

/** When environments were out, with what it adds up to. */
export function OutagesPage() {
  const can = useCan();
  const navigate = useNavigate();
  const [recording, setRecording] = useState(false);
  const manage = can("health.manage_outage");
  return (
    <>
      <Summary />
      <DataList
        id="outages"
        label={t("outages.title")}
        source={source}
        columns={columns}
        rowId={(o) => o.id}
        rowName={(o) => o.title}
        searchPlaceholder={t("outages.search")}
        onOpen={(o) => void navigate({ to: outageAddress(o.id) })}
        filters={[
          {
            id: "open",
            label: t("outage.state"),
            single: true,
            options: [
              { value: "true", label: t("outage.open") },
              { value: "false", label: t("outage.ended") },
            ],
          },
          {
            id: "kind",
            label: t("outage.kind"),
            single: true,
            options: outageKinds.map((k) => ({ value: k, label: t(`kinds.${k}`) })),
          },
          { id: "environment", label: t("environment"), kind: "remote", source: environmentPicker },
          { id: "application", label: t("application"), kind: "remote", source: applicationPicker },
          { id: "from", label: t("outages.from"), kind: "day" },
          { id: "to", label: t("outages.to"), kind: "day" },
        ]}
        empty={
          <EmptyState
            title={t("outages.emptyTitle")}
            body={t("outages.emptyBody")}
            action={manage && <Button onClick={() => setRecording(true)}>{t("outages.record")}</Button>}
          />
        }
      >
        {manage && (
          <Button leftSection={<IconPlus size={16} />} onClick={() => setRecording(true)}>
            {t("outages.record")}
          </Button>
        )}
      </DataList>
      {recording && <OutageForm onClose={() => setRecording(false)} />}
    </>
  );
}

/** What the unplanned outages of the period come to, against the period before. */
function Summary() {
  const { search, set } = useUrl();
  const unit = useUnitScope();
  // The tiles are about unplanned outages whatever the list shows of kinds and states.
  const args = { ...narrowed(search), kind: undefined, open: undefined, q: search.q, unit };
  const query = useQuery({
    queryKey: keys.list("outage", { summary: args }),
    queryFn: ({ signal }) => ok(api.GET("/api/v1/outages/summary", { params: { query: args }, signal })),
  });
  if (query.isError) return null;
  const now = query.data?.unplanned;
  const before = query.data?.previous?.unplanned;
  const change = (a: number | undefined, b: number | undefined): MetricChange | undefined => {
    const by = changeAgainst(a, b);
    if (by === undefined) return undefined;
    return {
      text: by === 0 ? undefined : `${by > 0 ? "+" : "−"}${Math.abs(by)} %`,
      better: by === 0 ? undefined : by < 0,
      up: by === 0 ? undefined : by > 0,
      against: t("outages.against"),
    };
  };
  const period = t(search.from || search.to ? "outages.period" : "outages.lastMonth");
  const mean = (name: string, value: number | undefined, n: number | undefined, past: number | undefined) => (
    <MetricTile
      name={name}
      loading={!now}
      value={value === undefined ? undefined : duration(value)}
      n={n}
      period={period}
      change={change(value, past)}
      notEnough={now && value === undefined ? t("outages.noneYet") : undefined}
    />
  );
  return (
    <div className={classes.metrics}>
      <MetricTile
        name={t("outages.unplanned")}
        loading={!now}
        value={now && String(now.count)}
        period={period}
        change={change(now?.count, before?.count)}
        onOpen={() => set({ kind: search.kind === "unplanned" ? undefined : "unplanned" })}
        selected={search.kind === "unplanned"}
      />
      {mean(t("outages.meanDetect"), now?.meanDetectSeconds, now?.detected, before?.meanDetectSeconds)}
      {mean(t("outages.meanFind"), now?.meanFindSeconds, now?.found, before?.meanFindSeconds)}
      {mean(t("outages.meanRestore"), now?.meanRestoreSeconds, now?.restored, before?.meanRestoreSeconds)}
    </div>
  );
}
