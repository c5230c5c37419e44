import { useNavigate } from "@tanstack/react-router";
import { api, ok, type Schema } from "@/api/client";
import { applicationPicker, repositoryPicker } from "@/api/lookups";
import { EmptyState } from "@/components/EmptyState";
import { DataList, type ListArgs, type ListColumn, type ListFilter, type ListSource } from "@/components/list";
import { Duration, TimeText } from "@/components/Time";
import { duration } from "@/lib/time";
import { Result, State, word } from "./Marks";
import { t } from "./text";
import { tookOf } from "./took";

type Deployment = Schema<"DeliveryDeploymentView">;
type Change = Schema<"DeliveryChangeRequestView">;
type Incident = Schema<"DeliveryIncidentView">;
type WorkItem = Schema<"DeliveryWorkItemView">;

function asked({ q, filters: f, unit, cursor, limit }: ListArgs) {
  return {
    q,
    unit,
    application: f.application,
    repository: f.repository,
    environmentClass: f.environmentClass,
    result: f.result,
    status: f.status,
    from: f.from,
    to: f.to,
    open: f.open === "true" || undefined,
    unmapped: f.unmapped === "true" || undefined,
    cursor,
    limit,
  };
}

const application: ListFilter = {
  id: "application",
  label: t("application"),
  kind: "remote",
  source: applicationPicker,
};
const repository: ListFilter = { id: "repository", label: t("repository"), kind: "remote", source: repositoryPicker };
const days: ListFilter[] = [
  { id: "from", label: t("from"), kind: "day" },
  { id: "to", label: t("until"), kind: "day" },
];
const environmentClass: ListFilter = {
  id: "environmentClass",
  label: t("environmentClass"),
  single: true,
  options: (["PRODUCTION", "STAGING", "TESTING", "DEVELOPMENT"] as const).map((v) => ({
    value: v,
    label: t(`classes.${v}`),
  })),
};
const yes = (id: string, label: string): ListFilter => ({
  id,
  label,
  single: true,
  options: [{ value: "true", label: t("yes") }],
});
const status = (values: readonly ("TODO" | "IN_PROGRESS" | "DONE" | "OPEN" | "MERGED" | "CLOSED")[]): ListFilter => ({
  id: "status",
  label: t("status"),
  single: true,
  options: values.map((v) => ({ value: v, label: t(`states.${v}`) })),
});

const when = <T extends { at: string }>(header: string): ListColumn<T> => ({
  id: "at",
  header,
  cell: (r) => <TimeText value={r.at} plain />,
  csv: (r) => r.at,
  width: 150,
  card: true,
});
const app = <T extends { applicationName?: string; applicationRaw?: string }>(): ListColumn<T> => ({
  id: "application",
  header: t("application"),
  cell: (r) => r.applicationName ?? (r.applicationRaw ? t("unmappedAs", { name: r.applicationRaw }) : undefined),
  csv: (r) => r.applicationName ?? r.applicationRaw,
  width: 140,
  card: true,
});

const deployments: ListSource<Deployment> = {
  kind: "deployment",
  page: (args, signal) => ok(api.GET("/api/v1/deployments", { params: { query: asked(args) }, signal })),
};

export function DeploymentsPage() {
  const navigate = useNavigate();
  return (
    <DataList
      id="deployments"
      label={t("deployments")}
      source={deployments}
      rowId={(d) => d.id}
      rowName={(d) => d.version || d.name || d.externalId}
      onOpen={(d) => void navigate({ to: `/delivery/deployments/${d.id}` as string })}
      filters={[
        application,
        environmentClass,
        {
          id: "result",
          label: t("result"),
          single: true,
          options: (["SUCCESS", "FAILURE"] as const).map((v) => ({ value: v, label: t(`results.${v}`) })),
        },
        repository,
        ...days,
        yes("unmapped", t("notMapped")),
      ]}
      onExport={(args) => {
        const params = new URLSearchParams({ format: "csv" });
        for (const [k, v] of Object.entries(asked({ ...args, limit: 0 })))
          if (v && k !== "limit") params.set(k, String(v));
        const a = document.createElement("a");
        a.href = `/api/v1/deployments/export?${params}`;
        a.download = "";
        a.click();
      }}
      columns={[
        {
          id: "name",
          header: t("deployment"),
          cell: (d) => d.version || d.name || d.externalId,
          csv: (d) => d.version || d.name,
          width: 180,
        },
        app<Deployment>(),
        {
          id: "environment",
          header: t("environment"),
          cell: (d) => d.environment,
          csv: (d) => d.environment,
          card: true,
        },
        {
          id: "result",
          header: t("result"),
          cell: (d) => <Result value={d.result} />,
          csv: (d) => d.result,
          width: 120,
        },
        {
          id: "duration",
          header: t("took"),
          cell: (d) => <Duration seconds={tookOf(d)} />,
          csv: tookOf,
          align: "right",
          width: 100,
        },
        {
          id: "commit",
          header: t("commit"),
          cell: (d) => d.commit?.slice(0, 8),
          csv: (d) => d.commit,
          width: 100,
          hidden: true,
        },
        when<Deployment>(t("finished")),
      ]}
      empty={<EmptyState title={t("empty.deployments")} body={t("empty.deploymentsBody")} />}
    />
  );
}

