import { Button, Table, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { api, ok } from "@/api/client";
import { useUnitName } from "@/api/lookups";
import { keys } from "@/api/query";
import { Absent } from "@/components/Absent";
import { DetailDrawer } from "@/components/DetailDrawer";
import { Facts } from "@/components/Facts";
import { StatusBadge } from "@/components/StatusBadge";
import { TimeText } from "@/components/Time";
import { withLocalTimes } from "@/lib/time";
import { actionIcons, actionOf, actionTones, fieldWord, kindWord, valueText } from "./event";
import { t } from "./text";

/** One event with every field before and after. */
export function EventDrawer({ id, onClose }: { id: string | undefined; onClose: () => void }) {
  const unitName = useUnitName();
  const event = useQuery({
    queryKey: keys.one("event", id ?? ""),
    queryFn: ({ signal }) => ok(api.GET("/api/v1/events/{id}", { params: { path: { id: id ?? "" } }, signal })),
    enabled: Boolean(id),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const e = event.data;
  const changes = Object.entries(e?.changes ?? {}) as [string, [unknown, unknown]][];
  return (
    <DetailDrawer
      opened={Boolean(id)}
      onClose={onClose}
      kind={t("event")}
      title={withLocalTimes(e?.sentence ?? "")}
      loading={event.isPending}
      error={event.error ?? undefined}
      onRetry={() => void event.refetch()}
    >
      {e && (
        <>
          <Facts
            items={[
              [
                t("action"),
                <StatusBadge key="action" tone={actionTones[actionOf(e)]} icon={actionIcons[actionOf(e)]}>
                  {t(`actions.${actionOf(e)}`)}
                </StatusBadge>,
              ],
              [t("when"), <TimeText key="when" value={e.at} />],
              [t("who"), e.actorName],
              ...(e.onBehalfOf ? ([[t("onBehalfOf"), e.onBehalfOf]] as [string, string][]) : []),
              [t("subject"), `${kindWord(e.subjectKind)} ${e.subjectLabel}`],
              [t("unit"), unitName(e.unitId)],
              [t("address"), e.address],
              [t("request"), e.requestId],
              [t("code"), <code key="code">{e.kind}</code>],
            ]}
          />
          <Title order={3} mt="lg" mb="xs">
            {t("changes")}
          </Title>
          {changes.length === 0 ? (
            <Text size="sm" c="dimmed">
              {t("noChanges")}
            </Text>
          ) : (
            <Table layout="fixed">
              <Table.Thead>
                <Table.Tr>
                  <Table.Th w="28%">{t("field")}</Table.Th>
                  <Table.Th>{t("before")}</Table.Th>
                  <Table.Th>{t("after")}</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody style={{ overflowWrap: "anywhere", whiteSpace: "pre-wrap" }}>
                {changes.map(([field, [before, after]]) => (
                  <Table.Tr key={field}>
                    <Table.Th scope="row" fw={500}>
                      {fieldWord(field)}
                    </Table.Th>
                    <Table.Td c="dimmed">{valueText(before) ?? <Absent />}</Table.Td>
                    <Table.Td>{valueText(after) ?? <Absent />}</Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          )}
          <Button
            component={Link}
            to="/history"
            search={{ subjectKind: e.subjectKind, subjectId: e.subjectId } as never}
            variant="subtle"
            size="compact-sm"
            mt="md"
          >
            {t("ofRecord")}
          </Button>
        </>
      )}
    </DetailDrawer>
  );
}
