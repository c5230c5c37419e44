import { ActionIcon, Button, Group, Menu, Table, Text, Title } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconDots } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, ifMatch, ok } from "@/api/client";
import { useUnitName } from "@/api/lookups";
import { asProblem } from "@/api/problem";
import { keys } from "@/api/query";
import { useCan } from "@/api/session";
import { ConfirmDialog } from "@/components/ConfirmDialog";
import { DetailDrawer } from "@/components/DetailDrawer";
import { Facts } from "@/components/Facts";
import { ProblemAlert } from "@/components/ProblemAlert";
import { StatusBadge } from "@/components/StatusBadge";
import { TimeText } from "@/components/Time";
import { AccountState } from "./AccountState";
import type { ServiceAccount } from "./ServiceAccountsPage";
import { TokenForm } from "./TokenForm";
import { t } from "./text";
import { RevokeItem, scopesText, type Token, tokenState } from "./tokens";

export function ServiceAccountDrawer({
  id,
  onClose,
  onEdit,
}: {
  id: string | undefined;
  onClose: () => void;
  onEdit: (account: ServiceAccount) => void;
}) {
  const client = useQueryClient();
  const unitName = useUnitName();
  const can = useCan();
  const manage = can("identity.manage_service_account");
  const [asking, setAsking] = useState<"deactivate" | "delete">();
  const account = useQuery({
    queryKey: keys.one("service_account", id ?? ""),
    queryFn: ({ signal }) =>
      ok(api.GET("/api/v1/service-accounts/{id}", { params: { path: { id: id ?? "" } }, signal })),
    enabled: Boolean(id),
  });
  const a = account.data;
  const path = { id: id ?? "" };
  const refresh = () => client.invalidateQueries({ queryKey: keys.all("service_account") });
  return (
    <>
      <DetailDrawer
        opened={Boolean(id)}
        onClose={onClose}
        kind={t("service.kind")}
        title={a?.name ?? ""}
        badge={a && <AccountState state={a.state} />}
        loading={account.isPending}
        error={account.error ?? undefined}
        onRetry={() => void account.refetch()}
        acts={
          a &&
          manage && (
            <Group gap="xs">
              <Button size="compact-sm" variant="default" onClick={() => onEdit(a)}>
                {t("service.edit")}
              </Button>
              {a.acts.includes("activate") && (
                <Button
                  size="compact-sm"
                  variant="default"
                  onClick={async () => {
                    try {
                      await ok(api.POST("/api/v1/service-accounts/{id}/activate", { params: { path } }));
                    } catch (error) {
                      notifications.show({ color: "red", message: asProblem(error).message });
                    }
                    await refresh();
                  }}
                >
                  {t("service.activate")}
                </Button>
              )}
              {a.acts.includes("deactivate") && (
                <Button
                  size="compact-sm"
                  variant="default"
                  c="var(--status-bad)"
                  onClick={() => setAsking("deactivate")}
                >
                  {t("service.deactivate")}
                </Button>
              )}
              <Button size="compact-sm" variant="default" c="var(--status-bad)" onClick={() => setAsking("delete")}>
                {t("service.delete")}
              </Button>
            </Group>
          )
        }
      >
        {a && (
          <>
            <Facts
              items={[
                [t("service.description"), a.description],
                [t("service.unit"), unitName(a.unitId)],
                [t("service.created"), <TimeText key="created" value={a.createdAt} />],
              ]}
            />
            <Tokens account={a} manage={manage} />
          </>
        )}
      </DetailDrawer>
      <ConfirmDialog
        opened={asking === "deactivate"}
        onClose={() => setAsking(undefined)}
        title={t("service.deactivateTitle", { name: a?.name })}
        body={t("service.deactivateBody", { name: a?.name })}
        verb={t("service.deactivate")}
        danger
        onConfirm={async () => {
          await ok(api.POST("/api/v1/service-accounts/{id}/deactivate", { params: { path } }));
          await refresh();
        }}
      />
      <ConfirmDialog
        opened={asking === "delete"}
        onClose={() => setAsking(undefined)}
        title={t("service.deleteTitle", { name: a?.name })}
        body={t("service.deleteBody")}
        verb={t("service.delete")}
        danger
        onConfirm={async () => {
          await ok(
            api.DELETE("/api/v1/service-accounts/{id}", {
              params: { path, header: { "If-Match": ifMatch(a?.version ?? 0) } },
            }),
          );
          notifications.show({ message: t("service.deleted", { name: a?.name }) });
          onClose();
          await client.invalidateQueries({ queryKey: ["service_account", "list"] });
        }}
      />
    </>
  );
}

