import { Alert, Button, CopyButton, Group, Skeleton, Stack, Text, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconCircleCheck, IconCircleX, IconId } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, ifMatch, ok, type Schema } from "@/api/client";
import { keys } from "@/api/query";
import { ConfirmDialog } from "@/components/ConfirmDialog";
import { EmptyState } from "@/components/EmptyState";
import { Facts } from "@/components/Facts";
import { ProblemAlert } from "@/components/ProblemAlert";
import { StatusBadge } from "@/components/StatusBadge";
import { ProviderForm } from "./ProviderForm";
import classes from "./ProvidersPage.module.css";
import { t } from "./text";

export type Provider = Schema<"IdentityProviderView">;

/** The identity providers people sign in with; there are one or two, so they stand as cards with everything said. */
export function ProvidersPage() {
  const client = useQueryClient();
  const [editing, setEditing] = useState<Provider | "new">();
  const [ending, setEnding] = useState<Provider>();
  const providers = useQuery({
    queryKey: keys.list("identity_provider"),
    queryFn: async ({ signal }) => (await ok(api.GET("/api/v1/identity-providers", { signal }))).items,
  });
  const list = providers.data ?? [];
  return (
    <Stack gap="md" py="sm">
      <Group justify="space-between" align="flex-start">
        <Text size="sm" c="dimmed">
          {t("providers.about")}
        </Text>
        {list.length > 0 && <Button onClick={() => setEditing("new")}>{t("providers.add")}</Button>}
      </Group>
      {providers.isPending ? (
        <Skeleton h={180} />
      ) : providers.isError ? (
        <ProblemAlert error={providers.error} onRetry={() => void providers.refetch()} />
      ) : list.length === 0 ? (
        <EmptyState
          icon={IconId}
          title={t("providers.emptyTitle")}
          body={t("providers.emptyBody")}
          action={<Button onClick={() => setEditing("new")}>{t("providers.add")}</Button>}
        />
      ) : (
        list.map((p) => <Card key={p.id} provider={p} onEdit={() => setEditing(p)} onDelete={() => setEnding(p)} />)
      )}
      <ProviderForm
        provider={editing === "new" ? undefined : editing}
        opened={editing !== undefined}
        onClose={() => setEditing(undefined)}
      />
      <ConfirmDialog
        opened={ending !== undefined}
        onClose={() => setEnding(undefined)}
        title={t("providers.deleteTitle", { name: ending?.name })}
        body={t("providers.deleteBody")}
        verb={t("providers.delete")}
        danger
        onConfirm={async () => {
          await ok(
            api.DELETE("/api/v1/identity-providers/{id}", {
              params: { path: { id: ending?.id ?? "" }, header: { "If-Match": ifMatch(ending?.version ?? 0) } },
            }),
          );
          notifications.show({ message: t("providers.deleted", { name: ending?.name }) });
          await client.invalidateQueries({ queryKey: keys.all("identity_provider") });
        }}
      />
    </Stack>
  );
}

function Card({ provider: p, onEdit, onDelete }: { provider: Provider; onEdit: () => void; onDelete: () => void }) {
  const [asked, setAsked] = useState(false);
  const test = useQuery({
    queryKey: keys.part("identity_provider", p.id, "test", { version: p.version }),
    queryFn: () => ok(api.POST("/api/v1/identity-providers/{id}/test", { params: { path: { id: p.id } } })),
    enabled: asked,
    retry: false,
    staleTime: 0,
  });
  return (
    <article className={classes.card} aria-label={p.name}>
      <Group justify="space-between" mb="xs">
        <Group gap="xs">
          <Text fw={600} component="h2" fz="md">
            {p.name}
          </Text>
          <StatusBadge tone={p.enabled ? "good" : "idle"}>
            {p.enabled ? t("providers.on") : t("providers.off")}
          </StatusBadge>
        </Group>
        <Group gap="xs">
          <Button
            size="compact-sm"
            variant="default"
            loading={test.isFetching}
            onClick={() => (asked ? void test.refetch() : setAsked(true))}
          >
            {t("providers.test")}
          </Button>
          <Button size="compact-sm" variant="default" onClick={onEdit}>
            {t("providers.edit")}
          </Button>
          <Button size="compact-sm" variant="default" c="var(--status-bad)" onClick={onDelete}>
            {t("providers.delete")}
          </Button>
        </Group>
      </Group>
      <Facts
        items={[
          [t("providers.issuer"), p.issuer],
          [t("providers.clientId"), p.clientId],
          [t("providers.groupsClaim"), p.groupsClaim],
          [t("providers.groupRoles"), p.groupRoles.length ? p.groupRoles.map((g) => g.group).join(", ") : undefined],
          [t("providers.domains"), p.allowedDomains.join(", ")],
        ]}
      />
      <div aria-live="polite">
        {test.isError && <ProblemAlert error={test.error} />}
        {test.data && (
          <Alert
            mt="sm"
            variant="default"
            icon={
              test.data.ok ? <IconCircleCheck color="var(--status-good)" /> : <IconCircleX color="var(--status-bad)" />
            }
            title={test.data.ok ? t("providers.testOk") : t("providers.testBad")}
          >
            <Text size="sm">{test.data.message}</Text>
            <Group align="flex-end" gap="xs" mt="xs" wrap="nowrap">
              <TextInput label={t("providers.redirect")} readOnly value={test.data.redirectUrl} flex={1} />
              <CopyButton value={test.data.redirectUrl}>
                {({ copied, copy }) => (
                  <Button variant="default" onClick={copy}>
                    {copied ? t("copied") : t("copy")}
                  </Button>
                )}
              </CopyButton>
            </Group>
          </Alert>
        )}
      </div>
    </article>
  );
}
