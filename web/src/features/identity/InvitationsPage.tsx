import { Menu, Modal } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconMail } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, ok, type Schema } from "@/api/client";
import { asProblem } from "@/api/problem";
import { keys } from "@/api/query";
import { ConfirmDialog } from "@/components/ConfirmDialog";
import { CopyOnce } from "@/components/CopyOnce";
import { EmptyState } from "@/components/EmptyState";
import { DataList, type ListColumn, type ListSource } from "@/components/list";
import { StatusBadge, type Tone } from "@/components/StatusBadge";
import { TimeText } from "@/components/Time";
import { t } from "./text";

type Invitation = Schema<"IdentityInvitationView">;
type Link = Schema<"IdentityLinkView">;

const source: ListSource<Invitation> = {
  kind: "invitation",
  page: ({ filters, cursor, limit }, signal) =>
    ok(
      api.GET("/api/v1/invitations", {
        params: { query: { state: filters.state as Invitation["state"], cursor, limit } },
        signal,
      }),
    ),
};

const tones: Record<Invitation["state"], Tone> = {
  OPEN: "attention",
  ACCEPTED: "good",
  REVOKED: "idle",
  EXPIRED: "bad",
};

const columns: ListColumn<Invitation>[] = [
  { id: "name", header: t("invitations.name"), cell: (i) => i.name, csv: (i) => i.name },
  { id: "email", header: t("invitations.email"), cell: (i) => i.email, csv: (i) => i.email, width: 260, card: true },
  {
    id: "state",
    header: t("invitations.state"),
    cell: (i) => <StatusBadge tone={tones[i.state]}>{t(`invitations.states.${i.state}`)}</StatusBadge>,
    csv: (i) => t(`invitations.states.${i.state}`),
    width: 130,
    card: true,
  },
  {
    id: "created",
    header: t("invitations.created"),
    cell: (i) => <TimeText value={i.createdAt} as="relative" plain />,
    csv: (i) => i.createdAt,
    width: 150,
  },
  {
    id: "expires",
    header: t("invitations.expires"),
    cell: (i) => <TimeText value={i.expiresAt} plain />,
    csv: (i) => i.expiresAt,
    width: 170,
    card: true,
  },
];

/** Who was invited and has not come yet, and who has. */
export function InvitationsPage() {
  const client = useQueryClient();
  const [ending, setEnding] = useState<Invitation>();
  const [link, setLink] = useState<Link>();
  const refresh = () => client.invalidateQueries({ queryKey: keys.all("invitation") });
  const again = async (i: Invitation) => {
    try {
      setLink(await ok(api.POST("/api/v1/invitations", { body: { email: i.email, name: i.name, unitId: i.unitId } })));
    } catch (error) {
      notifications.show({ color: "red", message: asProblem(error).message });
    }
    await refresh();
  };
  return (
    <>
      <DataList
        id="invitations"
        label={t("invitations.label")}
        source={source}
        columns={columns}
        rowId={(i) => i.id}
        rowName={(i) => i.name || i.email}
        onOpen={false}
        noSearch
        filters={[
          {
            id: "state",
            label: t("invitations.state"),
            single: true,
            options: (["OPEN", "EXPIRED", "ACCEPTED", "REVOKED"] as const).map((v) => ({
              value: v,
              label: t(`invitations.states.${v}`),
            })),
          },
        ]}
        rowMenu={(i) => (
          <>
            <Menu.Item disabled={i.state === "ACCEPTED"} onClick={() => void again(i)}>
              {t("invitations.again")}
            </Menu.Item>
            <Menu.Item c="var(--status-bad)" disabled={i.state !== "OPEN"} onClick={() => setEnding(i)}>
              {t("invitations.revoke")}
            </Menu.Item>
          </>
        )}
        empty={<EmptyState icon={IconMail} title={t("invitations.emptyTitle")} body={t("invitations.emptyBody")} />}
      />
      <Modal
        opened={link !== undefined}
        onClose={() => setLink(undefined)}
        title={t("invitations.againTitle", { name: link?.name })}
        closeButtonProps={{ "aria-label": t("close") }}
      >
        {link && (
          <CopyOnce
            label={t("invitations.link")}
            value={link.link}
            about={
              link.mailed
                ? t("invitations.mailed", { email: link.email })
                : t("invitations.handOver", { name: link.name })
            }
            onDone={() => setLink(undefined)}
          />
        )}
      </Modal>
      <ConfirmDialog
        opened={ending !== undefined}
        onClose={() => setEnding(undefined)}
        title={t("invitations.revokeTitle", { name: ending?.name })}
        body={t("invitations.revokeBody", { name: ending?.name })}
        verb={t("invitations.revoke")}
        danger
        onConfirm={async () => {
          await ok(api.DELETE("/api/v1/invitations/{id}", { params: { path: { id: ending?.id ?? "" } } }));
          notifications.show({ message: t("invitations.revoked", { name: ending?.name }) });
          await refresh();
        }}
      />
    </>
  );
}
