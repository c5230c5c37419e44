import { Alert, Group, SimpleGrid, Skeleton, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { api, ok } from "@/api/client";
import { keys } from "@/api/query";
import { Facts } from "@/components/Facts";
import { ProblemAlert } from "@/components/ProblemAlert";
import { StatusBadge } from "@/components/StatusBadge";
import { TimeText } from "@/components/Time";
import classes from "./connector.module.css";
import { Health } from "./Marks";
import { active, useConnection, useKinds } from "./queries";
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
  const kinds = useKinds();
  if (!c) return null;
  const rate = c.lastRun?.rate;
  const kind = kinds.data?.find((k) => k.kind === c.kind);
  const pulls = kind?.pulls ?? true;
  const settingName = (name: string) => kind?.settings?.find((x) => x.name === name)?.title ?? name;
  // What a kind of connection does not have is not said to be missing.
  const only = (has: boolean | undefined, ...facts: [string, ReactNode][]) => (has ? facts : []);
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
              ...only(
                pulls,
                [t("oldest"), <TimeText key="o" value={c.health?.oldestSuccessAt} as="relative" />],
                [t("failingScopes"), c.health?.failingScopes ?? 0],
                [t("every"), t("minutes", { count: c.intervalMinutes })],
              ),
              ...only(kind?.webhooks, [t("failedWebhooks"), c.health?.failedWebhooks ?? 0]),
              ...only(Boolean(rate?.limit), [
                t("rate"),
                <span key="r">
                  {t("rateLeft", { remaining: rate?.remaining, limit: rate?.limit })} <TimeText value={rate?.resetAt} />
                </span>,
              ]),
              ...only(Boolean(c.verifiedAccount), [t("verifiedAs"), c.verifiedAccount]),
              [t("verifiedAt"), <TimeText key="v" value={c.verifiedAt} />],
            ]}
          />
        </section>
        <section>
          <Title order={2} mb="xs">
            {t("wizard.settings")}
          </Title>
          <Facts
            items={[
              ...Object.entries(c.settings ?? {}).map(([k, v]): [string, string] => [settingName(k), v]),
              ...only(Boolean(kind?.credential), [t("credential"), c.hasCredential ? t("isSet") : t("isNotSet")]),
              [t("rulesVersion"), c.rulesVersion],
            ]}
          />
        </section>
      </SimpleGrid>
      {pulls && (
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
            <ul className={classes.rows}>
              {scopes.data.map((s) => (
                <li key={s.externalId}>
                  <Group gap="xs">
                    <Text size="sm" fw={500}>
                      {s.name}
                    </Text>
                    <StatusBadge tone={s.lastError ? "bad" : s.lastSuccessAt ? "good" : "idle"}>
                      {s.lastError ? t("health.FAILING") : s.lastSuccessAt ? t("health.FRESH") : t("health.NEVER")}
                    </StatusBadge>
                  </Group>
                  <Text size="xs" c="dimmed">
                    {t("lastSuccess")}: <TimeText value={s.lastSuccessAt} as="relative" plain />
                  </Text>
                  {s.lastError && (
                    <Text size="sm" c="var(--status-bad)">
                      {s.lastError}
                    </Text>
                  )}
                </li>
              ))}
            </ul>
          )}
        </section>
      )}
    </Stack>
  );
}
