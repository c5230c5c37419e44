import { Button, CopyButton, Group, Menu, PasswordInput, Stack, TextInput, Title } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useState } from "react";
import { api, ok, type Schema } from "@/api/client";
import { asProblem } from "@/api/problem";
import { useCan } from "@/api/session";
import { EmptyState } from "@/components/EmptyState";
import { DataList, oneOf } from "@/components/list";
import { StatusBadge, type Tone } from "@/components/StatusBadge";
import { TimeText } from "@/components/Time";
import { useConnection, useRefresh, version } from "./queries";
import { t } from "./text";

type Delivery = Schema<"ConnectorWebhookDelivery">;
const states = ["RECEIVED", "DONE", "FAILED"] as const;
const tones: Record<Delivery["state"], Tone> = { RECEIVED: "active", DONE: "good", FAILED: "bad" };

/** Where the tool sends its events, the secret it signs them with, and what arrived. */
export function WebhooksTab() {
  const { data: c } = useConnection();
  const can = useCan();
  const refresh = useRefresh();
  const [secret, setSecret] = useState("");
  if (!c) return null;
  const manage = can("connector.manage_connection");
  // Without a public address of its own the server only knows the path.
  const address = new URL(c.webhookUrl ?? `/api/v1/webhooks/${c.id}`, location.origin).href;
  const act = async (call: () => Promise<unknown>, message: string) => {
    try {
      await call();
      notifications.show({ message });
    } catch (error) {
      notifications.show({ color: "red", message: asProblem(error).message });
    }
    await refresh();
  };
  return (
    <>
      <Stack gap="sm" pt="md" maw={640}>
        <Group align="flex-end" gap="xs" wrap="nowrap">
          <TextInput
            label={t("webhooks.address")}
            description={t("webhooks.about")}
            readOnly
            value={address}
            flex={1}
          />
          <CopyButton value={address}>
            {({ copied, copy }) => (
              <Button variant="default" onClick={copy}>
                {copied ? t("copied") : t("copy")}
              </Button>
            )}
          </CopyButton>
        </Group>
        {manage && (
          <Group align="flex-end" gap="xs" wrap="nowrap">
            <PasswordInput
              label={t("webhooks.secret")}
              description={c.hasWebhookSecret ? t("secretKept") : t("webhooks.secretAbout")}
              value={secret}
              onChange={(e) => setSecret(e.currentTarget.value)}
              autoComplete="new-password"
              visibilityToggleButtonProps={{ "aria-label": t("wizard.showSecret") }}
              flex={1}
            />
            <Button
              variant="default"
              disabled={!secret}
              onClick={() =>
                void act(
                  () =>
                    ok(
                      api.PATCH("/api/v1/connections/{id}", {
                        params: { path: { id: c.id }, ...version(c.version) },
                        body: { webhookSecret: secret },
                      }),
                    ),
                  t("webhooks.secretSaved"),
                ).then(() => setSecret(""))
              }
            >
              {t("save")}
            </Button>
          </Group>
        )}
        <Title order={2} mt="xs">
          {t("webhooks.received")}
        </Title>
      </Stack>
      <DataList<Delivery>
        id="webhook-deliveries"
        label={t("webhooks.received")}
        noSearch
        onOpen={false}
        source={{
          kind: "connection",
          page: ({ cursor, limit, filters }, signal) =>
            ok(
              api.GET("/api/v1/connections/{id}/webhook-deliveries", {
                params: { path: { id: c.id }, query: { cursor, limit, state: oneOf(states, filters.delivery) } },
                signal,
              }),
            ),
        }}
        filters={[
          {
            id: "delivery",
            label: t("state"),
            single: true,
            options: states.map((v) => ({ value: v, label: t(`deliveries.${v}`) })),
          },
        ]}
        rowId={(d) => d.id}
        rowName={(d) => `${d.event} ${d.receivedAt}`}
        rowMenu={(d) => (
          <Menu.Item
            disabled={d.state !== "FAILED" || !manage}
            onClick={() =>
              void act(
                () =>
                  ok(
                    api.POST("/api/v1/connections/{id}/webhook-deliveries/{delivery}/retry", {
                      params: { path: { id: c.id, delivery: d.id } },
                    }),
                  ),
                t("webhooks.retried"),
              )
            }
          >
            {t("webhooks.retry")}
          </Menu.Item>
        )}
        columns={[
          { id: "event", header: t("webhooks.event"), cell: (d) => d.event, csv: (d) => d.event, width: 240 },
          {
            id: "at",
            header: t("webhooks.at"),
            cell: (d) => <TimeText value={d.receivedAt} plain />,
            csv: (d) => d.receivedAt,
            width: 160,
            card: true,
          },
          {
            id: "state",
            header: t("state"),
            cell: (d) => <StatusBadge tone={tones[d.state]}>{t(`deliveries.${d.state}`)}</StatusBadge>,
            csv: (d) => d.state,
            width: 120,
            card: true,
          },
          {
            id: "records",
            header: t("records"),
            cell: (d) => d.records,
            csv: (d) => d.records,
            align: "right",
            width: 90,
          },
          { id: "error", header: t("error"), cell: (d) => d.error, csv: (d) => d.error, card: true },
        ]}
        empty={<EmptyState title={t("webhooks.none")} body={t("webhooks.noneBody")} />}
      />
    </>
  );
}
