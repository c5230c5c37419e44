import { Menu, Modal, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, ok, type Schema } from "@/api/client";
import { asProblem } from "@/api/problem";
import { keys } from "@/api/query";
import { useCan } from "@/api/session";
import { ConfirmDialog } from "@/components/ConfirmDialog";
import { CopyOnce } from "@/components/CopyOnce";
import { EmptyState } from "@/components/EmptyState";
import { DataList, type ListColumn, type ListSource } from "@/components/list";
import { StatusBadge } from "@/components/StatusBadge";
import { TimeText } from "@/components/Time";
import { AccountState } from "./AccountState";
import { t } from "./text";

type Account = Schema<"IdentityAccountView">;
type Link = Schema<"IdentityLinkView">;

const source: ListSource<Account> = {
  kind: "account",
  page: ({ q, filters, cursor, limit }, signal) =>
    ok(
      api.GET("/api/v1/accounts", {
        params: {
          query: {
            q,
            state: filters.state as Account["state"],
            locked: filters.locked ? true : undefined,
            cursor,
            limit,
          },
        },
        signal,
      }),
    ),
};

const columns: ListColumn<Account>[] = [
  { id: "name", header: t("accounts.name"), cell: (a) => a.name, csv: (a) => a.name },
  { id: "email", header: t("accounts.email"), cell: (a) => a.email, csv: (a) => a.email, width: 260, card: true },
  {
    id: "state",
    header: t("accounts.state"),
    cell: (a) =>
      a.locked ? <StatusBadge tone="bad">{t("accounts.locked")}</StatusBadge> : <AccountState state={a.state} />,
    csv: (a) => (a.locked ? t("accounts.locked") : t(`states.${a.state}`)),
    width: 120,
    card: true,
  },
  {
    id: "lockedUntil",
    header: t("accounts.lockedUntil"),
    cell: (a) => <TimeText value={a.lockedUntil} plain />,
    csv: (a) => a.lockedUntil,
    width: 170,
    hidden: true,
  },
  {
    id: "lastSignIn",
    header: t("accounts.lastSignIn"),
    cell: (a) => (a.lastSignInAt ? <TimeText value={a.lastSignInAt} as="relative" plain /> : t("accounts.never")),
    csv: (a) => a.lastSignInAt,
    width: 150,
    card: true,
  },
];

export function AccountsPage() {
  const can = useCan();
  const client = useQueryClient();
  const manage = can("identity.manage_account");
  const [ending, setEnding] = useState<Account>();
  const [link, setLink] = useState<Link>();
  const run = async (act: () => Promise<unknown>, message?: string) => {
    try {
      await act();
      if (message) notifications.show({ message });
    } catch (error) {
      notifications.show({ color: "red", message: asProblem(error).message });
    }
    await client.invalidateQueries({ queryKey: keys.all("account") });
  };
  const params = (a: Account) => ({ params: { path: { id: a.id } } });
  return (
    <>
      <Text size="sm" c="dimmed" mt="sm">
        {t("accounts.about")}
      </Text>
      <DataList
        id="accounts"
        label={t("settings.tabs.accounts")}
        source={source}
        columns={columns}
        rowId={(a) => a.id}
        rowName={(a) => a.name}
        onOpen={false}
        searchPlaceholder={t("accounts.search")}
        filters={[
          {
            id: "state",
            label: t("accounts.state"),
            single: true,
            options: (["ACTIVE", "PENDING", "INACTIVE"] as const).map((v) => ({ value: v, label: t(`states.${v}`) })),
          },
          {
            id: "locked",
            label: t("accounts.locked"),
            single: true,
            options: [{ value: "true", label: t("accounts.yes") }],
          },
        ]}
        rowMenu={
          manage
            ? (a) => (
                <>
                  {a.locked && (
                    <Menu.Item
                      onClick={() =>
                        void run(
                          () => ok(api.POST("/api/v1/accounts/{id}/unlock", params(a))),
                          t("accounts.unlocked", { name: a.name }),
                        )
                      }
                    >
                      {t("accounts.unlock")}
                    </Menu.Item>
                  )}
                  <Menu.Item
                    onClick={() =>
                      void run(async () =>
                        setLink(await ok(api.POST("/api/v1/accounts/{id}/password-link", params(a)))),
                      )
                    }
                  >
                    {t("accounts.link")}
                  </Menu.Item>
                  {a.acts.includes("activate") && (
                    <Menu.Item
                      onClick={() =>
                        void run(
                          () => ok(api.POST("/api/v1/accounts/{id}/activate", params(a))),
                          t("accounts.activated", { name: a.name }),
                        )
                      }
                    >
                      {t("accounts.activate")}
                    </Menu.Item>
                  )}
                  {a.acts.includes("deactivate") && (
                    <Menu.Item c="var(--status-bad)" onClick={() => setEnding(a)}>
                      {t("accounts.deactivate")}
                    </Menu.Item>
                  )}
                </>
              )
            : undefined
        }
        empty={<EmptyState title={t("accounts.emptyTitle")} body={t("accounts.emptyBody")} />}
      />
      <Modal
        opened={link !== undefined}
        onClose={() => setLink(undefined)}
        title={t("accounts.linkTitle", { name: link?.name })}
        closeButtonProps={{ "aria-label": t("close") }}
      >
        {link && (
          <CopyOnce
            label={t("accounts.copy")}
            value={link.link}
            about={
              link.mailed
                ? t("accounts.linkMailed", { email: link.email })
                : t("accounts.linkAbout", { name: link.name })
            }
            onDone={() => setLink(undefined)}
          />
        )}
      </Modal>
      <ConfirmDialog
        opened={ending !== undefined}
        onClose={() => setEnding(undefined)}
        title={t("accounts.deactivateTitle", { name: ending?.name })}
        body={t("accounts.deactivateBody", { name: ending?.name })}
        verb={t("accounts.deactivate")}
        danger
        onConfirm={async () => {
          await ok(api.POST("/api/v1/accounts/{id}/deactivate", { params: { path: { id: ending?.id ?? "" } } }));
          await client.invalidateQueries({ queryKey: keys.all("account") });
        }}
      />
    </>
  );
}
