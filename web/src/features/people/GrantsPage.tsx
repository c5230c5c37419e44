import { Button, Menu } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconKey } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, ok } from "@/api/client";
import { keys } from "@/api/query";
import { useCan } from "@/api/session";
import { ConfirmDialog } from "@/components/ConfirmDialog";
import { EmptyState } from "@/components/EmptyState";
import { DataList, type ListColumn, type ListSource } from "@/components/list";
import { TimeText } from "@/components/Time";
import { GrantForm } from "./GrantForm";
import { type Grant, useRoles } from "./queries";
import { t } from "./text";

const source: ListSource<Grant> = {
  kind: "grant",
  page: ({ filters, unit, cursor, limit }, signal) =>
    ok(
      api.GET("/api/v1/grants", {
        params: {
          query: { unit, role: filters.role, subjectKind: filters.subjectKind as Grant["subjectKind"], cursor, limit },
        },
        signal,
      }),
    ),
};

const columns: ListColumn<Grant>[] = [
  { id: "subject", header: t("grants.subject"), cell: (g) => g.subjectName, csv: (g) => g.subjectName },
  {
    id: "kind",
    header: t("grants.subjectKind"),
    cell: (g) => t(`grants.kinds.${g.subjectKind}`),
    csv: (g) => t(`grants.kinds.${g.subjectKind}`),
    width: 140,
  },
  { id: "role", header: t("grants.role"), cell: (g) => g.roleName, csv: (g) => g.roleName, card: true },
  { id: "unit", header: t("grants.unit"), cell: (g) => g.unitName, csv: (g) => g.unitName, card: true },
  {
    id: "expires",
    header: t("grants.expires"),
    cell: (g) => (g.expiresAt ? <TimeText value={g.expiresAt} as="day" plain /> : t("grants.forever")),
    csv: (g) => g.expiresAt,
    width: 140,
    card: true,
  },
  {
    id: "since",
    header: t("grants.since"),
    cell: (g) => <TimeText value={g.createdAt} as="day" plain />,
    csv: (g) => g.createdAt,
    width: 130,
    hidden: true,
  },
];

export function GrantsPage() {
  const can = useCan();
  const client = useQueryClient();
  const roles = useRoles();
  const [adding, setAdding] = useState(false);
  const [ending, setEnding] = useState<Grant>();
  const manage = can("people.manage_grant");
  return (
    <>
      <DataList
        id="grants"
        label={t("tabs.grants")}
        source={source}
        columns={columns}
        rowId={(g) => g.id}
        rowName={(g) => `${g.roleName}, ${g.subjectName}`}
        onOpen={false}
        noSearch
        filters={[
          {
            id: "role",
            label: t("grants.role"),
            single: true,
            options: (roles.data ?? []).map((r) => ({ value: r.id, label: r.name })),
          },
          {
            id: "subjectKind",
            label: t("grants.subjectKind"),
            single: true,
            options: (["person", "team", "service"] as const).map((k) => ({ value: k, label: t(`grants.kinds.${k}`) })),
          },
        ]}
        rowMenu={
          manage
            ? (g) => (
                <Menu.Item disabled={!g.actions.includes("delete")} onClick={() => setEnding(g)}>
                  {t("grants.withdraw")}
                </Menu.Item>
              )
            : undefined
        }
        empty={
          <EmptyState
            title={t("grants.emptyTitle")}
            body={t("grants.emptyBody")}
            action={manage && <Button onClick={() => setAdding(true)}>{t("grants.add")}</Button>}
          />
        }
      >
        {manage && (
          <Button leftSection={<IconKey size={16} />} onClick={() => setAdding(true)}>
            {t("grants.add")}
          </Button>
        )}
      </DataList>
      <GrantForm opened={adding} onClose={() => setAdding(false)} />
      <ConfirmDialog
        opened={ending !== undefined}
        onClose={() => setEnding(undefined)}
        title={t("grants.withdrawTitle", { role: ending?.roleName, subject: ending?.subjectName })}
        body={t("grants.withdrawBody", { subject: ending?.subjectName, unit: ending?.unitName })}
        verb={t("grants.withdraw")}
        danger
        onConfirm={async () => {
          await ok(api.DELETE("/api/v1/grants/{id}", { params: { path: { id: ending?.id ?? "" } } }));
          notifications.show({
            message: t("grants.withdrawn", { role: ending?.roleName, subject: ending?.subjectName }),
          });
          await client.invalidateQueries({ queryKey: keys.all("grant") });
        }}
      />
    </>
  );
}
