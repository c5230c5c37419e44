import { Button, Menu } from "@mantine/core";
import { IconCalendarPlus, IconEdit } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { api, ok } from "@/api/client";
import { environmentPicker, type Unit, useUnits } from "@/api/lookups";
import { useCan } from "@/api/session";
import { EmptyState } from "@/components/EmptyState";
import { DataList, type ListColumn, type ListFilter, type ListSource, oneOf } from "@/components/list";
import { TimeText } from "@/components/Time";
import { endOfDay, startOfDay } from "@/lib/day";
import { useUrl } from "@/lib/url";
import { BookingDialog, type BookingStart } from "./BookingDialog";
import { BookingDrawer } from "./BookingDrawer";
import { BulkEdit } from "./BulkEdit";
import { BookingStatus, intentText } from "./Marks";
import { type Booking, bookingAddress, intents } from "./queries";
import { useScheduleFilters } from "./scheduleFilters";
import { hour, nextHour } from "./span";
import { t } from "./text";

const source: ListSource<Booking> = {
  kind: "booking",
  page: ({ q, filters, sort, unit, cursor, limit }, signal) =>
    ok(
      api.GET("/api/v1/bookings", {
        params: {
          query: {
            q,
            unit,
            environment: filters.environment ? [filters.environment] : undefined,
            application: filters.application,
            usage: filters.usage,
            group: filters.group,
            status: filters.status,
            holder: filters.holder,
            release: filters.release,
            bookingUnit: filters.bookingUnit,
            intent: oneOf(intents, filters.intent),
            from: filters.after ? startOfDay(filters.after) : undefined,
            to: filters.before ? (endOfDay(filters.before) ?? undefined) : undefined,
            order: sort === "from" ? "asc" : "desc",
            cursor,
            limit,
          },
        },
        signal,
      }),
    ),
};

const none: Unit[] = [];

const environments = (b: Booking) => b.environments.map((e) => e.name).join(", ");

const columns: ListColumn<Booking>[] = [
  {
    id: "title",
    header: t("booking"),
    cell: (b) => `${b.reference} ${b.title}`,
    csv: (b) => `${b.reference} ${b.title}`,
    width: 260,
  },
  { id: "environments", header: t("environments"), cell: environments, csv: environments, card: true },
  {
    id: "from",
    header: t("from"),
    cell: (b) => <TimeText value={b.from} plain />,
    csv: (b) => b.from,
    sort: "from",
    width: 150,
    card: true,
  },
  { id: "to", header: t("to"), cell: (b) => <TimeText value={b.to} plain />, csv: (b) => b.to, width: 150 },
  {
    id: "status",
    header: t("status"),
    cell: (b) => <BookingStatus value={b.status} />,
    csv: (b) => b.status,
    width: 120,
    card: true,
  },
  { id: "intent", header: t("intent"), cell: (b) => intentText(b.intent), csv: (b) => b.intent, width: 150 },
  { id: "holder", header: t("holder"), cell: (b) => b.holder?.name, csv: (b) => b.holder?.name, width: 160 },
  { id: "release", header: t("release"), cell: (b) => b.release, csv: (b) => b.release, width: 100 },
  { id: "group", header: t("group"), cell: (b) => b.group?.name, csv: (b) => b.group?.name, hidden: true },
  { id: "priority", header: t("priority"), cell: (b) => b.priority, csv: (b) => b.priority, hidden: true },
  {
    id: "requester",
    header: t("requester"),
    cell: (b) => b.requesterName,
    csv: (b) => b.requesterName,
    hidden: true,
  },
  {
    id: "lastUse",
    header: t("lastUse"),
    cell: (b) => <TimeText value={b.lastUseAt} plain />,
    csv: (b) => b.lastUseAt,
    hidden: true,
  },
];

/** All bookings, to search, filter, change together and export. */
export function BookingsPage() {
  const can = useCan();
  const navigate = useNavigate();
  const { search, set } = useUrl();
  const shared = useScheduleFilters();
  const { data: units = none } = useUnits();
  const filters = useMemo<ListFilter[]>(
    () => [
      ...shared.filter((f) => f.id !== "only"),
      { id: "environment", label: t("environment"), kind: "remote", source: environmentPicker },
      {
        id: "bookingUnit",
        label: t("list.charged"),
        single: true,
        options: units.map((u) => ({ value: u.id, label: u.name })),
      },
      { id: "after", label: t("list.ends"), verb: t("list.after"), kind: "day" },
      { id: "before", label: t("list.begins"), verb: t("list.before"), kind: "day" },
    ],
    [shared, units],
  );
  const [creating, setCreating] = useState<BookingStart>();
  const [bulk, setBulk] = useState<{ rows: Booking[]; done: () => void }>();
  const mayBook = can("booking.create_booking");
  const book = () => setCreating({ from: nextHour(Date.now()), to: nextHour(Date.now()) + 8 * hour });
  return (
    <>
      <DataList
        id="bookings"
        label={t("bookings")}
        source={source}
        columns={columns}
        filters={filters}
        rowId={(b) => b.id}
        rowName={(b) => `${b.reference} ${b.title}`}
        defaultSort="-from"
        searchPlaceholder={t("list.search")}
        rowMenu={(b) => (
          <>
            <Menu.Item onClick={() => void navigate({ to: bookingAddress(b.id) })}>{t("openPage")}</Menu.Item>
            {mayBook && (
              <Menu.Item
                onClick={() =>
                  setCreating({
                    environment: b.environments.length === 1 ? b.environments[0]?.id : undefined,
                    group: b.group?.id,
                    from: nextHour(Date.now()),
                    to: nextHour(Date.now()) + (Date.parse(b.to) - Date.parse(b.from)),
                    intent: b.intent,
                    title: b.title,
                  })
                }
              >
                {t("list.again")}
              </Menu.Item>
            )}
          </>
        )}
        bulk={
          mayBook || can("booking.approve_booking")
            ? [{ id: "edit", label: t("bulk.edit"), icon: IconEdit, run: (rows, done) => setBulk({ rows, done }) }]
            : undefined
        }
        empty={
          <EmptyState
            title={t("list.emptyTitle")}
            body={t("list.emptyBody")}
            action={mayBook && <Button onClick={book}>{t("book")}</Button>}
          />
        }
      >
        {mayBook && (
          <Button leftSection={<IconCalendarPlus size={16} />} onClick={book}>
            {t("book")}
          </Button>
        )}
      </DataList>
      <BookingDrawer id={search.open} onClose={() => set({ open: undefined })} />
      {creating && <BookingDialog start={creating} onClose={() => setCreating(undefined)} />}
      {bulk && <BulkEdit rows={bulk.rows} onClose={() => setBulk(undefined)} onDone={bulk.done} />}
    </>
  );
}
