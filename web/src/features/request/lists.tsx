import { Button, Group, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconArrowsHorizontal, IconArrowsRightLeft, IconPlus, IconUser } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { api, ok } from "@/api/client";
import { environmentPicker, groupPicker } from "@/api/lookups";
import { useCan } from "@/api/session";
import { EmptyState } from "@/components/EmptyState";
import { DataList, type ListColumn, type ListFilter, type ListSource, oneOf } from "@/components/list";
import { TimeText } from "@/components/Time";
import { useUrl } from "@/lib/url";
import { BookingRequestForm } from "./BookingRequestForm";
import { BulkDialog, type BulkSort } from "./BulkDialog";
import { ChangeRequestForm } from "./ChangeRequestForm";
import { SlaClock, Span, Status, TypeName } from "./Marks";
import {
  addressOf,
  type BookingItem,
  type ChangeItem,
  type Head,
  type Kind,
  placeOf,
  useStatuses,
  useTypes,
} from "./queries";
import { t } from "./text";

const sorts = [
  "number",
  "-number",
  "title",
  "-title",
  "from",
  "-from",
  "raised",
  "-raised",
  "updated",
  "-updated",
] as const;
const assignees = ["me", "mine", "nobody"] as const;
const yesNo = ["true", "false"] as const;

type Filters = Record<string, string | undefined>;
const many = (text: string | undefined) => text?.split(",").filter(Boolean);

function asked(q: string | undefined, filters: Filters, sort: string | undefined, unit: string | undefined) {
  return {
    q,
    unit,
    type: many(filters.type),
    status: many(filters.status),
    open: oneOf(yesNo, filters.isOpen),
    assignee: filters.assignee,
    requester: filters.mine ? "me" : undefined,
    release: filters.release,
    environment: filters.environment,
    group: filters.group,
    outage: oneOf(yesNo, filters.outage),
    sort: oneOf(sorts, sort),
  };
}

const bookings: ListSource<BookingItem> = {
  kind: "booking_request",
  page: ({ q, filters, sort, unit, cursor, limit }, signal) =>
    ok(
      api.GET("/api/v1/booking-requests", {
        params: { query: { ...asked(q, filters, sort, unit), cursor, limit } },
        signal,
      }),
    ),
};
const changes: ListSource<ChangeItem> = {
  kind: "environment_change_request",
  page: ({ q, filters, sort, unit, cursor, limit }, signal) =>
    ok(
      api.GET("/api/v1/environment-change-requests", {
        params: { query: { ...asked(q, filters, sort, unit), cursor, limit } },
        signal,
      }),
    ),
};

export function BookingRequestsPage() {
  return (
    <RequestList
      kind="booking_request"
      id="booking-requests"
      source={bookings}
      what={(r) => r.lines.flatMap((l) => l.group?.name ?? l.environments.map((e) => e.name)).join(", ")}
    />
  );
}

const placesOf = (r: ChangeItem) => r.cards.flatMap((c) => c.environment?.name ?? c.group?.name ?? []).join(", ");

export function ChangeRequestsPage() {
  return (
    <RequestList kind="environment_change_request" id="environment-change-requests" source={changes} what={placesOf} />
  );
}

const benchOf = (release: string): ListSource<ChangeItem> => ({
  kind: changes.kind,
  page: (args, signal) => changes.page({ ...args, filters: { ...args.filters, release } }, signal),
});

/** The maintenance bench: what is changed in environments for one release. */
export function BenchPage() {
  const { search, set } = useUrl();
  const [typed, setTyped] = useState(search.release ?? "");
  const push = useDebouncedCallback(
    (release: string) => set({ release: release || undefined }, { replace: true }),
    300,
  );
  return (
    <>
      <Group py="sm">
        <TextInput
          label={t("release")}
          description={t("bench.about")}
          value={typed}
          maxLength={200}
          onChange={(e) => {
            setTyped(e.currentTarget.value);
            push(e.currentTarget.value.trim());
          }}
        />
      </Group>
      {search.release ? (
        <RequestList
          key={search.release}
          kind="environment_change_request"
          id="bench"
          source={benchOf(search.release)}
          what={placesOf}
          bench={search.release}
        />
      ) : (
        <EmptyState title={t("bench.emptyTitle")} body={t("bench.emptyBody")} />
      )}
    </>
  );
}

