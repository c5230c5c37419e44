import { Button, Group, Progress, Stack, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQuery } from "@tanstack/react-query";
import { api, ok } from "@/api/client";
import { asProblem } from "@/api/problem";
import { keys } from "@/api/query";
import { useCan } from "@/api/session";
import { EmptyState } from "@/components/EmptyState";
import { DataList } from "@/components/list";
import { TimeText } from "@/components/Time";
import { duration } from "@/lib/time";
import { RunState } from "./Marks";
import { active, type Run, useConnection, useRefresh } from "./queries";
import { t } from "./text";

/** The runs of a connection, with the one under way on top. */
export function RunsTab() {
  const { data: c } = useConnection();
  if (!c) return null;
  const run = c.lastRun;
  return (
    <>
      {run && active(run) && (
        <Stack pt="md">
          <RunProgress run={run} />
        </Stack>
      )}
      {run?.state === "FAILED" && run.error && (
        <Text size="sm" c="var(--status-bad)" pt="md">
          {run.error}
        </Text>
      )}
      <DataList<Run>
        // The list follows the run: another state is another list.
        key={`${run?.id} ${run?.state}`}
        id="runs"
        label={t("tabs.runs")}
        noSearch
        onOpen={false}
        source={{
          kind: "connection",
          page: ({ cursor, limit }, signal) =>
            ok(
              api.GET("/api/v1/connections/{id}/runs", {
                params: { path: { id: c.id }, query: { cursor, limit } },
                signal,
              }),
            ),
        }}
        rowId={(r) => r.id}
        rowName={(r) => `${t(`runKinds.${r.kind}`)} ${r.createdAt}`}
        columns={[
          {
            id: "started",
            header: t("started"),
            cell: (r) => <TimeText value={r.startedAt ?? r.createdAt} plain />,
            csv: (r) => r.createdAt,
            width: 150,
          },
          {
            id: "kind",
            header: t("kind"),
            cell: (r) => t(`runKinds.${r.kind}`),
            csv: (r) => r.kind,
            width: 110,
            card: true,
          },
          {
            id: "state",
            header: t("state"),
            cell: (r) => <RunState state={r.state} />,
            csv: (r) => r.state,
            width: 130,
            card: true,
          },
          { id: "cause", header: t("cause"), cell: (r) => t(`causes.${r.cause}`), csv: (r) => r.cause, width: 100 },
          {
            id: "records",
            header: t("records"),
            cell: (r) => r.records,
            csv: (r) => r.records,
            align: "right",
            width: 90,
            card: true,
          },
          { id: "pages", header: t("pages"), cell: (r) => r.pages, csv: (r) => r.pages, align: "right", width: 80 },
          {
            id: "unmapped",
            header: t("notMapped"),
            cell: (r) => r.unmapped,
            csv: (r) => r.unmapped,
            align: "right",
            width: 110,
          },
          {
            id: "took",
            header: t("took"),
            cell: (r) =>
              r.startedAt && r.finishedAt
                ? duration((Date.parse(r.finishedAt) - Date.parse(r.startedAt)) / 1000)
                : undefined,
            csv: (r) => r.finishedAt,
            align: "right",
            width: 90,
          },
          { id: "error", header: t("error"), cell: (r) => r.error || r.note, csv: (r) => r.error },
        ]}
        empty={<EmptyState title={t("runs.none")} body={t("runs.noneBody")} />}
      />
    </>
  );
}

/** A run under way: how far it is, how long it may take, and how to stop it. */
export function RunProgress({ run }: { run: Run }) {
  const can = useCan();
  const refresh = useRefresh();
  const live = useQuery({
    queryKey: keys.one("run", run.id),
    queryFn: ({ signal }) => ok(api.GET("/api/v1/connection-runs/{id}", { params: { path: { id: run.id } }, signal })),
    refetchInterval: (q) => (active(q.state.data ?? run) ? 1000 : false),
    initialData: run,
  });
  const r = live.data;
  const share = r.total > 0 ? r.done / r.total : undefined;
  const spent = r.startedAt ? (Date.parse(r.updatedAt) - Date.parse(r.startedAt)) / 1000 : 0;
  const left = share && share > 0.05 && share < 1 && spent > 0 ? (spent / share) * (1 - share) : undefined;
  return (
    <section aria-label={t("runs.underWay")} aria-live="polite">
      <Group justify="space-between" mb={6}>
        <Group gap="sm">
          <RunState state={r.state} />
          <Text size="sm">
            {r.total > 0 ? t("runs.of", { done: r.done, total: r.total }) : t("runs.soFar", { count: r.records })}
            {left !== undefined && ` · ${t("runs.left", { time: duration(left) })}`}
            {r.scope && ` · ${r.scope}`}
          </Text>
        </Group>
        {can("connector.run_connection") && active(r) && (
          <Button
            size="compact-sm"
            variant="default"
            onClick={async () => {
              try {
                await ok(api.POST("/api/v1/connection-runs/{id}/cancellation", { params: { path: { id: r.id } } }));
              } catch (error) {
                notifications.show({ color: "red", message: asProblem(error).message });
              }
              await refresh();
            }}
          >
            {t("runs.cancel")}
          </Button>
        )}
      </Group>
      <Progress
        value={share === undefined ? 100 : share * 100}
        animated={share === undefined}
        aria-label={t("runs.underWay")}
      />
      <Text size="xs" c="dimmed" mt={4}>
        {t("runs.facts", { pages: r.pages, records: r.records, unmapped: r.unmapped })}
        {r.rate?.limit ? ` ${t("rateLeft", { remaining: r.rate.remaining, limit: r.rate.limit })}` : ""}
      </Text>
      {r.error && (
        <Text size="sm" c="var(--status-bad)">
          {r.error}
        </Text>
      )}
    </section>
  );
}
