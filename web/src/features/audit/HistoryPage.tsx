import { useQuery } from "@tanstack/react-query";
import { api, ok, type Schema } from "@/api/client";
import { personPicker, useUnitName } from "@/api/lookups";
import { keys } from "@/api/query";
import { EmptyState } from "@/components/EmptyState";
import { DataList, type ListArgs, type ListColumn, type ListSource } from "@/components/list";
import { PageHeader } from "@/components/PageHeader";
import { StatusBadge } from "@/components/StatusBadge";
import { TimeText } from "@/components/Time";
import { localDay, withLocalTimes } from "@/lib/time";
import { useUrl } from "@/lib/url";
import { EventDrawer } from "./EventDrawer";
import { actionIcons, actionOf, actionTones, kindWord, subjectKinds } from "./event";
import { t } from "./text";

export type Event = Schema<"EventsEvent">;

function query(args: Pick<ListArgs, "q" | "filters" | "unit">) {
  const { q, filters: f, unit } = args;
  return {
    q,
    unit,
    action: f.action?.split(","),
    actor: f.actor,
    subjectKind: f.subjectKind,
    subjectId: f.subjectId,
    from: f.from,
    to: f.to,
  };
}

const source: ListSource<Event> = {
  kind: "event",
  page: (args, signal) =>
    ok(
      api.GET("/api/v1/events", {
        params: { query: { ...query(args), cursor: args.cursor, limit: args.limit } },
        signal,
      }),
    ),
};

/** The server streams the whole of what is filtered; the browser only saves it. */
function exportAll(args: Pick<ListArgs, "q" | "filters" | "unit">) {
  const params = new URLSearchParams({ format: "csv" });
  for (const [key, value] of Object.entries(query(args))) {
    for (const v of Array.isArray(value) ? value : [value]) if (v) params.append(key, v);
  }
  const a = document.createElement("a");
  a.href = `/api/v1/events/export?${params}`;
  a.download = "";
  a.click();
}

export function HistoryPage() {
  const { search, set } = useUrl();
  const unitName = useUnitName();
  const subject = useQuery({
    queryKey: keys.list("event", { newest: search.subjectId }),
    queryFn: ({ signal }) =>
      ok(api.GET("/api/v1/events", { params: { query: { subjectId: search.subjectId, limit: 1 } }, signal })),
    enabled: Boolean(search.subjectId),
  });
  const columns: ListColumn<Event>[] = [
    {
      id: "what",
      header: t("what"),
      cell: (e) => withLocalTimes(e.sentence),
      csv: (e) => e.sentence,
      width: 420,
    },
    {
      id: "action",
      header: t("action"),
      cell: (e) => (
        <StatusBadge tone={actionTones[actionOf(e)]} icon={actionIcons[actionOf(e)]}>
          {t(`actions.${actionOf(e)}`)}
        </StatusBadge>
      ),
      width: 120,
      card: true,
    },
    { id: "when", header: t("when"), cell: (e) => <TimeText value={e.at} plain />, width: 150, card: true },
    { id: "who", header: t("who"), cell: (e) => e.actorName, width: 150, card: true },
    { id: "subjectKind", header: t("subjectKind"), cell: (e) => kindWord(e.subjectKind), width: 130 },
    { id: "unit", header: t("unit"), cell: (e) => unitName(e.unitId), width: 180, hidden: true },
  ];
  return (
    <>
      <PageHeader title={t("title")} about={t("about")} />
      <DataList
        id="history"
        label={t("title")}
        source={source}
        columns={columns}
        rowId={(e) => e.id}
        rowName={(e) => withLocalTimes(e.sentence)}
        searchPlaceholder={t("search")}
        onExport={exportAll}
        filters={[
          {
            id: "action",
            label: t("action"),
            options: (["added", "modified", "deleted", "other"] as const).map((v) => ({
              value: v,
              label: t(`actions.${v}`),
            })),
          },
          {
            id: "subjectKind",
            label: t("subjectKind"),
            single: true,
            options: subjectKinds.map((v) => ({ value: v, label: kindWord(v) })),
          },
          { id: "actor", label: t("actor"), kind: "remote", source: personPicker },
          { id: "from", label: t("when"), kind: "day", verb: t("verbFrom"), say: (v) => localDay(new Date(v)) },
          { id: "to", label: t("to"), kind: "day", verb: t("verbTo"), say: (v) => localDay(new Date(v)) },
          {
            id: "subjectId",
            label: t("subject"),
            kind: "fixed",
            say: () => subject.data?.items[0]?.subjectLabel ?? t("oneRecord"),
          },
        ]}
        empty={<EmptyState title={t("emptyTitle")} body={t("emptyBody")} />}
      />
      <EventDrawer id={search.open} onClose={() => set({ open: undefined })} />
    </>
  );
}
