import { api, ok, type Schema } from "@/api/client";
import { useUnitName } from "@/api/lookups";
import { EmptyState } from "@/components/EmptyState";
import { DataList, type ListColumn, type ListSource } from "@/components/list";
import { StatusBadge } from "@/components/StatusBadge";
import { TimeText } from "@/components/Time";
import { t } from "./text";

type Person = Schema<"PeoplePerson">;

const source: ListSource<Person> = {
  kind: "person",
  page: ({ q, filters, sort, unit, cursor, limit }, signal) =>
    ok(
      api.GET("/api/v1/persons", { params: { query: { q, unit, state: filters.state, sort, cursor, limit } }, signal }),
    ),
};

export function PersonsPage() {
  const unitName = useUnitName();
  const columns: ListColumn<Person>[] = [
    { id: "name", header: t("persons.name"), cell: (p) => p.name, csv: (p) => p.name, sort: "name" },
    { id: "email", header: t("persons.email"), cell: (p) => p.email, csv: (p) => p.email, sort: "email", card: true },
    {
      id: "unit",
      header: t("persons.unit"),
      cell: (p) => unitName(p.unitId),
      csv: (p) => unitName(p.unitId),
      card: true,
    },
    {
      id: "state",
      header: t("persons.state"),
      cell: (p) => <StatusBadge tone="good">{p.state}</StatusBadge>,
      csv: (p) => p.state,
      width: 130,
      card: true,
    },
    {
      id: "validUntil",
      header: t("persons.validUntil"),
      cell: (p) => <TimeText value={p.validUntil} as="day" plain />,
      width: 140,
    },
  ];
  return (
    <DataList
      id="persons"
      label={t("tabs.persons")}
      source={source}
      columns={columns}
      rowId={(p) => p.id}
      rowName={(p) => p.name}
      defaultSort="name"
      searchPlaceholder={t("persons.search")}
      filters={[
        {
          id: "state",
          label: t("persons.state"),
          options: (["active", "pending", "inactive"] as const).map((v) => ({ value: v, label: t(`states.${v}`) })),
        },
      ]}
      empty={<EmptyState title={t("persons.emptyTitle")} body={t("persons.emptyBody")} />}
    />
  );
}
