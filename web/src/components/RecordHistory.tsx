import { Button, Skeleton, Stack, Table, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { api, ok } from "@/api/client";
import { keys } from "@/api/query";
import { EmptyState } from "@/components/EmptyState";
import { ProblemAlert } from "@/components/ProblemAlert";
import { TimeText } from "@/components/Time";
import { withLocalTimes } from "@/lib/time";
import { t } from "./text";

/**
 * The newest events of one record; the history page has all of them and what changed in each. `quiet` says in a line
 * that there are none yet, for a part among others.
 */
export function RecordHistory({ kind, id, quiet }: { kind: string; id: string; quiet?: boolean }) {
  const navigate = useNavigate();
  const query = useQuery({
    queryKey: keys.list("event", { of: kind, id }),
    queryFn: ({ signal }) =>
      ok(
        api.GET("/api/v1/events", {
          params: { query: { subjectKind: kind as never, subjectId: id, limit: 50 } },
          signal,
        }),
      ),
  });
  if (query.isPending) return <Skeleton h={160} my="md" />;
  if (query.isError) return <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />;
  if (query.data.items.length === 0)
    return quiet ? (
      <Text size="sm" c="dimmed">
        {t("recordHistory.emptyTitle")}.
      </Text>
    ) : (
      <EmptyState title={t("recordHistory.emptyTitle")} body={t("recordHistory.emptyBody")} />
    );
  return (
    <Stack gap="sm" py="md" align="flex-start">
      <Table>
        <Table.Thead>
          <Table.Tr>
            <Table.Th w={160}>{t("recordHistory.when")}</Table.Th>
            <Table.Th>{t("recordHistory.what")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {query.data.items.map((e) => (
            <Table.Tr key={e.id}>
              <Table.Td>
                <TimeText value={e.at} plain />
              </Table.Td>
              <Table.Td>{withLocalTimes(e.sentence)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      <Button
        variant="default"
        onClick={() => void navigate({ to: "/history", search: { subjectKind: kind, subjectId: id } as never })}
      >
        {t("recordHistory.all")}
      </Button>
    </Stack>
  );
}
