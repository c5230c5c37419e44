import { Button, Menu } from "@mantine/core";
import { IconChevronDown, IconDownload, IconEdit, IconPlus, IconUpload } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { type ReactNode, useMemo, useState } from "react";
import { api, ok } from "@/api/client";
import { applicationPicker, groupPicker, personPicker } from "@/api/lookups";
import { useCan } from "@/api/session";
import { EmptyState } from "@/components/EmptyState";
import { DataList, type ListColumn, type ListSource } from "@/components/list";
import { TimeText } from "@/components/Time";
import { useUnitScope, useUrl } from "@/lib/url";
import { BulkEdit } from "./BulkEdit";
import { DuplicateEnvironment } from "./DuplicateEnvironment";
import { EnvironmentDrawer } from "./EnvironmentDrawer";
import { EnvironmentForm } from "./EnvironmentForm";
import { BookableMark, capacityWords, costWords, DataMark, GroupMarks, LookupMark } from "./Marks";
import { dataClasses, type Environment, environmentAddress, kinds, useCurrency, useLookup } from "./queries";
import { dataAgeDays } from "./rules";
import { t } from "./text";

/** How environments are, which another feature knows: a page of it at a time, and how one reads. */
export interface HealthColumn {
  load: (ids: string[], signal: AbortSignal) => Promise<Map<string, string>>;
  show: (health: string | undefined) => ReactNode;
  say: (health: string | undefined) => string;
}

type Row = Environment & { health?: string };

/** What the list of environments can be narrowed to; `none` are those of which nobody ever said how they are. */
const healths = ["online", "offline", "issue", "unknown", "none"];

const asked = [
  "q",
  "unit",
  "application",
  "usage",
  "status",
  "group",
  "kind",
  "dataClass",
  "bookable",
  "owner",
  "parent",
  "tech",
  "health",
  "sort",
];

const sourceWith = (health: HealthColumn | undefined): ListSource<Row> => ({
  kind: "environment",
  page: async ({ q, filters, sort, unit, cursor, limit }, signal) => {
    const page = await ok(
      api.GET("/api/v1/environments", {
        params: {
          // Several values travel in one parameter, separated by commas.
          query: { q, unit, ...filters, sort: sort as never, cursor, limit } as never,
        },
        signal,
      }),
    );
    const ids = page.items.map((e) => e.id);
    const known = ids.length && health ? await health.load(ids, signal) : undefined;
    return { ...page, items: page.items.map((e) => ({ ...e, health: known?.get(e.id) })) };
  },
});

const columnsWith = (health: HealthColumn | undefined, currency: string): ListColumn<Row>[] => [
  { id: "name", header: t("name"), cell: (e) => e.name, csv: (e) => e.name, sort: "name", width: 190 },
  { id: "key", header: t("key"), cell: (e) => e.key, csv: (e) => e.key, sort: "key", width: 180 },
  {
    id: "application",
    header: t("application"),
    cell: (e) => e.application?.name,
    csv: (e) => e.application?.name,
    sort: "application",
    width: 170,
    card: true,
  },
  {
    id: "usage",
    header: t("usage"),
    cell: (e) => <LookupMark value={e.usage} />,
    csv: (e) => e.usage?.name,
    sort: "usage",
    width: 140,
  },
  {
    id: "status",
    header: t("status"),
    cell: (e) => <LookupMark value={e.status} />,
    csv: (e) => e.status?.name,
    sort: "status",
    width: 130,
    hidden: true,
  },
  {
    id: "bookable",
    header: t("bookings"),
    cell: (e) => <BookableMark of={e} />,
    csv: (e) => (e.bookable ? t("bookable") : e.whyNot),
    width: 150,
    card: true,
  },
  ...(health
    ? [
        {
          id: "health",
          header: t("health"),
          cell: (e: Row) => health.show(e.health),
          csv: (e: Row) => health.say(e.health),
          width: 110,
          card: true,
        },
      ]
    : []),
  {
    id: "capacity",
    header: t("capacity"),
    cell: (e) => capacityWords(e.capacity),
    csv: (e) => e.capacity,
    width: 130,
  },
  {
    id: "data",
    header: t("data"),
    cell: (e) => <DataMark of={e} />,
    csv: (e) => [e.dataClass, dataAgeDays(e.dataRefreshedAt)].filter((v) => v !== undefined).join(", "),
    width: 200,
  },
  {
    id: "installed",
    header: t("installed"),
    cell: (e) => e.installedVersion,
    csv: (e) => e.installedVersion,
    width: 120,
  },
  {
    id: "groups",
    header: t("groups"),
    cell: (e) => <GroupMarks of={e} />,
    csv: (e) => e.groups.map((g) => g.name).join("; "),
    width: 180,
  },
  { id: "owner", header: t("owner"), cell: (e) => e.owner?.name, csv: (e) => e.owner?.name, width: 150 },
  { id: "unit", header: t("unit"), cell: (e) => e.unitName, csv: (e) => e.unitName, sort: "unit", hidden: true },
  {
    id: "kind",
    header: t("kind"),
    cell: (e) => t(`kinds.${e.kind}`),
    csv: (e) => e.kind,
    hidden: true,
    width: 110,
  },
  {
    id: "cost",
    header: t("costIn", { currency }),
    cell: (e) => costWords(e.costPerHour, currency),
    csv: (e) => e.costPerHour,
    align: "right",
    hidden: true,
    width: 130,
  },
  {
    id: "updated",
    header: t("updated"),
    cell: (e) => <TimeText value={e.updatedAt} as="day" plain />,
    csv: (e) => e.updatedAt,
    sort: "updated",
    width: 130,
    hidden: true,
  },
];

