import { Button, Menu } from "@mantine/core";
import { IconUsersPlus } from "@tabler/icons-react";
import { useState } from "react";
import { api, ok } from "@/api/client";
import { personPicker } from "@/api/lookups";
import { useCan } from "@/api/session";
import { EmptyState } from "@/components/EmptyState";
import { DataList, type ListColumn, type ListSource } from "@/components/list";
import { useUrl } from "@/lib/url";
import type { Team } from "./queries";
import { TeamDrawer } from "./TeamDrawer";
import { TeamForm } from "./TeamForm";
import { t } from "./text";

const source: ListSource<Team> = {
  kind: "team",
  page: ({ q, filters, unit, cursor, limit }, signal) =>
    ok(api.GET("/api/v1/teams", { params: { query: { q, unit, person: filters.person, cursor, limit } }, signal })),
};

const columns: ListColumn<Team>[] = [
  { id: "name", header: t("teams.name"), cell: (x) => x.name, csv: (x) => x.name },
  { id: "unit", header: t("teams.unit"), cell: (x) => x.unitName, csv: (x) => x.unitName, card: true },
  {
    id: "members",
    header: t("teams.members"),
    cell: (x) => x.memberCount,
    csv: (x) => x.memberCount,
    align: "right",
    width: 110,
    card: true,
  },
  {
    id: "description",
    header: t("teams.description"),
    cell: (x) => x.description,
    csv: (x) => x.description,
    width: 320,
  },
];

export function TeamsPage() {
  const can = useCan();
  const { search, set } = useUrl();
  const [editing, setEditing] = useState<Team | "new">();
  const manage = can("people.manage_team");
  return (
    <>
      <DataList
        id="teams"
        label={t("tabs.teams")}
        source={source}
        columns={columns}
        rowId={(x) => x.id}
        rowName={(x) => x.name}
        searchPlaceholder={t("teams.search")}
        onEdit={(x) => x.actions.includes("edit") && setEditing(x)}
        filters={[{ id: "person", label: t("persons.person"), kind: "remote", source: personPicker }]}
        rowMenu={
          manage
            ? (x) => (
                <Menu.Item disabled={!x.actions.includes("edit")} onClick={() => setEditing(x)}>
                  {t("teams.edit")}
                </Menu.Item>
              )
            : undefined
        }
        empty={
          <EmptyState
            title={t("teams.emptyTitle")}
            body={t("teams.emptyBody")}
            action={manage && <Button onClick={() => setEditing("new")}>{t("teams.add")}</Button>}
          />
        }
      >
        {manage && (
          <Button leftSection={<IconUsersPlus size={16} />} onClick={() => setEditing("new")}>
            {t("teams.add")}
          </Button>
        )}
      </DataList>
      <TeamDrawer id={search.open} onClose={() => set({ open: undefined })} onEdit={setEditing} />
      <TeamForm
        team={editing === "new" ? undefined : editing}
        opened={editing !== undefined}
        onClose={() => setEditing(undefined)}
        onMade={(id) => set({ open: id })}
      />
    </>
  );
}
