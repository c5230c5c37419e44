import { Button, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconKey } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, ok } from "@/api/client";
import { keys } from "@/api/query";
import { ConfirmDialog } from "@/components/ConfirmDialog";
import { EmptyState } from "@/components/EmptyState";
import { DataList, type ListSource } from "@/components/list";
import { TokenForm } from "./TokenForm";
import { t } from "./text";
import { RevokeItem, type Token, tokenColumns } from "./tokens";

const source: ListSource<Token> = {
  kind: "token",
  page: ({ cursor, limit }, signal) => ok(api.GET("/api/v1/tokens", { params: { query: { cursor, limit } }, signal })),
};

export function TokensPage() {
  const client = useQueryClient();
  const [adding, setAdding] = useState(false);
  const [ending, setEnding] = useState<Token>();
  return (
    <>
      <Text size="sm" c="dimmed" mt="sm">
        {t("tokens.about")}
      </Text>
      <DataList
        id="tokens"
        label={t("settings.tabs.tokens")}
        source={source}
        columns={tokenColumns}
        rowId={(k) => k.id}
        rowName={(k) => k.name}
        onOpen={false}
        noSearch
        rowMenu={(k) => <RevokeItem token={k} onRevoke={setEnding} />}
        empty={
          <EmptyState
            icon={IconKey}
            title={t("tokens.emptyTitle")}
            body={t("tokens.emptyBody")}
            action={<Button onClick={() => setAdding(true)}>{t("tokens.add")}</Button>}
          />
        }
      >
        <Button leftSection={<IconKey size={16} />} onClick={() => setAdding(true)}>
          {t("tokens.add")}
        </Button>
      </DataList>
      <TokenForm
        opened={adding}
        onClose={() => setAdding(false)}
        create={async (body) => {
          const made = await ok(api.POST("/api/v1/tokens", { body }));
          await client.invalidateQueries({ queryKey: keys.all("token") });
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
          await ok(api.DELETE("/api/v1/tokens/{id}", { params: { path: { id: ending?.id ?? "" } } }));
          notifications.show({ message: t("tokens.revokedDone", { name: ending?.name }) });
          await client.invalidateQueries({ queryKey: keys.all("token") });
        }}
      />
    </>
  );
}
