import { Anchor, Group, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { api, ok, type Schema } from "@/api/client";
import { keys } from "@/api/query";
import { useCan } from "@/api/session";
import { RecordHistory } from "@/components/RecordHistory";
import { Duration, TimeText } from "@/components/Time";
import { AttributionCard } from "./AttributionCard";
import { Result, State, ToolLink, word } from "./Marks";
import { RecordPage, Related } from "./RecordPage";
import { t } from "./text";
import { tookOf } from "./took";

const useId = () => (useParams({ strict: false }) as { id: string }).id;

function To({ to, children, about }: { to: string; children: ReactNode; about?: ReactNode }) {
  return (
    <>
      <Anchor component={Link} to={to} fz="sm">
        {children}
      </Anchor>
      {about && (
        <Text size="xs" c="dimmed">
          {about}
        </Text>
      )}
    </>
  );
}

const applicationOf = (r: { applicationId?: string; applicationName?: string; applicationRaw?: string }) =>
  r.applicationId ? (
    <To to={`/applications/${r.applicationId}`}>{r.applicationName}</To>
  ) : r.applicationRaw ? (
    t("unmappedAs", { name: r.applicationRaw })
  ) : undefined;

const change = (c: Schema<"DeliveryChangeRequestView">) => (
  <To to={`/delivery/changes/${c.id}`} about={[c.repository, c.authorName].filter(Boolean).join(" · ")}>
    {c.number ? `#${c.number} ` : ""}
    {c.title}
  </To>
);
const deployment = (d: Schema<"DeliveryDeploymentView">) => (
  <>
    <Group gap="xs">
      <To to={`/delivery/deployments/${d.id}`}>
        {[d.applicationName, d.version || d.name, d.environment].filter(Boolean).join(" · ")}
      </To>
      <Result value={d.result} />
    </Group>
    <Text size="xs" c="dimmed">
      <TimeText value={d.at} plain />
    </Text>
  </>
);
const incident = (i: Schema<"DeliveryIncidentView">) => (
  <To to={`/delivery/incidents/${i.id}`} about={i.key}>
    {i.title}
  </To>
);
const commit = (c: Schema<"DeliveryCommitLink">) => (
  <Text size="sm">
    <code>{c.sha.slice(0, 8)}</code> {c.message?.split("\n")[0]}
    <Text size="xs" c="dimmed" component="span" display="block">
      {[c.repository, c.authorName].filter(Boolean).join(" · ")}
      {c.authoredAt && (
        <>
          {" · "}
          <TimeText value={c.authoredAt} plain />
        </>
      )}
    </Text>
  </Text>
);

export function DeploymentPage() {
  const id = useId();
  const query = useQuery({
    queryKey: keys.one("deployment", id),
    queryFn: ({ signal }) => ok(api.GET("/api/v1/deployments/{id}", { params: { path: { id } }, signal })),
  });
  return (
    <RecordPage query={query} from={{ label: t("deployments"), to: "/delivery/deployments" }}>
      {(d) => ({
        title: [d.applicationName, d.version || d.name || d.externalId].filter(Boolean).join(" "),
        about: d.environment,
        badge: <Result value={d.result} />,
        acts: <ToolLink url={d.url} />,
        facts: [
          [t("application"), applicationOf(d)],
          [t("environment"), d.environment],
          [t("environmentClass"), word("classes", d.environmentClass)],
          [t("result"), <Result key="r" value={d.result} />],
          [t("started"), <TimeText key="s" value={d.startedAt} />],
          [t("finished"), <TimeText key="f" value={d.finishedAt} />],
          [t("took"), <Duration key="d" seconds={tookOf(d)} />],
          [t("version"), d.version],
          [t("commit"), d.commit && <code key="c">{d.commit.slice(0, 12)}</code>],
          [t("rollback"), d.rollback ? t("yes") : t("no")],
          [t("rework"), d.rework === undefined ? undefined : d.rework ? t("yes") : t("no")],
          [
            t("fixes"),
            d.fixesIncidentId ? (
              <To to={`/delivery/incidents/${d.fixesIncidentId}`}>{d.fixesIncident ?? t("incident")}</To>
            ) : (
              d.fixesIncident
            ),
          ],
        ],
        main: (
          <>
            <Related title={t("changes")} items={d.changeRequests ?? []} none={t("none.changes")} row={change} />
            <Related title={t("commits")} items={d.commits ?? []} none={t("none.commits")} row={commit} />
            <Related title={t("incidentsAfter")} items={d.incidents ?? []} none={t("none.incidents")} row={incident} />
          </>
        ),
      })}
    </RecordPage>
  );
}

export function ChangePage() {
  const id = useId();
  const query = useQuery({
    queryKey: keys.one("change_request", id),
    queryFn: ({ signal }) => ok(api.GET("/api/v1/change-requests/{id}", { params: { path: { id } }, signal })),
  });
  return (
    <RecordPage query={query} from={{ label: t("changes"), to: "/delivery/changes" }}>
      {(c) => ({
        title: c.title,
        about: [c.repository, c.number && `#${c.number}`].filter(Boolean).join(" "),
        badge: <State value={c.status} />,
        acts: <ToolLink url={c.url} />,
        facts: [
          [t("author"), c.authorName],
          [t("branch"), c.headRef && `${c.headRef} → ${c.baseRef ?? ""}`],
          [t("opened"), <TimeText key="o" value={c.createdAt} />],
          [t("merged"), <TimeText key="m" value={c.mergedAt} />],
          [t("mergedBy"), c.mergedByName],
          [t("lines"), c.additions !== undefined && `+${c.additions} −${c.deletions ?? 0}`],
          [t("labels"), (c.labels ?? []).join(", ")],
          [t("mergeCommit"), c.mergeCommitSha && <code key="c">{c.mergeCommitSha.slice(0, 12)}</code>],
        ],
        main: (
          <>
            <Related
              title={t("deployments")}
              items={c.deployments ?? []}
              none={t("none.deployments")}
              row={deployment}
            />
            <Related title={t("commits")} items={c.commits ?? []} none={t("none.commits")} row={commit} />
            <Related
              title={t("workItems")}
              items={c.workItems ?? []}
              none={t("none.workItems")}
              row={(w) => (
                <To to={`/delivery/work-items/${w.id}`} about={w.key}>
                  {w.title}
                </To>
              )}
            />
            <Related
              title={t("reviews")}
              items={c.reviews ?? []}
              none={t("none.reviews")}
              row={(r) => (
                <>
                  {[word("reviewStates", r.status), r.account].filter(Boolean).join(" · ")}
                  <Text size="xs" c="dimmed">
                    <TimeText value={r.createdAt} plain />
                  </Text>
                </>
              )}
            />
          </>
        ),
      })}
    </RecordPage>
  );
}

export function IncidentPage() {
  const id = useId();
  const can = useCan();
  const query = useQuery({
    queryKey: keys.one("incident", id),
    queryFn: ({ signal }) => ok(api.GET("/api/v1/incidents/{id}", { params: { path: { id } }, signal })),
  });
  return (
    <RecordPage query={query} from={{ label: t("incidents"), to: "/delivery/incidents" }}>
      {(i) => ({
        title: i.title,
        about: i.key,
        badge: <State value={i.status} group="incidentStates" />,
        acts: <ToolLink url={i.url} />,
        facts: [
          [t("application"), applicationOf(i)],
          [t("environment"), i.environment],
          [t("severity"), i.severity],
          [t("started"), <TimeText key="s" value={i.startedAt} />],
          [t("detected"), <TimeText key="d" value={i.detectedAt} />],
          [t("resolved"), <TimeText key="r" value={i.resolvedAt} />],
          [
            t("lasted"),
            i.resolvedAt && (
              <Duration key="l" seconds={(Date.parse(i.resolvedAt) - Date.parse(i.startedAt ?? i.at)) / 1000} />
            ),
          ],
          [t("description"), i.description],
          [t("toldCause"), i.causedBy],
        ],
        main: (
          <>
            {can("valuestream.view_metrics") && <AttributionCard incident={i.id} />}
            <Related title={t("fixedBy")} items={i.fixes ?? []} none={t("none.fixes")} row={deployment} />
            <section aria-label={t("history")}>
              <Title order={2} mb={4}>
                {t("history")}
              </Title>
              <RecordHistory kind="incident" id={i.id} quiet />
            </section>
          </>
        ),
      })}
    </RecordPage>
  );
}

export function WorkItemPage() {
  const id = useId();
  const query = useQuery({
    queryKey: keys.one("work_item", id),
    queryFn: ({ signal }) => ok(api.GET("/api/v1/work-items/{id}", { params: { path: { id } }, signal })),
  });
  return (
    <RecordPage query={query} from={{ label: t("workItems"), to: "/delivery/work-items" }}>
      {(w) => ({
        title: w.title,
        about: [w.key, w.typeRaw ? word("types", w.typeRaw) : word("types", w.type)].filter(Boolean).join(" · "),
        badge: <State value={w.status} />,
        acts: <ToolLink url={w.url} />,
        facts: [
          [t("application"), applicationOf(w)],
          [t("status"), w.statusRaw || word("states", w.status)],
          [t("assignee"), w.assigneeName],
          [t("author"), w.creatorName],
          [t("priority"), w.priority],
          [t("severity"), w.severity],
          [t("points"), w.storyPoint],
          [t("labels"), (w.labels ?? []).join(", ")],
          [t("created"), <TimeText key="c" value={w.createdAt} />],
          [t("resolved"), <TimeText key="r" value={w.resolvedAt} />],
          [t("due"), <TimeText key="u" value={w.dueAt} as="day" />],
          [t("description"), w.description],
        ],
        main: (
          <>
            <Related
              title={t("statusHistory")}
              items={w.history ?? []}
              none={t("none.history")}
              row={(h) => (
                <>
                  {h.field.toLowerCase() !== "status" && `${h.field}: `}
                  {h.fromRaw || h.from || "—"} → {h.toRaw || h.to || "—"}
                  <Text size="xs" c="dimmed">
                    <TimeText value={h.createdAt} plain />
                    {h.authorName && ` · ${h.authorName}`}
                  </Text>
                </>
              )}
            />
            <Related title={t("changes")} items={w.changeRequests ?? []} none={t("none.changes")} row={change} />
          </>
        ),
      })}
    </RecordPage>
  );
}
