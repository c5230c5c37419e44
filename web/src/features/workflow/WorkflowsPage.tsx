import { Anchor, Skeleton, Stack, Table, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { api, ok, type Schema } from "@/api/client";
import { keys } from "@/api/query";
import { EmptyState } from "@/components/EmptyState";
import { ProblemAlert } from "@/components/ProblemAlert";
import { StatusBadge } from "@/components/StatusBadge";
import { t } from "./text";
import classes from "./workflow.module.css";

type Entry = Schema<"WorkflowEntryView">;

/** The workflows by kind and type of record. */
export function WorkflowsPage() {
  const query = useQuery({
    queryKey: keys.list("workflow"),
    queryFn: async ({ signal }) => (await ok(api.GET("/api/v1/workflows", { signal }))).items,
  });
  if (query.isPending)
    return (
      <div aria-busy>
        <Skeleton h={240} my="md" />
      </div>
    );
  if (query.isError) return <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />;
  if (query.data.length === 0) return <EmptyState title={t("list.emptyTitle")} body={t("list.emptyBody")} />;
  const bySubject = new Map<string, Entry[]>();
  for (const e of query.data) bySubject.set(e.title, [...(bySubject.get(e.title) ?? []), e]);
  return (
    <Stack gap="lg" py="md" className={classes.list}>
      <Text size="sm" c="dimmed">
        {t("list.about")}
      </Text>
      {[...bySubject].map(([title, entries]) => (
        <section key={title}>
          <Title order={2} mb={4}>
            {title}
          </Title>
          <Table aria-label={title}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t("list.type")}</Table.Th>
                <Table.Th w={110} ta="right">
                  {t("statuses")}
                </Table.Th>
                <Table.Th w={150}>{t("list.state")}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {entries.map((e) => (
                <Table.Tr key={e.type ?? "all"}>
                  <Table.Td>
                    <Anchor
                      size="sm"
                      component={Link}
                      to={`/settings/workflows/${e.subject}` as string}
                      search={{ type: e.type } as never}
                    >
                      {e.typeName ?? t("list.allTypes")}
                    </Anchor>
                    {e.type && !e.own && (
                      <Text size="xs" c="dimmed">
                        {t("list.follows")}
                      </Text>
                    )}
                  </Table.Td>
                  <Table.Td ta="right">{e.statuses}</Table.Td>
                  <Table.Td>
                    <StatusBadge tone={e.enabled ? "good" : "idle"}>
                      {e.enabled ? t("list.on") : t("list.off")}
                    </StatusBadge>
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </section>
      ))}
    </Stack>
  );
}
