import { Checkbox, Group, Skeleton, Stack, Text, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { IconSearch } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, ok, type Schema } from "@/api/client";
import { asProblem } from "@/api/problem";
import { keys } from "@/api/query";
import { useCan } from "@/api/session";
import { EmptyState } from "@/components/EmptyState";
import { ProblemAlert } from "@/components/ProblemAlert";
import { useScopes } from "./OverviewTab";
import { useConnection, useRefresh } from "./queries";
import { t } from "./text";

export function ScopesTab() {
  const { data: c } = useConnection();
  return c ? (
    <Stack py="md">
      <ScopeChooser connection={c.id} />
    </Stack>
  ) : null;
}

/** What of a tool is collected: repositories, projects, boards. A tick counts at once. */
export function ScopeChooser({ connection }: { connection: string }) {
  const can = useCan();
  const refresh = useRefresh();
  const chosen = useScopes(connection);
  const [typed, setTyped] = useState("");
  const [busy, setBusy] = useState<string>();
  const [q] = useDebouncedValue(typed, 250);
  const found = useQuery({
    queryKey: keys.part("connection", connection, "available", { q }),
    queryFn: ({ signal }) =>
      ok(
        api.GET("/api/v1/connections/{id}/available-scopes", {
          params: { path: { id: connection }, query: { q: q || undefined, limit: 200 } },
          signal,
        }),
      ),
    placeholderData: (before) => before,
    retry: false,
  });
  const taken = new Set(chosen.data?.filter((s) => s.chosen).map((s) => s.externalId));
  const toggle = async (s: Schema<"ConnectorChosenScope">, on: boolean) => {
    setBusy(s.externalId);
    try {
      const { externalId, name, note, settings, url } = s;
      await ok(
        api.PATCH("/api/v1/connections/{id}/scopes", {
          params: { path: { id: connection } },
          body: on ? { add: [{ externalId, name, note, settings, url }] } : { remove: [externalId] },
        }),
      );
      await refresh();
    } catch (error) {
      notifications.show({ color: "red", message: asProblem(error).message });
    } finally {
      setBusy(undefined);
    }
  };
  return (
    <Stack gap="sm" maw={720}>
      <Group gap="md">
        <TextInput
          type="search"
          aria-label={t("scopes.search")}
          placeholder={t("scopes.search")}
          leftSection={<IconSearch size={16} />}
          value={typed}
          onChange={(e) => setTyped(e.currentTarget.value)}
          w={280}
        />
        <Text size="sm" c="dimmed" aria-live="polite">
          {t("scopes.chosen", { count: taken.size })}
        </Text>
      </Group>
      {found.isPending ? (
        <Skeleton h={120} />
      ) : found.isError ? (
        <ProblemAlert error={found.error} onRetry={() => void found.refetch()} />
      ) : found.data.items.length === 0 ? (
        <EmptyState title={t("scopes.nothing")} body={t("scopes.nothingBody")} />
      ) : (
        <Stack gap={8}>
          {found.data.items.map((s) => (
            <Checkbox
              key={s.externalId}
              label={s.name}
              description={s.note || s.url}
              checked={taken.has(s.externalId)}
              disabled={!can("connector.manage_connection") || busy === s.externalId}
              onChange={(e) => void toggle(s, e.currentTarget.checked)}
            />
          ))}
          {found.data.more && (
            <Text size="sm" c="dimmed">
              {t("scopes.more")}
            </Text>
          )}
        </Stack>
      )}
    </Stack>
  );
}
