import { Button, Menu } from "@mantine/core";
import { IconChevronDown, IconDownload, IconEdit, IconPlus, IconTableImport } from "@tabler/icons-react";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { api, ok } from "@/api/client";
import { personPicker, repositoryPicker } from "@/api/lookups";
import { useCan } from "@/api/session";
import { EmptyState } from "@/components/EmptyState";
import { DataList, type ListColumn, type ListSource } from "@/components/list";
import { TimeText } from "@/components/Time";
import { useUnitScope, useUrl } from "@/lib/url";
import { ApplicationDrawer } from "./ApplicationDrawer";
import { ApplicationForm } from "./ApplicationForm";
import { BulkEdit } from "./BulkEdit";
import { ApplicationStatus, CriticalityMark } from "./Marks";
import { type Application, applicationAddress, criticalities, statuses, vendorPicker } from "./queries";
import { t } from "./text";

const source: ListSource<Application> = {
  kind: "application",
  page: ({ q, filters, sort, unit, cursor, limit }, signal) =>
    ok(
      api.GET("/api/v1/applications", {
        params: {
          query: {
            q,
            unit,
            // Several values travel in one parameter, separated by commas.
            criticality: filters.criticality as never,
            status: filters.status as never,
            owner: filters.owner,
            vendor: filters.vendor,
            repository: filters.repository,
            sort: sort as never,
            cursor,
            limit,
          },
        },
        signal,
      }),
    ),
};

const owners = (a: Application) => a.owners.map((o) => o.name).join(", ");

const columns: ListColumn<Application>[] = [
  { id: "name", header: t("name"), cell: (a) => a.name, csv: (a) => a.name, sort: "name", width: 220 },
  { id: "key", header: t("key"), cell: (a) => a.key, csv: (a) => a.key, sort: "key", width: 160, hidden: true },
  { id: "unit", header: t("unit"), cell: (a) => a.unitName, csv: (a) => a.unitName, sort: "unit", card: true },
  {
    id: "criticality",
    header: t("criticality"),
    cell: (a) => <CriticalityMark value={a.criticality} />,
    csv: (a) => a.criticality,
    sort: "criticality",
    width: 150,
    card: true,
  },
  { id: "owners", header: t("owners"), cell: owners, csv: owners, card: true },
  {
    id: "upstream",
    header: t("needs"),
    cell: (a) => a.counts.upstream,
    csv: (a) => a.counts.upstream,
    align: "right",
    width: 90,
  },
  {
    id: "downstream",
    header: t("neededBy"),
    cell: (a) => a.counts.downstream,
    csv: (a) => a.counts.downstream,
    align: "right",
    width: 100,
  },
  {
    id: "repositories",
    header: t("repositories"),
    cell: (a) => a.counts.repositories,
    csv: (a) => a.counts.repositories,
    align: "right",
    width: 110,
    hidden: true,
  },
  { id: "vendor", header: t("vendor"), cell: (a) => a.vendor, csv: (a) => a.vendor, hidden: true },
  {
    id: "status",
    header: t("status"),
    cell: (a) => <ApplicationStatus value={a.status} />,
    csv: (a) => a.status,
    width: 110,
  },
  {
    id: "updated",
    header: t("updated"),
    cell: (a) => <TimeText value={a.updatedAt} as="day" plain />,
    csv: (a) => a.updatedAt,
    sort: "updated",
    width: 130,
    hidden: true,
  },
];

const asked = ["q", "unit", "criticality", "status", "owner", "vendor", "repository", "sort"];

export function ApplicationsPage() {
  const can = useCan();
  const navigate = useNavigate();
  const { search, set } = useUrl();
  const unit = useUnitScope();
  const [editing, setEditing] = useState<Application | "new">();
  const [bulk, setBulk] = useState<{ rows: Application[]; done: () => void }>();
  const manage = can("catalog.manage_application");
  // The server writes the file: exactly what is filtered, in the order shown.
  const file = (format: string) => {
    const params = new URLSearchParams({ format });
    for (const name of asked) if (search[name]) params.set(name, search[name]);
    const a = document.createElement("a");
    a.href = `/api/v1/applications/export?${params}`;
    a.download = "";
    a.click();
  };

  return (
    <>
      <DataList
        id="applications"
        label={t("title")}
        source={source}
        columns={columns}
        rowId={(a) => a.id}
        rowName={(a) => a.name}
        defaultSort="name"
        searchPlaceholder={t("searchList")}
        onEdit={manage ? setEditing : undefined}
        rowMenu={(a) => (
          <>
            <Menu.Item onClick={() => void navigate({ to: applicationAddress(a.id) })}>{t("openPage")}</Menu.Item>
            {manage && <Menu.Item onClick={() => setEditing(a)}>{t("edit")}</Menu.Item>}
          </>
        )}
        filters={[
          {
            id: "criticality",
            label: t("criticality"),
            options: criticalities.map((v) => ({ value: v, label: t(`criticalities.${v}`) })),
          },
          {
            id: "status",
            label: t("status"),
            single: true,
            options: statuses.map((v) => ({ value: v, label: t(`statuses.${v}`) })),
          },
          { id: "owner", label: t("owner"), kind: "remote", source: personPicker },
          { id: "vendor", label: t("vendor"), kind: "remote", source: vendorPicker },
          { id: "repository", label: t("repository"), kind: "remote", source: repositoryPicker },
        ]}
        onExport={() => file("csv")}
        bulk={
          manage
            ? [{ id: "edit", label: t("bulk.edit"), icon: IconEdit, run: (rows, done) => setBulk({ rows, done }) }]
            : undefined
        }
        empty={
          <EmptyState
            title={t("empty.title")}
            body={t("empty.body")}
            action={
              manage && (
                <>
                  <Button onClick={() => setEditing("new")}>{t("add")}</Button>
                  <Button component={Link} to="/applications/import" variant="default">
                    {t("import.button")}
                  </Button>
                </>
              )
            }
          />
        }
      >
        <Menu>
          <Menu.Target>
            <Button variant="default" rightSection={<IconChevronDown size={16} />} visibleFrom="sm">
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
            {manage && (
              <Menu.Item
                leftSection={<IconTableImport size={16} />}
                onClick={() => void navigate({ to: "/applications/import" as string })}
              >
                {t("import.button")}
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
      <ApplicationDrawer id={search.open} onClose={() => set({ open: undefined })} onEdit={setEditing} />
      <ApplicationForm
        application={editing === "new" ? undefined : editing}
        unit={unit}
        opened={editing !== undefined}
        onClose={() => setEditing(undefined)}
      />
      <BulkEdit rows={bulk?.rows} onClose={() => setBulk(undefined)} onDone={() => bulk?.done()} />
    </>
  );
}
