import { Alert, SimpleGrid, Skeleton, Stack, Table, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { api, ok } from "@/api/client";
import { keys } from "@/api/query";
import { Facts } from "@/components/Facts";
import { ProblemAlert } from "@/components/ProblemAlert";
import { StatusBadge } from "@/components/StatusBadge";
import { TimeText } from "@/components/Time";
import { Health } from "./Marks";
import { active, useConnection } from "./queries";
import { RunProgress } from "./RunsTab";
import { t } from "./text";

export function useScopes(id: string | undefined) {
  return useQuery({
    queryKey: keys.part("connection", id ?? "", "scopes"),
    queryFn: async ({ signal }) =>
      (await ok(api.GET("/api/v1/connections/{id}/scopes", { params: { path: { id: id ?? "" } }, signal }))).items,
    enabled: Boolean(id),
  });
}

/** How fresh each scope is, and what the connection is. */
export function OverviewTab() {
  const { data: c } = useConnection();
  const scopes = useScopes(c?.id);
  if (!c) return null;
  const rate = c.lastRun?.rate;
  return (
    <Stack py="md" gap="lg">
      {active(c.lastRun) && c.lastRun && <RunProgress run={c.lastRun} />}
      {c.verifyError && (
        <Alert variant="default" title={t("verifyFailed")} color="red">
          {c.verifyError}
        </Alert>
      )}
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="xl">
        <section>
          <Title order={2} mb="xs">
            {t("healthWord")}
          </Title>
          <Facts
            items={[
              [t("state"), <Health key="h" connection={c} />],
              [t("oldest"), <TimeText key="o" value={c.health?.oldestSuccessAt} as="relative" />],
              [t("failingScopes"), c.health?.failingScopes ?? 0],
              [t("failedWebhooks"), c.health?.failedWebhooks ?? 0],
              [
                t("rate"),
                rate?.limit ? (
                  <span key="r">
                    {t("rateLeft", { remaining: rate.remaining, limit: rate.limit })} <TimeText value={rate.resetAt} />
                  </span>
                ) : undefined,
              ],
              [t("verifiedAs"), c.verifiedAccount],
              [t("verifiedAt"), <TimeText key="v" value={c.verifiedAt} />],
              [t("interval"), t("minutes", { count: c.intervalMinutes })],
            ]}
          />
        </section>
        <section>
          <Title order={2} mb="xs">
            {t("wizard.settings")}
          </Title>
          <Facts
            items={[
              ...Object.entries(c.settings ?? {}).map(([k, v]): [string, string] => [k, v]),
              [t("credential"), c.hasCredential ? t("isSet") : t("isNotSet")],
              [t("rulesVersion"), c.rulesVersion],
            ]}
          />
        </section>
      </SimpleGrid>
      <section aria-label={t("freshness")}>
        <Title order={2} mb="xs">
          {t("freshness")}
        </Title>
        {scopes.isPending ? (
          <Skeleton h={80} />
        ) : scopes.isError ? (
          <ProblemAlert error={scopes.error} onRetry={() => void scopes.refetch()} />
        ) : scopes.data.length === 0 ? (
          <Text size="sm" c="dimmed">
            {t("scopes.none")}
          </Text>
        ) : (
          <Table.ScrollContainer minWidth={560}>
            <Table>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{t("scopes.scope")}</Table.Th>
                  <Table.Th>{t("state")}</Table.Th>
                  <Table.Th>{t("lastSuccess")}</Table.Th>
                  <Table.Th>{t("lastError")}</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {scopes.data.map((s) => (
                  <Table.Tr key={s.externalId}>
                    <Table.Td>{s.name}</Table.Td>
                    <Table.Td>
                      <StatusBadge tone={s.lastError ? "bad" : s.lastSuccessAt ? "good" : "idle"}>
                        {s.lastError ? t("health.FAILING") : s.lastSuccessAt ? t("health.FRESH") : t("health.NEVER")}
                      </StatusBadge>
                    </Table.Td>
                    <Table.Td>
                      <TimeText value={s.lastSuccessAt} as="relative" plain />
                    </Table.Td>
                    <Table.Td>{s.lastError}</Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </Table.ScrollContainer>
        )}
      </section>
    </Stack>
  );
}
