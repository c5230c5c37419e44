import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconRobot } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, ok, type Schema } from "@/api/client";
import { personPicker } from "@/api/lookups";
import { asProblem } from "@/api/problem";
import { useCan } from "@/api/session";
import { EmptyState } from "@/components/EmptyState";
import { DataList, type ListSource } from "@/components/list";
import { ProblemAlert } from "@/components/ProblemAlert";
import { RemotePicker } from "@/components/RemotePicker";
import { StatusBadge } from "@/components/StatusBadge";
import { connectionPicker, version } from "./queries";
import { t } from "./text";

type Account = Schema<"DeliveryAccountView">;

const source: ListSource<Account> = {
  kind: "tool_account",
  page: ({ q, filters, cursor, limit }, signal) =>
    ok(
      api.GET("/api/v1/tool-accounts", {
        params: {
          query: {
            q,
            connection: filters.connection,
            person: filters.person,
            unlinked: filters.link === "unlinked" || undefined,
            bots: filters.link === "bots" || undefined,
            cursor,
            limit,
          },
        },
        signal,
      }),
    ),
};

/** Who an account of a tool is: the person behind it. */
export function ToolAccountsPage() {
  const can = useCan();
  const client = useQueryClient();
  const [linking, setLinking] = useState<Account>();
  const manage = can("delivery.link_account");
  return (
    <>
      <DataList
        id="tool-accounts"
        label={t("tabs.accounts")}
        source={source}
        rowId={(a) => a.id}
        rowName={(a) => a.userName}
        onOpen={manage ? setLinking : false}
        filters={[
          {
            id: "link",
            label: t("accounts.link"),
            single: true,
            options: [
              { value: "unlinked", label: t("accounts.unlinked") },
              { value: "bots", label: t("accounts.bots") },
            ],
          },
          { id: "person", label: t("accounts.person"), kind: "remote", source: personPicker },
          { id: "connection", label: t("connection"), kind: "remote", source: connectionPicker },
        ]}
        columns={[
          {
            id: "user",
            header: t("accounts.account"),
            cell: (a) => a.userName || a.email || a.externalId,
            csv: (a) => a.userName,
            width: 220,
          },
          { id: "name", header: t("name"), cell: (a) => a.fullName, csv: (a) => a.fullName, width: 180, card: true },
          { id: "email", header: t("accounts.email"), cell: (a) => a.email, csv: (a) => a.email, card: true },
          {
            id: "person",
            header: t("accounts.person"),
            cell: (a) =>
              a.isBot ? (
                <StatusBadge tone="idle" icon={IconRobot}>
                  {t("accounts.bot")}
                </StatusBadge>
              ) : (
                (a.personName ?? <StatusBadge tone="attention">{t("accounts.nobody")}</StatusBadge>)
              ),
            csv: (a) => a.personName,
            card: true,
          },
          {
            id: "suggestion",
            header: t("unmapped.suggestion"),
            cell: (a) => a.suggestion?.name,
            csv: (a) => a.suggestion?.name,
          },
        ]}
        empty={<EmptyState title={t("accounts.none")} body={t("accounts.noneBody")} />}
      >
        {manage && (
          <Button
            variant="default"
            onClick={async () => {
              try {
                const done = await ok(api.POST("/api/v1/tool-accounts/matches", {}));
                notifications.show({
                  message: t("accounts.matched", { count: (done as { matched: number }).matched }),
                });
                await client.invalidateQueries({ queryKey: ["tool_account"] });
              } catch (error) {
                notifications.show({ color: "red", message: asProblem(error).message });
              }
            }}
          >
            {t("accounts.match")}
          </Button>
        )}
      </DataList>
      {linking && <LinkDialog account={linking} onClose={() => setLinking(undefined)} />}
    </>
  );
}

function LinkDialog({ account: a, onClose }: { account: Account; onClose: () => void }) {
  const client = useQueryClient();
  const [person, setPerson] = useState<string | null>(a.personId ?? a.suggestion?.personId ?? null);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  return (
    <Modal
      opened
      onClose={onClose}
      title={t("accounts.linkTitle", { name: a.userName || a.email })}
      closeButtonProps={{ "aria-label": t("cancel") }}
    >
      <Stack gap="sm">
        {problem !== undefined && <ProblemAlert error={problem} />}
        <Text size="sm" c="dimmed">
          {[a.fullName, a.email].filter(Boolean).join(" · ")}
        </Text>
        <RemotePicker
          label={t("accounts.person")}
          clearable
          source={personPicker}
          value={person}
          onChange={setPerson}
          data-autofocus
        />
        {a.suggestion && (
          <Text size="sm">{t("accounts.suggested", { name: a.suggestion.name, email: a.suggestion.email })}</Text>
        )}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            {t("cancel")}
          </Button>
          <Button
            loading={busy}
            disabled={(person ?? "") === (a.personId ?? "")}
            onClick={async () => {
              setBusy(true);
              setProblem(undefined);
              try {
                await ok(
                  api.PUT("/api/v1/tool-accounts/{id}/person", {
                    params: { path: { id: a.id }, ...version(a.version) },
                    body: { personId: person ?? "" },
                  }),
                );
                await client.invalidateQueries({ queryKey: ["tool_account"] });
                onClose();
              } catch (error) {
                setProblem(error);
              } finally {
                setBusy(false);
              }
            }}
          >
            {t("save")}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
