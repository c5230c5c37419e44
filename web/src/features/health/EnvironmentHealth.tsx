import { Anchor, Button, Group, SegmentedControl, Skeleton, Stack, Text, Title } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { api, ok } from "@/api/client";
import { keys } from "@/api/query";
import { useCan } from "@/api/session";
import { Absent } from "@/components/Absent";
import { EmptyState } from "@/components/EmptyState";
import { PartTable } from "@/components/PartTable";
import { ProblemAlert } from "@/components/ProblemAlert";
import type { SlotProps } from "@/components/Slot";
import { TimeText } from "@/components/Time";
import { useUrl } from "@/lib/url";
import { HealthMark, KindMark, lasted, OutageMark } from "./Marks";
import { OutageForm } from "./OutageForm";
import { outageAddress } from "./queries";
import { ReportHealth } from "./ReportHealth";
import { Strip } from "./Strip";
import { t } from "./text";

const day = 86_400_000;

function useEvents(id: string, size = 200) {
  return useInfiniteQuery({
    queryKey: keys.part("environment", id, "health", { size }),
    queryFn: ({ pageParam, signal }) =>
      ok(
        api.GET("/api/v1/environments/{id}/health", {
          params: { path: { id }, query: { cursor: pageParam, limit: size } },
          signal,
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next || undefined,
    enabled: Boolean(id),
  });
}

function useOutagesOf(id: string) {
  return useQuery({
    queryKey: keys.list("outage", { environment: id }),
    queryFn: ({ signal }) =>
      ok(api.GET("/api/v1/outages", { params: { query: { environment: id, limit: 100 } }, signal })),
    enabled: Boolean(id),
  });
}

/** How one environment is and was, and when it was out. */
export function EnvironmentHealthTab() {
  const { id } = useParams({ strict: false }) as { id: string };
  const can = useCan();
  const { search, set } = useUrl();
  const [asking, setAsking] = useState<"report" | "outage">();
  const days = ["1", "7", "30", "90"].find((d) => d === search.days) ?? "7";
  const environment = useQuery({
    queryKey: keys.one("environment", id),
    queryFn: ({ signal }) => ok(api.GET("/api/v1/environments/{id}", { params: { path: { id } }, signal })),
  });
  const query = useEvents(id);
  const outages = useOutagesOf(environment.data?.id ?? "");
  const [now, setNow] = useState(() => Date.now());
  // The strip ends now; a new word moves it on.
  const said = query.dataUpdatedAt;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the end follows what was loaded
  useEffect(() => setNow(Date.now()), [said]);
  const from = now - Number(days) * day;
  const events = query.data?.pages.flatMap((p) => p.items) ?? [];
  const oldest = events.at(-1);
  const complete = !query.hasNextPage || (oldest !== undefined && Date.parse(oldest.at) <= from);
  const { fetchNextPage, isFetchingNextPage, isFetchNextPageError } = query;
  const pages = query.data?.pages.length ?? 0;
  // The strip asks for as much as it shows, but not without end.
  useEffect(() => {
    if (pages > 0 && pages < 25 && !complete && !isFetchingNextPage && !isFetchNextPageError) void fetchNextPage();
  }, [pages, complete, isFetchingNextPage, isFetchNextPageError, fetchNextPage]);
  if (query.isError && !query.data) return <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />;
  if (!query.data)
    return (
      <Stack py="md" aria-busy>
        <Skeleton h={28} w={200} />
        <Skeleton h={28} />
        <Skeleton h={160} />
      </Stack>
    );
  const state = query.data.pages[0];
  const e = environment.data;
  return (
    <Stack gap="lg" py="md">
      <Group justify="space-between">
        <Group gap="sm">
          <HealthMark value={state?.health} />
          {state?.since && (
            <Text size="sm">
              {t("since")} <TimeText value={state.since} />
            </Text>
          )}
          {state?.at && (
            <Text size="sm" c="dimmed">
              {t("lastSaid")} <TimeText value={state.at} as="relative" />
            </Text>
          )}
        </Group>
        <Group gap="xs">
          {can("health.manage_outage") && (
            <Button variant="default" onClick={() => setAsking("outage")}>
              {t("outages.record")}
            </Button>
          )}
          {can("health.report_health") && (
            <Button variant="default" onClick={() => setAsking("report")}>
              {t("report.verb")}
            </Button>
          )}
        </Group>
      </Group>
      {events.length === 0 ? (
        <EmptyState title={t("events.emptyTitle")} body={t("events.emptyBody")} />
      ) : (
        <section aria-label={t("strip.title")}>
          <Group justify="space-between" mb="xs">
            <Title order={2}>{t("strip.title")}</Title>
            <SegmentedControl
              aria-label={t("strip.period")}
              value={days}
              onChange={(v) => set({ days: v === "7" ? undefined : v })}
              data={["1", "7", "30", "90"].map((d) => ({ value: d, label: t("strip.days", { count: Number(d) }) }))}
            />
          </Group>
          <Strip events={events} from={from} to={now} complete={complete} />
        </section>
      )}
      <section aria-label={t("outages.title")}>
        <Title order={2}>{t("outages.title")}</Title>
        {outages.isError ? (
          <ProblemAlert error={outages.error} onRetry={() => void outages.refetch()} />
        ) : !outages.data ? (
          <Skeleton h={80} my="md" aria-busy />
        ) : (
          <PartTable
            label={t("outages.title")}
            empty={outages.data.items.length === 0}
            title={t("outages.noneHere")}
            head={[
              t("outage.title"),
              t("outage.state"),
              t("outage.kind"),
              t("outage.began"),
              t("outage.lasted"),
              t("outage.cause"),
            ]}
            rows={outages.data.items.map((o) => ({
              id: o.id,
              name: o.title,
              cells: [
                <Anchor key="t" component={Link} to={outageAddress(o.id)} fz="sm">
                  {o.title}
                </Anchor>,
                <OutageMark key="s" of={o} />,
                <KindMark key="k" value={o.kind} />,
                <TimeText key="b" value={o.startedAt} />,
                lasted(o),
                o.cause || <Absent key="c" />,
              ],
            }))}
          />
        )}
      </section>
      {events.length > 0 && (
        <section aria-label={t("events.title")}>
          <Title order={2}>{t("events.title")}</Title>
          <PartTable
            label={t("events.title")}
            empty={false}
            title=""
            head={[t("when"), t("health"), t("events.said"), t("events.source")]}
            rows={events.map((v) => ({
              id: v.id,
              name: v.at,
              cells: [
                <TimeText key="w" value={v.at} plain />,
                <HealthMark key="h" value={v.health} />,
                <span key="s">
                  {[v.name, v.message].filter(Boolean).join(": ") || <Absent />}
                  {v.link && /^https?:\/\//.test(v.link) && (
                    <>
                      {" "}
                      <Anchor href={v.link} target="_blank" rel="noreferrer" fz="sm" underline="always">
                        {t("events.open")}
                      </Anchor>
                    </>
                  )}
                </span>,
                v.source || t("events.person"),
              ],
            }))}
          />
          {query.hasNextPage && (
            <Group justify="center" py="sm">
              <Button variant="default" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
                {t("more")}
              </Button>
            </Group>
          )}
        </section>
      )}
      {e && <ReportHealth environment={e} opened={asking === "report"} onClose={() => setAsking(undefined)} />}
      {e && asking === "outage" && <OutageForm environment={e} onClose={() => setAsking(undefined)} />}
    </Stack>
  );
}

/** How an environment is now, on its overview: with its open outage and the last week. */
export function HealthPanel({ id }: SlotProps) {
  const can = useCan();
  const may = can("health.view_health");
  const query = useEvents(may ? id : "", 100);
  const outages = useOutagesOf(may ? id : "");
  if (!may) return null;
  const open = (outages.data?.items ?? []).filter((o) => o.open);
  const state = query.data?.pages[0];
  const events = query.data?.pages.flatMap((p) => p.items) ?? [];
  const to = query.dataUpdatedAt || Date.now();
  const from = to - 7 * day;
  const oldest = events.at(-1);
  return (
    <section aria-label={t("health")}>
      <Title order={2} mb="xs">
        {t("health")}
      </Title>
      {query.isError ? (
        <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />
      ) : !query.data ? (
        <Skeleton h={60} aria-busy />
      ) : (
        <Stack gap="xs">
          <Group gap="sm">
            <HealthMark value={state?.health} />
            {state?.since ? (
              <Text size="sm">
                {t("since")} <TimeText value={state.since} />
              </Text>
            ) : (
              <Text size="sm" c="dimmed">
                {t("board.noData")}
              </Text>
            )}
          </Group>
          {open.map((o) => (
            <Group key={o.id} gap="xs">
              <OutageMark of={o} />
              <Anchor component={Link} to={outageAddress(o.id)} fz="sm">
                {o.title}
              </Anchor>
              <Text size="sm" c="dimmed">
                {lasted(o)}
              </Text>
            </Group>
          ))}
          {events.length > 0 && (
            <Strip
              events={events}
              from={from}
              to={to}
              complete={!query.hasNextPage || (oldest !== undefined && Date.parse(oldest.at) <= from)}
            />
          )}
        </Stack>
      )}
    </section>
  );
}
