import { Button, Menu } from "@mantine/core";
import { IconShieldPlus } from "@tabler/icons-react";
import { useState } from "react";
import { api, ok } from "@/api/client";
import { useCan } from "@/api/session";
import { EmptyState } from "@/components/EmptyState";
import { DataList, type ListColumn, type ListSource } from "@/components/list";
import { useUrl } from "@/lib/url";
import type { Role } from "./queries";
import { RoleDrawer } from "./RoleDrawer";
import { RoleForm } from "./RoleForm";
import { t } from "./text";

// There are never many roles: the server sends all, the search is done here.
const source: ListSource<Role> = {
  kind: "role",
  page: async ({ q }, signal) => {
    const { items } = await ok(api.GET("/api/v1/roles", { signal }));
    const words = q?.toLowerCase();
    const found = words ? items.filter((r) => `${r.name} ${r.description ?? ""}`.toLowerCase().includes(words)) : items;
    return { items: found, total: found.length };
  },
};

export function howMany(r: Role): string {
  return r.allPermissions ? t("roles.all") : t("roles.count", { count: r.permissions.length });
}

const columns: ListColumn<Role>[] = [
  { id: "name", header: t("roles.name"), cell: (r) => r.name, csv: (r) => r.name },
  { id: "permissions", header: t("roles.permissions"), cell: howMany, csv: howMany, card: true },
  {
    id: "held",
    header: t("roles.held"),
    cell: (r) => r.grants,
    csv: (r) => r.grants,
    align: "right",
    width: 100,
    card: true,
  },
  {
    id: "kind",
    header: t("roles.kind"),
    cell: (r) => (r.builtIn ? t("roles.builtIn") : t("roles.own")),
    csv: (r) => (r.builtIn ? t("roles.builtIn") : t("roles.own")),
    width: 110,
    card: true,
  },
  {
    id: "description",
    header: t("roles.description"),
    cell: (r) => r.description,
    csv: (r) => r.description,
    width: 320,
  },
];

export function RolesPage() {
  const can = useCan();
  const { search, set } = useUrl();
  const [editing, setEditing] = useState<Role | "new">();
  const manage = can("people.manage_role");
  return (
    <>
      <DataList
        id="roles"
        label={t("tabs.roles")}
        source={source}
        columns={columns}
        rowId={(r) => r.id}
        rowName={(r) => r.name}
        searchPlaceholder={t("roles.search")}
        onEdit={(r) => r.actions.includes("edit") && setEditing(r)}
        rowMenu={
          manage
            ? (r) => (
                <Menu.Item disabled={!r.actions.includes("edit")} onClick={() => setEditing(r)}>
                  {t("roles.edit")}
                </Menu.Item>
              )
            : undefined
        }
        empty={<EmptyState title={t("roles.emptyTitle")} body={t("roles.emptyBody")} />}
      >
        {manage && (
          <Button leftSection={<IconShieldPlus size={16} />} onClick={() => setEditing("new")}>
            {t("roles.add")}
          </Button>
        )}
      </DataList>
      <RoleDrawer id={search.open} onClose={() => set({ open: undefined })} onEdit={setEditing} />
      <RoleForm
        role={editing === "new" ? undefined : editing}
        opened={editing !== undefined}
        onClose={() => setEditing(undefined)}
      />
    </>
  );
}
