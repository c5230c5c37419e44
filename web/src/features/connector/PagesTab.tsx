import { Skeleton, Stack, Table, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { api, ok } from "@/api/client";
import { keys } from "@/api/query";
import { EmptyState } from "@/components/EmptyState";
import { ProblemAlert } from "@/components/ProblemAlert";
import { TimeText } from "@/components/Time";
import classes from "./connector.module.css";
import { useConnection } from "./queries";
import { t } from "./text";

/** What the tool sent that the rules could not make records of, with a sample of each. */
export function PagesTab() {
  const { data: c } = useConnection();
  const query = useQuery({
    queryKey: keys.part("connection", c?.id ?? "", "unmapped"),
    queryFn: async ({ signal }) =>
      (await ok(api.GET("/api/v1/connections/{id}/unmapped-pages", { params: { path: { id: c?.id ?? "" } }, signal })))
        .items,
    enabled: Boolean(c),
  });
  if (query.isPending) return <Skeleton h={160} my="md" />;
  if (query.isError) return <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />;
  if (query.data.length === 0) return <EmptyState title={t("unread.none")} body={t("unread.noneBody")} />;
  return (
    <Stack py="md" gap="sm">
      <Text size="sm" c="dimmed">
        {t("unread.about")}
      </Text>
      <Table.ScrollContainer minWidth={640}>
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t("unread.reason")}</Table.Th>
              <Table.Th ta="right">{t("unread.times")}</Table.Th>
              <Table.Th>{t("unread.last")}</Table.Th>
              <Table.Th>{t("unread.sample")}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {query.data.map((p) => (
              <Table.Tr key={`${p.endpoint} ${p.reason}`}>
                <Table.Td>
                  {p.reason}
                  <Text size="xs" c="dimmed">
                    {p.endpoint}
                  </Text>
                </Table.Td>
                <Table.Td ta="right">{p.occurrences}</Table.Td>
                <Table.Td>
                  <TimeText value={p.lastSeenAt} plain />
                </Table.Td>
                <Table.Td maw={420}>
                  {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by key */}
                  <pre className={classes.sample} tabIndex={0}>
                    {p.sample}
                  </pre>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Stack>
  );
}
