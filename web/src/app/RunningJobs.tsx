import { ActionIcon, Indicator, Popover, Progress, Stack, Text, Tooltip } from "@mantine/core";
import { IconProgress } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { api, ok } from "@/api/client";
import { keys } from "@/api/query";
import { useCan } from "@/api/session";
import { ProblemAlert } from "@/components/ProblemAlert";
import { TimeText } from "@/components/Time";
import { duration } from "@/lib/time";
import { jobWords } from "./jobs/jobWords";
import { t } from "./text";

/** What is running for the reader: long work can be left and is found again here. */
export function RunningJobs() {
  const may = useCan()("jobs.view_job");
  const jobs = useQuery({
    queryKey: keys.list("job", { running: true }),
    queryFn: ({ signal }) => ok(api.GET("/api/v1/jobs", { params: { query: { state: ["running"] } }, signal })),
    enabled: may,
    refetchInterval: (query) => (query.state.data?.items.length ? 3_000 : 30_000),
  });
  if (!may) return null;
  const items = jobs.data?.items ?? [];
  const label = t("jobs.label", { count: items.length });
  return (
    <Popover width={340} position="bottom-end" trapFocus returnFocus>
      <Popover.Target>
        <Tooltip label={label}>
          <Indicator
            label={items.length}
            size={16}
            offset={6}
            disabled={items.length === 0}
            color="var(--status-active-solid)"
          >
            <ActionIcon aria-label={label}>
              <IconProgress size={18} />
            </ActionIcon>
          </Indicator>
        </Tooltip>
      </Popover.Target>
      <Popover.Dropdown aria-label={t("jobs.title")} tabIndex={-1}>
        <Text fw={600} size="sm" mb="xs">
          {t("jobs.title")}
        </Text>
        {jobs.isError ? (
          <ProblemAlert error={jobs.error} onRetry={() => void jobs.refetch()} />
        ) : items.length === 0 ? (
          <Text size="sm" c="dimmed">
            {t("jobs.none")}
          </Text>
        ) : (
          <Stack gap="sm">
            {items.map((job) => (
              <div key={job.id}>
                <Text size="sm" fw={500}>
                  {job.note || jobWords(job.kind)}
                </Text>
                {job.total > 0 && (
                  <Progress value={(job.done / job.total) * 100} size="sm" my={4} aria-label={jobWords(job.kind)} />
                )}
                <Text size="xs" c="dimmed">
                  {job.total > 0
                    ? t("jobs.of", { done: job.done, total: job.total })
                    : job.done > 0
                      ? t("jobs.done", { done: job.done })
                      : t("jobs.started")}
                  {job.remainingSeconds !== undefined &&
                    ` · ${t("jobs.left", { time: duration(job.remainingSeconds) })}`}{" "}
                  · <TimeText value={job.startedAt ?? job.createdAt} as="relative" />
                </Text>
              </div>
            ))}
          </Stack>
        )}
      </Popover.Dropdown>
    </Popover>
  );
}
