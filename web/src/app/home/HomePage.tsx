import { Anchor, Group, Skeleton, Stack, Text, Title } from "@mantine/core";
import { IconCircleCheck, IconCircleDashed } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { api, ok } from "@/api/client";
import { useUnitName, useUnits } from "@/api/lookups";
import { keys } from "@/api/query";
import { useCan } from "@/api/session";
import { PageHeader } from "@/components/PageHeader";
import { ProblemAlert } from "@/components/ProblemAlert";
import { StatusDot } from "@/components/StatusDot";
import { TimeText } from "@/components/Time";
import { withLocalTimes } from "@/lib/time";
import { useUnitScope } from "@/lib/url";
import { areas } from "../nav";
import classes from "./HomePage.module.css";
import { t } from "./text";
import { useDecisions } from "./useDecisions";

/** Decisions due and things that changed, not charts. */
export function HomePage() {
  const unit = useUnitScope();
  const unitName = useUnitName();
  const can = useCan();
  return (
    <>
      <PageHeader title={unit ? unitName(unit) || t("title") : t("title")} about={t("hello")} />
      <FirstSteps />
      <div className={classes.columns}>
        <Decisions unit={unit} />
        {can("audit.view_history") && <Changes unit={unit} />}
      </div>
    </>
  );
}

function Decisions({ unit }: { unit?: string }) {
  const { decisions, pending, error } = useDecisions(unit);
  return (
    <section aria-labelledby="due">
      <Title order={2} id="due" mb="xs">
        {t("due")}
      </Title>
      {error !== undefined && error !== null && <ProblemAlert error={error} />}
      {pending && decisions.length === 0 ? (
        <Stack gap="xs">
          <Skeleton h={48} />
          <Skeleton h={48} />
        </Stack>
      ) : decisions.length === 0 ? (
        <Text size="sm" c="dimmed">
          {t("nothingDue")} {t("nothingDueBody")}
        </Text>
      ) : (
        <ul className={classes.list}>
          {decisions.map((d) => (
            <li key={d.id}>
              <Link to={d.to} search={d.search as never} className={classes.decision}>
                <StatusDot tone={d.tone} />
                <span>
                  <span className={classes.title}>{d.title}</span>
                  {d.body && <span className={classes.body}>{d.body}</span>}
                </span>
              </Link>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function Changes({ unit }: { unit?: string }) {
  const events = useQuery({
    queryKey: keys.list("event", { home: true, unit }),
    queryFn: ({ signal }) =>
      ok(
        api.GET("/api/v1/events", {
          params: { query: { unit, action: ["added", "modified", "deleted"], limit: 15 } },
          signal,
        }),
      ),
  });
  return (
    <section aria-labelledby="changed">
      <Group justify="space-between" mb="xs">
        <Title order={2} id="changed">
          {t("changed")}
        </Title>
        <Anchor component={Link} to="/history" size="sm">
          {t("allChanges")}
        </Anchor>
      </Group>
      {events.isPending ? (
        <Stack gap={10}>
          {[70, 85, 60, 80, 75].map((w) => (
            <Skeleton key={w} h={16} w={`${w}%`} />
          ))}
        </Stack>
      ) : events.isError ? (
        <ProblemAlert error={events.error} onRetry={() => void events.refetch()} />
      ) : events.data.items.length === 0 ? (
        <Text size="sm" c="dimmed">
          {t("nothingChanged")}
        </Text>
      ) : (
        <ol className={classes.list}>
          {events.data.items.map((e) => (
            <li key={e.id} className={classes.change}>
              <Link to="/history" search={{ open: e.id } as never} className={classes.sentence}>
                {withLocalTimes(e.sentence)}
              </Link>
              <Text span size="xs" c="dimmed">
                <TimeText value={e.at} as="relative" plain />
              </Text>
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}

/** Shown while the organisation is empty; each step leads to the page where it is done. */
function FirstSteps() {
  const can = useCan();
  const { data: units } = useUnits();
  const manage = can("people.manage_unit");
  const count = (path: "/api/v1/applications" | "/api/v1/connections" | "/api/v1/persons", kind: string) => ({
    queryKey: keys.list(kind, { firstSteps: true }),
    queryFn: async ({ signal }: { signal: AbortSignal }) =>
      (await ok(api.GET(path, { params: { query: { limit: 2 } }, signal }))).items.length,
    enabled: manage,
  });
  const persons = useQuery(count("/api/v1/persons", "person"));
  const applications = useQuery(count("/api/v1/applications", "application"));
  const connections = useQuery(count("/api/v1/connections", "connection"));
  const exists = (to: string) => (areas as readonly { to: string }[]).some((a) => a.to === to);
  if (!manage || !units || persons.data === undefined) return null;
  const steps = [
    { key: "units", to: "/people/organisation", done: units.length > 1 },
    { key: "persons", to: "/people", done: persons.data > 1 },
    ...(exists("/applications")
      ? [{ key: "applications", to: "/applications", done: (applications.data ?? 0) > 0 } as const]
      : []),
    ...(exists("/connections")
      ? [{ key: "connections", to: "/connections", done: (connections.data ?? 0) > 0 } as const]
      : []),
  ] as const;
  if (steps.every((s) => s.done)) return null;
  return (
    <section className={classes.steps} aria-labelledby="steps">
      <Title order={2} id="steps">
        {t("start")}
      </Title>
      <Text size="sm" c="dimmed" mb="sm">
        {t("startBody")}
      </Text>
      <ol className={classes.stepList}>
        {steps.map((s) => (
          <li key={s.key}>
            <Link to={s.to as "/"} className={classes.step} data-done={s.done || undefined}>
              {s.done ? (
                <IconCircleCheck size={20} color="var(--status-good)" aria-label={t("steps.done")} />
              ) : (
                <IconCircleDashed size={20} color="var(--status-idle)" aria-hidden />
              )}
              <span>
                <span className={classes.title}>{t(`steps.${s.key}`)}</span>
                <span className={classes.body}>{t(`steps.${s.key}Body`)}</span>
              </span>
            </Link>
          </li>
        ))}
      </ol>
    </section>
  );
}