function RequestList<T extends Head>({
  kind,
  id,
  source,
  what,
  bench,
}: {
  kind: Kind;
  id: string;
  source: ListSource<T>;
  what: (row: T) => string;
  bench?: string;
}) {
  const can = useCan();
  const navigate = useNavigate();
  const types = useTypes(kind);
  const statuses = useStatuses(kind);
  const [adding, setAdding] = useState(false);
  const [bulk, setBulk] = useState<{ sort: BulkSort; rows: Head[]; done: () => void }>();
  const create = can("request.create_request");
  const open = (r: { id: string }) => void navigate({ to: addressOf(kind, r.id) });
  const change = (sort: BulkSort) => (rows: T[], done: () => void) => setBulk({ sort, rows, done });
  const filters: ListFilter[] = [
    {
      id: "status",
      label: t("status"),
      options: (statuses.data ?? []).map((s) => ({ value: s.id, label: s.name })),
    },
    { id: "type", label: t("type"), options: (types.data ?? []).map((x) => ({ value: x.id, label: x.name })) },
    {
      id: "isOpen",
      label: t("filters.open"),
      single: true,
      options: yesNo.map((v) => ({ value: v, label: t(`filters.isOpen.${v}`) })),
    },
    {
      id: "assignee",
      label: t("assignee"),
      single: true,
      options: assignees.map((v) => ({ value: v, label: t(`filters.assignee.${v}`) })),
    },
    {
      id: "mine",
      label: t("requester"),
      single: true,
      options: [{ value: "me", label: t("filters.assignee.me") }],
    },
    { id: "environment", label: t("environment"), kind: "remote", source: environmentPicker },
    { id: "group", label: t("group"), kind: "remote", source: groupPicker },
    ...(kind === "environment_change_request"
      ? [
          {
            id: "outage",
            label: t("outage.title"),
            single: true,
            options: yesNo.map((v) => ({ value: v, label: t(`filters.outage.${v}`) })),
          },
        ]
      : []),
    ...(bench ? [] : [{ id: "release", label: t("release"), kind: "fixed" as const }]),
  ];
  const columns: ListColumn<T>[] = [
    { id: "title", header: t("titleField"), cell: (r) => `${r.reference} ${r.title}`, sort: "title", width: 280 },
    { id: "status", header: t("status"), cell: (r) => <Status position={r.position} />, width: 130, card: true },
    { id: "sla", header: t("sla.title"), cell: (r) => <SlaClock position={r.position} quiet />, width: 130 },
    {
      id: "time",
      header: t("time"),
      cell: (r) => <Span from={r.from} to={r.to} />,
      sort: "from",
      width: 230,
      card: true,
    },
    { id: "what", header: t("what"), cell: what, width: 190, card: true },
    { id: "type", header: t("type"), cell: (r) => <TypeName type={r.type} />, width: 150 },
    { id: "assignee", header: t("assignee"), cell: (r) => r.assignee?.name, width: 160 },
    { id: "requester", header: t("requester"), cell: (r) => r.requesterName, width: 160, hidden: true },
    { id: "release", header: t("release"), cell: (r) => r.release, width: 120 },
    { id: "unit", header: t("unit"), cell: (r) => r.unit.name, width: 150, hidden: true },
    {
      id: "raised",
      header: t("raised"),
      cell: (r) => <TimeText value={r.raisedAt} as="relative" plain />,
      sort: "raised",
      width: 120,
      hidden: true,
    },
  ];
  const add = bench ? t("bench.add") : t(`kinds.${kind}.add`);
  return (
    <>
      <DataList
        id={id}
        label={t(kind === "booking_request" ? "tabs.bookings" : "tabs.changes")}
        source={source}
        rowId={(r) => r.id}
        rowName={(r) => r.reference}
        defaultSort="-raised"
        onOpen={open}
        filters={filters}
        columns={columns}
        bulk={
          create
            ? [
                { id: "status", label: t("bulk.status"), icon: IconArrowsRightLeft, run: change("status") },
                { id: "shift", label: t("bulk.shift"), icon: IconArrowsHorizontal, run: change("shift") },
                { id: "assignee", label: t("bulk.assignee"), icon: IconUser, run: change("assignee") },
                { id: "release", label: t("bulk.release"), run: change("release") },
                { id: "type", label: t("bulk.type"), run: change("type") },
              ]
            : undefined
        }
        onExport={({ q, filters: f, sort, unit }) => {
          const params = new URLSearchParams({ format: "csv" });
          for (const [name, value] of Object.entries(asked(q, bench ? { ...f, release: bench } : f, sort, unit)))
            if (value !== undefined) params.set(name, Array.isArray(value) ? value.join(",") : value);
          window.location.assign(`${placeOf(kind)}/export?${params}`);
        }}
        empty={
          <EmptyState
            title={t(`kinds.${kind}.emptyTitle`)}
            body={t(`kinds.${kind}.emptyBody`)}
            action={create && <Button onClick={() => setAdding(true)}>{add}</Button>}
          />
        }
      >
        {create && (
          <Button leftSection={<IconPlus size={16} />} onClick={() => setAdding(true)}>
            {add}
          </Button>
        )}
      </DataList>
      {adding && kind === "booking_request" && <BookingRequestForm onClose={() => setAdding(false)} onSaved={open} />}
      {adding && kind === "environment_change_request" && (
        <ChangeRequestForm bench={bench} onClose={() => setAdding(false)} onSaved={open} />
      )}
      {bulk && (
        <BulkDialog
          kind={kind}
          sort={bulk.sort}
          requests={bulk.rows}
          onClose={() => setBulk(undefined)}
          onDone={bulk.done}
        />
      )}
    </>
  );
}
