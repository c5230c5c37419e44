import { Anchor, Button, Skeleton, Text, Title } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { api, ok } from "@/api/client";
import { keys } from "@/api/query";
import { Absent } from "@/components/Absent";
import { Facts } from "@/components/Facts";
import { PartTable } from "@/components/PartTable";
import { ProblemAlert } from "@/components/ProblemAlert";
import { Slot } from "@/components/Slot";
import { StatusBadge, type Tone } from "@/components/StatusBadge";
import { TimeText } from "@/components/Time";
import { type OutageView, type ToldItem, useImpact } from "./queries";
import { t } from "./text";

/** Who hears of it: who has a part in the environment, who holds it in that time, and who was told in fact. */
export function Told({ outage: o }: { outage: OutageView }) {
  const impact = useImpact(o.id);
  const parts = useQuery({
    queryKey: keys.part("environment", o.environmentId, "stakeholders"),
    queryFn: async ({ signal }) => {
      const answer = await api.GET("/api/v1/environments/{id}/stakeholders", {
        params: { path: { id: o.environmentId } },
        signal,
      });
      const list = await ok(Promise.resolve(answer));
      return { ...list, etag: answer.response.headers.get("ETag") ?? "*" };
    },
  });
  const holders = [...new Set((impact.data?.bookings ?? []).flatMap((b) => (b.holderName ? [b.holderName] : [])))];
  const named = parts.data?.items.map((s) => s.name) ?? [];
  return (
    <section aria-label={t("told.title")}>
      <Title order={2} mb="xs">
        {t("told.title")}
      </Title>
      {parts.isPending ? (
        <Skeleton h={40} aria-busy />
      ) : parts.isError ? (
        <ProblemAlert error={parts.error} onRetry={() => void parts.refetch()} />
      ) : named.length === 0 && holders.length === 0 ? (
        <Text size="sm" c="dimmed">
          {t("told.nobody")}{" "}
          <Anchor component={Link} to={`/environments/${o.environmentId}/stakeholders`} fz="sm" underline="always">
            {t("told.name")}
          </Anchor>
        </Text>
      ) : (
        <Facts
          items={[
            [t("told.stakeholders"), named.join(", ")],
            [t("told.holders"), holders.join(", ")],
          ]}
        />
      )}
      <Deliveries outage={o} />
      <Slot part="watchers" kind="outage" id={o.id} name={o.title} />
    </section>
  );
}

const tones: Record<ToldItem["state"], Tone> = {
  delivered: "good",
  sent: "good",
  collecting: "idle",
  queued: "active",
  failed: "bad",
  dropped: "idle",
};

/** Who was told, on which way and when, and whether it came. */
function Deliveries({ outage: o }: { outage: OutageView }) {
  const query = useInfiniteQuery({
    queryKey: keys.part("outage", o.id, "told"),
    queryFn: ({ pageParam, signal }) =>
      ok(
        api.GET("/api/v1/outages/{id}/told", {
          params: { path: { id: o.id }, query: { cursor: pageParam || undefined, limit: 20 } },
          signal,
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.next || undefined,
  });
  if (query.isError) return <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />;
  if (!query.data) return <Skeleton h={80} mt="md" aria-busy />;
  const rows = query.data.pages.flatMap((page) => page.items);
  return (
    <>
      <Title order={3} mt="md">
        {t("told.deliveries")}
      </Title>
      {rows.length === 0 ? (
        <Text size="sm" c="dimmed">
          {t("told.none")}
        </Text>
      ) : (
        <PartTable
          label={t("told.deliveries")}
          empty={false}
          title=""
          head={[t("told.who"), t("told.channel"), t("told.state"), t("when")]}
          rows={rows.map((r) => ({
            id: r.id,
            name: r.name,
            cells: [
              <div key="n">
                {r.name || <Absent />}
                <Text size="xs" c="dimmed">
                  {r.what}
                </Text>
              </div>,
              <Text key="c" span fz="inherit" style={{ whiteSpace: "nowrap" }}>
                {t(`told.channels.${r.channel}`)}
              </Text>,
              <StatusBadge key="s" tone={tones[r.state]}>
                {t(`told.states.${r.state}`)}
              </StatusBadge>,
              <TimeText key="t" value={r.at} />,
            ],
          }))}
        />
      )}
      {query.hasNextPage && (
        <Button variant="default" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
          {t("more")}
        </Button>
      )}
    </>
  );
}
