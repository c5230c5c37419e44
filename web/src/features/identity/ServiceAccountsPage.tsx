import { Button, Menu, Text } from "@mantine/core";
import { IconRobot } from "@tabler/icons-react";
import { useState } from "react";
import { api, ok, type Schema } from "@/api/client";
import { useUnitName } from "@/api/lookups";
import { useCan } from "@/api/session";
import { EmptyState } from "@/components/EmptyState";
import { DataList, type ListColumn, type ListSource } from "@/components/list";
import { TimeText } from "@/components/Time";
import { useUrl } from "@/lib/url";
import { AccountState } from "./AccountState";
import { ServiceAccountDrawer } from "./ServiceAccountDrawer";
import { ServiceAccountForm } from "./ServiceAccountForm";
import { t } from "./text";

export type ServiceAccount = Schema<"IdentityServiceAccountView">;

const source: ListSource<ServiceAccount> = {
  kind: "service_account",
  page: ({ q, filters, cursor, limit }, signal) =>
    ok(
      api.GET("/api/v1/service-accounts", {
        params: { query: { q, state: filters.state as ServiceAccount["state"], cursor, limit } },
        signal,
      }),
    ),
};

export function ServiceAccountsPage() {
  const can = useCan();
  const unitName = useUnitName();
  const { search, set } = useUrl();
  const [editing, setEditing] = useState<ServiceAccount | "new">();
  const manage = can("identity.manage_service_account");
  const columns: ListColumn<ServiceAccount>[] = [
    { id: "name", header: t("service.name"), cell: (a) => a.name, csv: (a) => a.name },
    {
      id: "state",
      header: t("service.state"),
      cell: (a) => <AccountState state={a.state} />,
      csv: (a) => t(`states.${a.state}`),
      width: 120,
      card: true,
    },
    {
      id: "unit",
      header: t("service.unit"),
      cell: (a) => unitName(a.unitId),
      csv: (a) => unitName(a.unitId),
      card: true,
    },
    {
      id: "description",
      header: t("service.description"),
      cell: (a) => a.description,
      csv: (a) => a.description,
      width: 300,
      card: true,
    },
    {
      id: "created",
      header: t("service.created"),
      cell: (a) => <TimeText value={a.createdAt} as="day" plain />,
      csv: (a) => a.createdAt,
      width: 130,
    },
  ];
  return (
    <>
      <Text size="sm" c="dimmed" mt="sm">
        {t("service.about")}
      </Text>
      <DataList
        id="service-accounts"
        label={t("settings.tabs.serviceAccounts")}
        source={source}
        columns={columns}
        rowId={(a) => a.id}
        rowName={(a) => a.name}
        searchPlaceholder={t("service.search")}
        onEdit={manage ? setEditing : undefined}
        filters={[
          {
            id: "state",
            label: t("service.state"),
            single: true,
            options: (["ACTIVE", "INACTIVE"] as const).map((v) => ({ value: v, label: t(`states.${v}`) })),
          },
        ]}
        rowMenu={manage ? (a) => <Menu.Item onClick={() => setEditing(a)}>{t("service.edit")}</Menu.Item> : undefined}
        empty={
          <EmptyState
            icon={IconRobot}
            title={t("service.emptyTitle")}
            body={t("service.emptyBody")}
            action={manage && <Button onClick={() => setEditing("new")}>{t("service.add")}</Button>}
          />
        }
      >
        {manage && (
          <Button leftSection={<IconRobot size={16} />} onClick={() => setEditing("new")}>
            {t("service.add")}
          </Button>
        )}
      </DataList>
      <ServiceAccountDrawer id={search.open} onClose={() => set({ open: undefined })} onEdit={setEditing} />
      <ServiceAccountForm
        account={editing === "new" ? undefined : editing}
        opened={editing !== undefined}
        onClose={() => setEditing(undefined)}
        onMade={(id) => set({ open: id })}
      />
    </>
  );
}
