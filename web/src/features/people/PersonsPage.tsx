import { Button, Menu } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconTableImport, IconUserOff, IconUserPlus } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { api, ok } from "@/api/client";
import { teamPicker } from "@/api/lookups";
import { asProblem } from "@/api/problem";
import { keys } from "@/api/query";
import { useCan } from "@/api/session";
import { ConfirmDialog } from "@/components/ConfirmDialog";
import { EmptyState } from "@/components/EmptyState";
import { DataList, type ListColumn, type ListSource } from "@/components/list";
import { TimeText } from "@/components/Time";
import { useUrl } from "@/lib/url";
import { PersonDrawer } from "./PersonDrawer";
import { PersonForm } from "./PersonForm";
import { PersonState } from "./PersonState";
import { type Person, version } from "./queries";
import { t } from "./text";

const source: ListSource<Person> = {
  kind: "person",
  page: ({ q, filters, sort, unit, cursor, limit }, signal) =>
    ok(
      api.GET("/api/v1/persons", {
        params: {
          query: {
            q,
            unit,
            team: filters.team,
            state: filters.state as Person["state"],
            sort: sort as "name",
            cursor,
            limit,
          },
        },
        signal,
      }),
    ),
};

const columns: ListColumn<Person>[] = [
  { id: "name", header: t("persons.name"), cell: (p) => p.name, csv: (p) => p.name, sort: "name", width: 190 },
  {
    id: "email",
    header: t("persons.email"),
    cell: (p) => p.email,
    csv: (p) => p.email,
    sort: "email",
    width: 230,
    card: true,
  },
  { id: "unit", header: t("persons.unit"), cell: (p) => p.unitName, csv: (p) => p.unitName, card: true },
  {
    id: "teams",
    header: t("persons.teams"),
    cell: (p) => p.teams.map((team) => team.name).join(", "),
    csv: (p) => p.teams.map((team) => team.name).join(", "),
  },
  {
    id: "state",
    header: t("persons.state"),
    cell: (p) => <PersonState state={p.state} />,
    csv: (p) => t(`states.${p.state}`),
    width: 110,
    card: true,
  },
  {
    id: "validUntil",
    header: t("persons.validUntil"),
    cell: (p) => <TimeText value={p.validUntil} as="day" plain />,
    csv: (p) => p.validUntil,
    width: 110,
  },
  {
    id: "created",
    header: t("persons.created"),
    cell: (p) => <TimeText value={p.createdAt} as="day" plain />,
    csv: (p) => p.createdAt,
    sort: "createdAt",
    width: 130,
    hidden: true,
  },
];

export function PersonsPage() {
  const can = useCan();
  const { search, set } = useUrl();
  const client = useQueryClient();
  const [editing, setEditing] = useState<Person | "new">();
  const [leaving, setLeaving] = useState<{ rows: Person[]; done: () => void }>();
  const manage = can("people.manage_person");
  const add = () => setEditing("new");

  const deactivateAll = async () => {
    if (!leaving) return;
    const failed: string[] = [];
    let done = 0;
    for (const p of leaving.rows) {
      try {
        await ok(
          api.POST("/api/v1/persons/{id}/deactivate", { params: { path: { id: p.id }, ...version(p.version) } }),
        );
        done++;
      } catch (error) {
        failed.push(`${p.name} (${asProblem(error).message})`);
      }
    }
    await client.invalidateQueries({ queryKey: keys.all("person") });
    notifications.show({
      title: t("persons.bulkDone", { count: done }),
      message: failed.length ? t("persons.bulkSkipped", { names: failed.join(", ") }) : undefined,
      color: failed.length ? "yellow" : undefined,
      autoClose: failed.length ? false : 5000,
    });
    leaving.done();
  };

  return (
    <>
      <DataList
        id="persons"
        label={t("tabs.persons")}
        source={source}
        columns={columns}
        rowId={(p) => p.id}
        rowName={(p) => p.name}
        defaultSort="name"
        searchPlaceholder={t("persons.search")}
        onEdit={(p) => p.actions.includes("edit") && setEditing(p)}
        rowMenu={
          manage
            ? (p) => (
                <>
                  <Menu.Item disabled={!p.actions.includes("edit")} onClick={() => setEditing(p)}>
                    {t("persons.edit")}
                  </Menu.Item>
                  <Menu.Item onClick={() => set({ open: p.id })}>{t("persons.person")}</Menu.Item>
                </>
              )
            : undefined
        }
        filters={[
          {
            id: "state",
            label: t("persons.state"),
            single: true,
            options: (["ACTIVE", "PENDING", "INACTIVE"] as const).map((v) => ({ value: v, label: t(`states.${v}`) })),
          },
          { id: "team", label: t("persons.team"), kind: "remote", source: teamPicker },
        ]}
        bulk={
          manage
            ? [
                {
                  id: "deactivate",
                  label: t("persons.bulkDeactivate"),
                  icon: IconUserOff,
                  danger: true,
                  run: (rows, done) => setLeaving({ rows, done }),
                },
              ]
            : undefined
        }
        empty={
          <EmptyState
            title={t("persons.emptyTitle")}
            body={t("persons.emptyBody")}
            action={manage && <Button onClick={add}>{t("persons.add")}</Button>}
          />
        }
      >
        {manage && (
          <>
            <Button
              component={Link}
              to="/people/import"
              variant="default"
              leftSection={<IconTableImport size={16} />}
              visibleFrom="sm"
            >
              {t("persons.import")}
            </Button>
            <Button leftSection={<IconUserPlus size={16} />} onClick={add}>
              {t("persons.add")}
            </Button>
          </>
        )}
      </DataList>
      <PersonDrawer id={search.open} onClose={() => set({ open: undefined })} onEdit={setEditing} />
      <PersonForm
        person={editing === "new" ? undefined : editing}
        opened={editing !== undefined}
        onClose={() => setEditing(undefined)}
      />
      <ConfirmDialog
        opened={leaving !== undefined}
        onClose={() => setLeaving(undefined)}
        title={t("persons.bulkTitle", { count: leaving?.rows.length ?? 0 })}
        consequences={leaving?.rows.map((p) => t("persons.deactivateBody", { name: p.name }))}
        verb={t("persons.deactivate")}
        danger
        onConfirm={deactivateAll}
      />
    </>
  );
}