const changes: ListSource<Change> = {
  kind: "change_request",
  page: (args, signal) => ok(api.GET("/api/v1/change-requests", { params: { query: asked(args) }, signal })),
};

export function ChangesPage() {
  const navigate = useNavigate();
  return (
    <DataList
      id="changes"
      label={t("changes")}
      source={changes}
      rowId={(c) => c.id}
      rowName={(c) => c.title}
      onOpen={(c) => void navigate({ to: `/delivery/changes/${c.id}` as string })}
      filters={[application, status(["OPEN", "MERGED", "CLOSED"]), repository, ...days]}
      columns={[
        { id: "title", header: t("change"), cell: (c) => c.title, csv: (c) => c.title, width: 320 },
        { id: "number", header: t("number"), cell: (c) => c.number, csv: (c) => c.number, align: "right", width: 90 },
        { id: "repository", header: t("repository"), cell: (c) => c.repository, csv: (c) => c.repository, card: true },
        { id: "author", header: t("author"), cell: (c) => c.authorName, csv: (c) => c.authorName, width: 150 },
        {
          id: "status",
          header: t("status"),
          cell: (c) => <State value={c.status} />,
          csv: (c) => c.status,
          width: 120,
          card: true,
        },
        {
          id: "merged",
          header: t("merged"),
          cell: (c) => <TimeText value={c.mergedAt} plain />,
          csv: (c) => c.mergedAt,
          width: 150,
          card: true,
        },
        { ...when<Change>(t("changed")), hidden: true },
      ]}
      empty={<EmptyState title={t("empty.changes")} body={t("empty.changesBody")} />}
    />
  );
}

const incidents: ListSource<Incident> = {
  kind: "incident",
  page: (args, signal) => ok(api.GET("/api/v1/incidents", { params: { query: asked(args) }, signal })),
};

export function IncidentsPage() {
  const navigate = useNavigate();
  return (
    <DataList
      id="incidents"
      label={t("incidents")}
      source={incidents}
      rowId={(i) => i.id}
      rowName={(i) => i.title}
      onOpen={(i) => void navigate({ to: `/delivery/incidents/${i.id}` as string })}
      filters={[application, environmentClass, yes("open", t("stillOpen")), ...days, yes("unmapped", t("notMapped"))]}
      columns={[
        { id: "title", header: t("incident"), cell: (i) => i.title, csv: (i) => i.title, width: 220 },
        { id: "key", header: t("key"), cell: (i) => i.key, csv: (i) => i.key, width: 190 },
        app<Incident>(),
        { id: "severity", header: t("severity"), cell: (i) => i.severity, csv: (i) => i.severity, width: 80 },
        {
          id: "status",
          header: t("status"),
          cell: (i) => <State value={i.status} group="incidentStates" />,
          csv: (i) => i.status,
          width: 120,
          card: true,
        },
        when<Incident>(t("started")),
        {
          id: "lasted",
          header: t("lasted"),
          cell: (i) =>
            i.resolvedAt ? duration((Date.parse(i.resolvedAt) - Date.parse(i.startedAt ?? i.at)) / 1000) : undefined,
          csv: (i) => i.resolvedAt,
          align: "right",
          width: 100,
        },
      ]}
      empty={<EmptyState title={t("empty.incidents")} body={t("empty.incidentsBody")} />}
    />
  );
}

const workItems: ListSource<WorkItem> = {
  kind: "work_item",
  page: (args, signal) => ok(api.GET("/api/v1/work-items", { params: { query: asked(args) }, signal })),
};

export function WorkItemsPage() {
  const navigate = useNavigate();
  return (
    <DataList
      id="work-items"
      label={t("workItems")}
      source={workItems}
      rowId={(w) => w.id}
      rowName={(w) => w.title}
      onOpen={(w) => void navigate({ to: `/delivery/work-items/${w.id}` as string })}
      filters={[
        application,
        status(["TODO", "IN_PROGRESS", "DONE"]),
        yes("open", t("stillOpen")),
        ...days,
        yes("unmapped", t("notMapped")),
      ]}
      columns={[
        { id: "title", header: t("workItem"), cell: (w) => w.title, csv: (w) => w.title, width: 230 },
        { id: "key", header: t("key"), cell: (w) => w.key, csv: (w) => w.key, width: 150 },
        {
          id: "type",
          header: t("type"),
          cell: (w) => word("types", w.typeRaw || w.type),
          csv: (w) => w.type,
          width: 104,
        },
        app<WorkItem>(),
        {
          id: "status",
          header: t("status"),
          cell: (w) => <State value={w.status} />,
          csv: (w) => w.status,
          width: 120,
          card: true,
        },
        { id: "assignee", header: t("assignee"), cell: (w) => w.assigneeName, csv: (w) => w.assigneeName, width: 120 },
        when<WorkItem>(t("changed")),
      ]}
      empty={<EmptyState title={t("empty.workItems")} body={t("empty.workItemsBody")} />}
    />
  );
}