export function EnvironmentsPage({ health }: { health?: HealthColumn }) {
  const can = useCan();
  const navigate = useNavigate();
  const { search, set } = useUrl();
  const unit = useUnitScope();
  const currency = useCurrency();
  const { data: usages = [] } = useLookup("environment_usage");
  const { data: statuses = [] } = useLookup("environment_status");
  const [editing, setEditing] = useState<Environment | "new">();
  const [copying, setCopying] = useState<Environment>();
  const [bulk, setBulk] = useState<{ rows: Row[]; done: () => void }>();
  const source = useMemo(() => sourceWith(health), [health]);
  const columns = useMemo(() => columnsWith(health, currency), [health, currency]);
  const manage = can("environment.manage_environment");
  // The server writes the file: exactly what is filtered, in the order shown.
  const file = (format: string) => {
    const params = new URLSearchParams({ format });
    for (const name of asked) if (search[name]) params.set(name, search[name]);
    const a = document.createElement("a");
    a.href = `/api/v1/environments/export?${params}`;
    a.download = "";
    a.click();
  };
  const go = (to: string, query?: Record<string, string>) => void navigate({ to, search: query as never });

  return (
    <>
      <DataList
        id="environments"
        label={t("title")}
        source={source}
        columns={columns}
        rowId={(e) => e.id}
        rowName={(e) => e.name}
        defaultSort="name"
        searchPlaceholder={t("searchList")}
        onEdit={manage ? setEditing : undefined}
        rowMenu={(e) => (
          <>
            <Menu.Item onClick={() => go(environmentAddress(e.id))}>{t("openPage")}</Menu.Item>
            <Menu.Item onClick={() => go(`${environmentAddress(e.id)}/compare`)}>{t("compareWith")}</Menu.Item>
            <Menu.Item onClick={() => go("/environments/map", { environment: e.id })}>{t("onMap")}</Menu.Item>
            {manage && <Menu.Item onClick={() => setEditing(e)}>{t("edit")}</Menu.Item>}
            {manage && <Menu.Item onClick={() => setCopying(e)}>{t("duplicate.verb")}</Menu.Item>}
          </>
        )}
        filters={[
          { id: "application", label: t("application"), kind: "remote", source: applicationPicker },
          { id: "usage", label: t("usage"), options: usages.map((v) => ({ value: v.id, label: v.name })) },
          { id: "status", label: t("status"), options: statuses.map((v) => ({ value: v.id, label: v.name })) },
          {
            id: "bookable",
            label: t("bookings"),
            single: true,
            options: [
              { value: "true", label: t("bookable") },
              { value: "false", label: t("notBookable") },
            ],
          },
          ...(health
            ? [{ id: "health", label: t("health"), options: healths.map((v) => ({ value: v, label: health.say(v) })) }]
            : []),
          { id: "group", label: t("group"), kind: "remote", source: groupPicker },
          {
            id: "dataClass",
            label: t("data"),
            options: dataClasses.map((v) => ({ value: v, label: t(`dataClasses.${v}`) })),
          },
          { id: "kind", label: t("kind"), options: kinds.map((v) => ({ value: v, label: t(`kinds.${v}`) })) },
          { id: "owner", label: t("owner"), kind: "remote", source: personPicker },
          { id: "tech", label: t("tech"), kind: "fixed" },
        ]}
        onExport={() => file("csv")}
        bulk={
          manage
            ? [{ id: "edit", label: t("edit"), icon: IconEdit, run: (rows, done) => setBulk({ rows, done }) }]
            : undefined
        }
        empty={
          <EmptyState
            title={t("empty.title")}
            body={t("empty.body")}
            action={
              <>
                {can("sheet.import_environments") && (
                  <Button variant="default" onClick={() => go("/environments/import")}>
                    {t("importSheet")}
                  </Button>
                )}
                {manage && <Button onClick={() => setEditing("new")}>{t("add")}</Button>}
              </>
            }
          />
        }
      >
        <Menu>
          <Menu.Target>
            <Button variant="default" rightSection={<IconChevronDown size={16} />}>
              {t("table")}
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item leftSection={<IconDownload size={16} />} onClick={() => file("csv")}>
              {t("exportCsv")}
            </Menu.Item>
            <Menu.Item leftSection={<IconDownload size={16} />} onClick={() => file("xlsx")}>
              {t("exportXlsx")}
            </Menu.Item>
            {can("sheet.import_environments") && (
              <Menu.Item leftSection={<IconUpload size={16} />} onClick={() => go("/environments/import")}>
                {t("importSheet")}
              </Menu.Item>
            )}
          </Menu.Dropdown>
        </Menu>
        {manage && (
          <Button leftSection={<IconPlus size={16} />} onClick={() => setEditing("new")}>
            {t("add")}
          </Button>
        )}
      </DataList>
      <EnvironmentDrawer
        id={search.open}
        health={health}
        onClose={() => set({ open: undefined })}
        onEdit={setEditing}
        onDuplicate={setCopying}
      />
      <EnvironmentForm
        environment={editing === "new" ? undefined : editing}
        unit={unit}
        opened={editing !== undefined}
        onClose={() => setEditing(undefined)}
      />
      <DuplicateEnvironment environment={copying} onClose={() => setCopying(undefined)} />
      <BulkEdit rows={bulk?.rows} onClose={() => setBulk(undefined)} onDone={() => bulk?.done()} />
    </>
  );
}
