import { Anchor, Skeleton, Stack, Table, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { EmptyState } from "@/components/EmptyState";
import { ProblemAlert } from "@/components/ProblemAlert";
import { StatusBadge } from "@/components/StatusBadge";
import { TimeText } from "@/components/Time";
import classes from "./notify.module.css";
import { grouped, templatesQuery } from "./queries";
import { t } from "./text";

/** The mails of all topics: which are sent, and which differ from the standard. */
export function TemplatesPage() {
  const query = useQuery(templatesQuery);
  if (query.isPending)
    return (
      <Stack py="md" aria-busy>
        <Skeleton h={320} maw={860} />
      </Stack>
    );
  if (query.isError) return <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />;
  if (query.data.length === 0) return <EmptyState title={t("templates.emptyTitle")} />;
  return (
    <Stack gap="lg" py="md" className={classes.topics}>
      <Text size="sm" c="dimmed">
        {t("templates.about")}
      </Text>
      {grouped(query.data).map(({ group, rows }) => (
        <section key={group}>
          <Title order={2} mb={4}>
            {group || t("choices.others")}
          </Title>
          <Table aria-label={group || t("choices.others")}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t("choices.topic")}</Table.Th>
                <Table.Th w={130}>{t("templates.sent")}</Table.Th>
                <Table.Th w={180} visibleFrom="sm">
                  {t("templates.text")}
                </Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {rows.map((r) => (
                <Table.Tr key={r.topic}>
                  <Table.Td>
                    <Anchor component={Link} to={`/settings/mail-templates/${r.topic}`} size="sm">
                      {r.title}
                    </Anchor>
                  </Table.Td>
                  <Table.Td>
                    <StatusBadge tone={r.active ? "good" : "idle"}>
                      {r.active ? t("templates.on") : t("templates.off")}
                    </StatusBadge>
                  </Table.Td>
                  <Table.Td visibleFrom="sm">
                    {r.changed ? (
                      <>
                        {t("templates.changed")} <TimeText value={r.updatedAt} as="day" plain />
                      </>
                    ) : (
                      <Text span size="sm" c="dimmed">
                        {t("templates.standard")}
                      </Text>
                    )}
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