function Tokens({ account, manage }: { account: ServiceAccount; manage: boolean }) {
  const client = useQueryClient();
  const [adding, setAdding] = useState(false);
  const [ending, setEnding] = useState<Token>();
  const queryKey = keys.part("service_account", account.id, "tokens");
  const tokens = useQuery({
    queryKey,
    queryFn: async ({ signal }) =>
      (
        await ok(
          api.GET("/api/v1/service-accounts/{id}/tokens", {
            params: { path: { id: account.id }, query: { limit: 500 } },
            signal,
          }),
        )
      ).items,
  });
  return (
    <section>
      <Group justify="space-between" mt="lg" mb="xs">
        <Title order={3}>{t("service.tokens")}</Title>
        {manage && (
          <Button size="compact-sm" variant="default" onClick={() => setAdding(true)}>
            {t("tokens.add")}
          </Button>
        )}
      </Group>
      {tokens.isError ? (
        <ProblemAlert error={tokens.error} onRetry={() => void tokens.refetch()} />
      ) : tokens.data?.length === 0 ? (
        <Text size="sm" c="dimmed">
          {t("tokens.emptyTitle")}
        </Text>
      ) : (
        <Table>
          <Table.Tbody>
            {(tokens.data ?? []).map((k) => (
              <Table.Tr key={k.id}>
                <Table.Td>
                  {k.name}
                  <Text size="xs" c="dimmed">
                    {scopesText(k)}
                  </Text>
                </Table.Td>
                <Table.Td>
                  <StatusBadge tone={tokenState(k) === "live" ? "good" : "idle"}>
                    {t(`tokens.${tokenState(k)}`)}
                  </StatusBadge>
                </Table.Td>
                <Table.Td>{k.expiresAt ? <TimeText value={k.expiresAt} as="day" /> : t("tokens.never")}</Table.Td>
                {manage && (
                  <Table.Td w={44}>
                    <Menu>
                      <Menu.Target>
                        <ActionIcon size="md" aria-label={t("tokens.revokeTitle", { name: k.name })}>
                          <IconDots size={16} />
                        </ActionIcon>
                      </Menu.Target>
                      <Menu.Dropdown>
                        <RevokeItem token={k} onRevoke={setEnding} />
                      </Menu.Dropdown>
                    </Menu>
                  </Table.Td>
                )}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
      <TokenForm
        opened={adding}
        onClose={() => setAdding(false)}
        create={async (body) => {
          const made = await ok(
            api.POST("/api/v1/service-accounts/{id}/tokens", { params: { path: { id: account.id } }, body }),
          );
          await client.invalidateQueries({ queryKey });
          return made;
        }}
      />
      <ConfirmDialog
        opened={ending !== undefined}
        onClose={() => setEnding(undefined)}
        title={t("tokens.revokeTitle", { name: ending?.name })}
        body={t("tokens.revokeBody")}
        verb={t("tokens.revoke")}
        danger
        onConfirm={async () => {
          await ok(
            api.DELETE("/api/v1/service-accounts/{id}/tokens/{token}", {
              params: { path: { id: account.id, token: ending?.id ?? "" } },
            }),
          );
          await client.invalidateQueries({ queryKey });
        }}
      />
    </section>
  );
}
