import { Menu, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, ok, type Schema } from "@/api/client";
import { asProblem } from "@/api/problem";
import { keys } from "@/api/query";
import { useCan } from "@/api/session";
import { ConfirmDialog } from "@/components/ConfirmDialog";
import { EmptyState } from "@/components/EmptyState";
import { DataList, type ListColumn, type ListSource } from "@/components/list";
import { StatusBadge, type Tone } from "@/components/StatusBadge";
import { TimeText } from "@/components/Time";
import { jobWords } from "./jobWords";
import { t } from "./text";

type Job = Schema<"AppBackgroundJob">;

const states = ["waiting", "running", "done", "failed", "cancelled"] as const;
const tones: Record<Job["state"], Tone> = {
  waiting: "idle",
  running: "active",
  done: "good",
  failed: "bad",
  cancelled: "idle",
};

const source: ListSource<Job> = {
  kind: "job",
  page: ({ filters, cursor, limit }, signal) =>
    ok(
      api.GET("/api/v1/jobs", {
        params: { query: { state: filters.state?.split(","), cursor, limit } },
        signal,
      }),
    ),
};

const columns: ListColumn<Job>[] = [
  { id: "what", header: t("what"), cell: (j) => jobWords(j.kind), csv: (j) => j.kind, width: 260 },
  {
    id: "state",
    header: t("state"),
    cell: (j) => <StatusBadge tone={tones[j.state]}>{t(`states.${j.state}`)}</StatusBadge>,
    csv: (j) => j.state,
    width: 130,
    card: true,
  },
  {
    id: "progress",
    header: t("progress"),
    cell: (j) => (j.total > 0 ? t("of", { done: j.done, total: j.total }) : (j.note ?? "")),
    csv: (j) => j.done,
    width: 150,
  },
  { id: "error", header: t("error"), cell: (j) => j.error, csv: (j) => j.error, width: 340, card: true },
  {
    id: "created",
    header: t("created"),
    cell: (j) => <TimeText value={j.createdAt} as="relative" plain />,
    csv: (j) => j.createdAt,
    width: 140,
    card: true,
  },
  {
    id: "finished",
    header: t("finished"),
    cell: (j) => <TimeText value={j.finishedAt} plain />,
    csv: (j) => j.finishedAt,
    width: 170,
    hidden: true,
  },
];

/** Background work with its failures, and the acts that bring it back or end it. */
export function JobsPage() {
  const can = useCan();
  const client = useQueryClient();
  const [ending, setEnding] = useState<Job>();
  const manage = can("jobs.manage_job");
  return (
    <>
      <Text size="sm" c="dimmed" mt="sm">
        {t("about")}
      </Text>
      <DataList
        id="jobs"
        label={t("label")}
        source={source}
        columns={columns}
        rowId={(j) => j.id}
        rowName={(j) => jobWords(j.kind)}
        onOpen={false}
        noSearch
        filters={[
          { id: "state", label: t("state"), options: states.map((s) => ({ value: s, label: t(`states.${s}`) })) },
        ]}
        rowMenu={
          manage
            ? (j) => (
                <>
                  <Menu.Item
                    disabled={j.state !== "failed" && j.state !== "cancelled"}
                    onClick={async () => {
                      try {
                        await ok(api.POST("/api/v1/jobs/{id}/retry", { params: { path: { id: j.id } } }));
                        notifications.show({ message: t("retried") });
                      } catch (error) {
                        notifications.show({ color: "red", message: asProblem(error).message });
                      }
                      await client.invalidateQueries({ queryKey: keys.all("job") });
                    }}
                  >
                    {t("retry")}
                  </Menu.Item>
                  <Menu.Item
                    c="var(--status-bad)"
                    disabled={j.state !== "waiting" && j.state !== "running"}
                    onClick={() => setEnding(j)}
                  >
                    {t("cancel")}
                  </Menu.Item>
                </>
              )
            : undefined
        }
        empty={<EmptyState title={t("emptyTitle")} body={t("emptyBody")} />}
      />
      <ConfirmDialog
        opened={ending !== undefined}
        onClose={() => setEnding(undefined)}
        title={t("cancelTitle", { name: ending && jobWords(ending.kind) })}
        body={t("cancelBody")}
        verb={t("cancel")}
        danger
        onConfirm={async () => {
          await ok(api.POST("/api/v1/jobs/{id}/cancellation", { params: { path: { id: ending?.id ?? "" } } }));
          await client.invalidateQueries({ queryKey: keys.all("job") });
        }}
      />
    </>
  );
}
