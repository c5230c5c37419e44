import { Button, Drawer, Group, Skeleton, Stack, Table, Text } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { api, ok } from "@/api/client";
import { keys } from "@/api/query";
import { Absent } from "@/components/Absent";
import { EmptyState } from "@/components/EmptyState";
import { ProblemAlert } from "@/components/ProblemAlert";
import { TimeText } from "@/components/Time";
import { textOr } from "@/lib/i18n";
import { t } from "./text";

/** Which versions came to an environment, or to one of its components, the latest first. */
export function VersionHistory({
  environment,
  component,
  name,
  opened,
  onClose,
}: {
  environment: string;
  component?: string;
  name?: string;
  opened: boolean;
  onClose: () => void;
}) {
  const query = useInfiniteQuery({
    queryKey: keys.part("environment", environment, "versions", { component }),
    queryFn: ({ pageParam, signal }) =>
      ok(
        api.GET("/api/v1/environments/{id}/version-history", {
          params: { path: { id: environment }, query: { component, cursor: pageParam, limit: 50 } },
          signal,
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next || undefined,
    enabled: opened,
  });
  const rows = query.data?.pages.flatMap((p) => p.items) ?? [];
  return (
    <Drawer
      opened={opened}
      onClose={onClose}
      title={name ? t("stack.historyOf", { name }) : t("stack.history")}
      closeButtonProps={{ "aria-label": t("close") }}
    >
      {query.isError && rows.length === 0 ? (
        <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />
      ) : query.isPending ? (
        <Stack>
          <Skeleton h={20} />
          <Skeleton h={20} />
          <Skeleton h={20} />
        </Stack>
      ) : rows.length === 0 ? (
        <EmptyState title={t("stack.noHistory")} body={t("stack.noHistoryBody")} />
      ) : (
        <>
          <Table>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t("when")}</Table.Th>
                {!component && <Table.Th>{t("component")}</Table.Th>}
                <Table.Th>{t("version")}</Table.Th>
                <Table.Th>{t("stack.source")}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {rows.map((v, i) => (
                <Table.Tr key={`${v.at} ${v.name} ${v.version} ${i}`}>
                  <Table.Td>
                    <TimeText value={v.at} plain />
                  </Table.Td>
                  {!component && <Table.Td>{v.name}</Table.Td>}
                  <Table.Td>
                    {v.version || <Absent />}
                    {v.previous && (
                      <Text size="xs" c="dimmed">
                        {t("stack.before", { version: v.previous })}
                      </Text>
                    )}
                  </Table.Td>
                  <Table.Td>
                    {textOr("environment", `sources.${v.source}`, v.source)}
                    {v.actor && (
                      <Text size="xs" c="dimmed">
                        {v.actor}
                      </Text>
                    )}
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
          {query.hasNextPage && (
            <Group justify="center" py="sm">
              <Button variant="default" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
                {t("more")}
              </Button>
            </Group>
          )}
        </>
      )}
    </Drawer>
  );
}
