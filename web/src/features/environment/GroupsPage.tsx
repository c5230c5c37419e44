import { Button, Menu } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { api, ok } from "@/api/client";
import { environmentPicker } from "@/api/lookups";
import { useCan } from "@/api/session";
import { EmptyState } from "@/components/EmptyState";
import { DataList, type ListColumn, type ListSource } from "@/components/list";
import { TimeText } from "@/components/Time";
import { useUnitScope } from "@/lib/url";
import { GroupForm } from "./GroupForm";
import { LookupMark } from "./Marks";
import { type Group, groupAddress, useLookup } from "./queries";
import { t } from "./text";

const source: ListSource<Group> = {
  kind: "environment_group",
  page: ({ q, filters, unit, cursor, limit }, signal) =>
    ok(
      api.GET("/api/v1/environment-groups", {
        params: {
          query: { q, unit, usage: filters.usage as never, environment: filters.environment, cursor, limit },
        },
        signal,
      }),
    ),
};

const columns: ListColumn<Group>[] = [
  { id: "name", header: t("name"), cell: (g) => <LookupMark value={g} />, csv: (g) => g.name, width: 220 },
  { id: "key", header: t("key"), cell: (g) => g.key, csv: (g) => g.key, width: 140 },
  {
    id: "members",
    header: t("members"),
    cell: (g) => g.memberCount,
    csv: (g) => g.memberCount,
    align: "right",
    width: 110,
    card: true,
  },
  {
    id: "usage",
    header: t("usage"),
    cell: (g) => <LookupMark value={g.usage} />,
    csv: (g) => g.usage?.name,
    width: 130,
    card: true,
  },
  { id: "unit", header: t("unit"), cell: (g) => g.unitName, csv: (g) => g.unitName, width: 180, card: true },
  { id: "owner", header: t("owner"), cell: (g) => g.owner?.name, csv: (g) => g.owner?.name, width: 160 },
  {
    id: "approval",
    header: t("approval"),
    cell: (g) => (g.autoApprove ? t("approvals.auto") : t("approvals.asked")),
    csv: (g) => g.autoApprove,
    width: 220,
  },
  {
    id: "updated",
    header: t("updated"),
    cell: (g) => <TimeText value={g.updatedAt} as="day" plain />,
    csv: (g) => g.updatedAt,
    width: 130,
    hidden: true,
  },
];

/** Lanes: environments that are used together. A click opens the page, because the members are what one comes for. */
export function GroupsPage() {
  const can = useCan();
  const navigate = useNavigate();
  const unit = useUnitScope();
  const { data: usages = [] } = useLookup("environment_usage");
  const [editing, setEditing] = useState<Group | "new">();
  const manage = can("environment.manage_environment");
  const open = (g: Group) => void navigate({ to: groupAddress(g.id) });
  return (
    <>
      <DataList
        id="environment-groups"
        label={t("groups")}
        source={source}
        columns={columns}
        rowId={(g) => g.id}
        rowName={(g) => g.name}
        searchPlaceholder={t("searchGroups")}
        onOpen={open}
        onEdit={manage ? setEditing : undefined}
        rowMenu={(g) => (
          <>
            <Menu.Item onClick={() => open(g)}>{t("openPage")}</Menu.Item>
            <Menu.Item
              onClick={() => void navigate({ to: "/environments/map" as string, search: { group: g.id } as never })}
            >
              {t("onMap")}
            </Menu.Item>
            {manage && <Menu.Item onClick={() => setEditing(g)}>{t("edit")}</Menu.Item>}
          </>
        )}
        filters={[
          { id: "usage", label: t("usage"), options: usages.map((v) => ({ value: v.id, label: v.name })) },
          { id: "environment", label: t("member"), kind: "remote", source: environmentPicker },
        ]}
        empty={
          <EmptyState
            title={t("emptyGroups.title")}
            body={t("emptyGroups.body")}
            action={manage && <Button onClick={() => setEditing("new")}>{t("addGroup")}</Button>}
          />
        }
      >
        {manage && (
          <Button leftSection={<IconPlus size={16} />} onClick={() => setEditing("new")}>
            {t("addGroup")}
          </Button>
        )}
      </DataList>
      <GroupForm
        group={editing === "new" ? undefined : editing}
        unit={unit}
        opened={editing !== undefined}
        onClose={() => setEditing(undefined)}
      />
    </>
  );
}
