import { Button, Group, SegmentedControl, Skeleton, Text } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { IconCalendarPlus } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { useCallback, useEffect, useMemo, useState } from "react";
import { useCan } from "@/api/session";
import { EmptyState } from "@/components/EmptyState";
import { FilterChips } from "@/components/list/FilterChips";
import { useListState } from "@/components/list/useListState";
import { ProblemAlert } from "@/components/ProblemAlert";
import { type Change, type Ghost, MiniMap, Timeline, TimelinePages, TimelineTable } from "@/components/timeline";
import { useUrl } from "@/lib/url";
import { Agenda } from "./Agenda";
import { BookingDialog, type BookingStart } from "./BookingDialog";
import { BookingDrawer } from "./BookingDrawer";
import { ChangeDialog, type Proposed } from "./ChangeDialog";
import { Legend } from "./Legend";
import { useOwn } from "./queries";
import classes from "./Schedule.module.css";
import { ScheduleBarTools } from "./ScheduleTools";
import {
  type ColourBy,
  rangeAround,
  type ScheduleBar,
  type ScheduleRow,
  type ScheduleView,
  scheduleViews,
  toRows,
} from "./schedule";
import { useScheduleFilters } from "./scheduleFilters";
import { midnight, nextHour, plusDays, spanWords } from "./span";
import { t } from "./text";
import { useNow } from "./useNow";
import { useSchedule } from "./useSchedule";
import { useTimeView } from "./useTimeView";

/** Who has which environment when: the schedule of everything the reader may see. */
export function SchedulePage() {
  const can = useCan();
  const own = useOwn();
  const navigate = useNavigate();
  const phone = useMediaQuery("(max-width: 48em)", undefined, { getInitialValueInEffect: false }) ?? false;
  const { search, set } = useUrl();
  const kind = scheduleViews.find((v) => v === search.view) ?? "environments";
  const colour = (search.colour as ColourBy | undefined) ?? "none";
  const [view, setView] = useTimeView(() => (phone ? weekFrom(Date.now()) : rangeAround("fortnight", Date.now())));
  const now = useNow();
  const filters = useScheduleFilters();
  const state = useListState<unknown>([], filters);
  const { only, ...asked } = state.filterValues;
  const { query, pages, window, loaded } = useSchedule(kind, view, {
    unit: state.unit,
    label: colour === "release" || colour === "group" ? colour : undefined,
    ...asked,
  });
  const mayBook = can("booking.create_booking");
  const manages = can("booking.manage_booking");
  const [creating, setCreating] = useState<BookingStart>();
  const [changing, setChanging] = useState<Proposed>();
  const [full, setFull] = useState(false);

  const rows = useMemo(
    () =>
      pages.flatMap((page) =>
        toRows(page, {
          colour,
          movable: (holder) => kind === "environments" && (manages || (mayBook && own(holder))),
          detail: (row) => rowDetail(kind, row),
          onlyConflicts: only === "yes",
        }),
      ),
    [pages, colour, kind, manages, mayBook, own, only],
  );
  const more = useCallback(() => {
    if (query.hasNextPage && !query.isFetchingNextPage) void query.fetchNextPage();
  }, [query.hasNextPage, query.isFetchingNextPage, query.fetchNextPage]);
  // Which rows have conflicts is known only of rows that were read: with this filter all of them are.
  useEffect(() => {
    if (only === "yes") more();
  }, [only, more]);

  const open = (bar: ScheduleBar) => {
    if (bar.booking) set({ open: bar.booking.id });
  };
  const openRow = (row: ScheduleRow) => {
    if (kind === "environments") void navigate({ to: `/environments/${row.source.key ?? row.id}` as string });
    if (kind === "overview") set({ view: undefined, application: row.source.applicationId });
    if (kind === "groups") set({ view: undefined, group: row.id });
    if (kind === "requests") void navigate({ to: requestAddress(row.id, row.source.name) });
  };
  const pending: Ghost | undefined = creating?.row
    ? { rowId: creating.row, from: creating.from, to: creating.to }
    : changing?.row
      ? { rowId: changing.row, from: changing.to.from, to: changing.to.to }
      : undefined;
  const describe = (bar: ScheduleBar) =>
    [
      kind === "overview" ? t("schedule.load", { load: bar.label }) : bar.label,
      spanWords(bar.from, bar.to),
      bar.booking &&
        [t(`statuses.${bar.booking.s}`), t(`intents.${bar.booking.i}`), bar.holder?.name].filter(Boolean).join(" · "),
      bar.clash && t("schedule.clashes"),
    ]
      .filter(Boolean)
      .join("\n");
  const onChange = (c: Change) => {
    const bar = c.bar as ScheduleBar;
    if (!bar.booking) return;
    setChanging({
      id: bar.booking.id,
      label: bar.label,
      row: c.target.id,
      to: c.span,
      environment: c.target.id === c.row.id ? undefined : { from: c.row.id, to: c.target.id },
    });
  };
  const book = (start?: Partial<BookingStart>) => {
    const from = Math.max(nextHour(Date.now()), start?.from ?? 0);
    setCreating({ from, to: from + 8 * 3_600_000, ...start });
  };

  const asTable = search.show === "table";
  const nothing = query.isSuccess && !query.isPlaceholderData && rows.length === 0;
  return (
    <div className={classes.page} data-fill data-full={full || undefined}>
      <div className={classes.toolbar}>
        <SegmentedControl
          size="xs"
          aria-label={t("schedule.view")}
          value={kind}
          onChange={(v) => set({ view: v === "environments" ? undefined : v })}
          data={scheduleViews.map((v) => ({ value: v, label: t(`schedule.views.${v}`) }))}
        />
        {!phone && (
          <ScheduleBarTools
            view={view}
            onView={setView}
            now={now}
            full={full}
            onFull={setFull}
            colour={colour}
            table={asTable}
          />
        )}
        <FilterChips filters={filters} state={state} />
        <div className={classes.spring} />
        {mayBook && (
          <Button leftSection={<IconCalendarPlus size={16} />} onClick={() => book()} className={classes.book}>
            {t("book")}
          </Button>
        )}
      </div>
      {query.isError && pages.length > 0 && <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />}
      {query.isError && pages.length === 0 ? (
        <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />
      ) : pages.length === 0 ? (
        <Loading />
      ) : nothing && (state.filtered || state.unit) ? (
        <EmptyState
          title={t("schedule.filteredOut")}
          body={only === "yes" ? t("schedule.noConflicts") : t("schedule.filteredOutBody")}
          action={
            state.filtered && (
              <Button variant="default" onClick={state.clear}>
                {t("schedule.clear")}
              </Button>
            )
          }
        />
      ) : nothing ? (
        <EmptyState
          title={t(`schedule.empty.${kind}`)}
          body={t("schedule.emptyBody")}
          action={
            can("environment.manage_environment") && (
              <Button onClick={() => void navigate({ to: "/environments" as string })}>
                {t("schedule.toEnvironments")}
              </Button>
            )
          }
        />
      ) : phone ? (
        <Agenda rows={rows} now={now} view={view} onView={setView} onOpen={open} onEnd={more} />
      ) : asTable ? (
        <div className={classes.table}>
          <TimelineTable
            caption={t("schedule.caption", { span: spanWords(view.from, view.to) })}
            rows={rows}
            view={view}
            status={(b) => statusText(b as ScheduleBar)}
            onOpen={(b) => open(b as ScheduleBar)}
          />
          {query.hasNextPage && (
            <Button variant="default" loading={query.isFetchingNextPage} onClick={more}>
              {t("schedule.moreRows")}
            </Button>
          )}
        </div>
      ) : (
        <>
          <Timeline
            label={t("schedule.label")}
            rows={rows}
            view={view}
            onView={setView}
            now={now}
            pending={pending}
            describe={(b) => describe(b as ScheduleBar)}
            onOpen={(b) => open(b as ScheduleBar)}
            onOpenRow={(r) => openRow(r as ScheduleRow)}
            onCreate={
              mayBook && (kind === "environments" || kind === "groups")
                ? (row, span) =>
                    setCreating({
                      ...span,
                      row: row.id,
                      [kind === "groups" ? "group" : "environment"]: row.id,
                    })
                : undefined
            }
            onChange={kind === "environments" ? onChange : undefined}
            onEnd={more}
          />
          <Group gap="md" wrap="nowrap" className={classes.foot}>
            <Text size="xs" c="dimmed" aria-live="polite">
              {query.isFetchingNextPage
                ? t("schedule.reading", { count: loaded })
                : query.hasNextPage
                  ? t("schedule.rowsMore", { count: rows.length })
                  : pages.length > 0
                    ? t("schedule.rows", { count: rows.length })
                    : ""}
            </Text>
            <Legend view={kind} colour={colour} rows={rows} />
            {view.to - view.from >= 13 * 86_400_000 && (
              <div className={classes.map}>
                <MiniMap rows={rows} range={window} view={view} onView={setView} />
              </div>
            )}
          </Group>
          <div className={classes.print}>
            <h2>{t("schedule.caption", { span: spanWords(view.from, view.to) })}</h2>
            <Legend view={kind} colour={colour} rows={rows} />
            <TimelinePages rows={rows} view={view} now={now} />
          </div>
        </>
      )}
      {creating && <BookingDialog start={creating} onClose={() => setCreating(undefined)} />}
      {changing && <ChangeDialog proposed={changing} onClose={() => setChanging(undefined)} />}
      <BookingDrawer id={search.open} onClose={() => set({ open: undefined })} />
    </div>
  );
}

/** The agenda begins today. */
function weekFrom(now: number) {
  const from = midnight(now);
  return { from, to: plusDays(from, 7) };
}

function Loading() {
  return (
    <div className={classes.loading} aria-busy>
      {Array.from({ length: 12 }, (_, i) => (
        <Group key={i} wrap="nowrap">
          <Skeleton h={22} w={200} />
          <Skeleton h={22} ml={`${(i * 17) % 40}%`} w={`${20 + ((i * 23) % 30)}%`} />
        </Group>
      ))}
    </div>
  );
}

function statusText(bar: ScheduleBar): string {
  if (!bar.booking) return bar.label;
  return bar.clash ? t("schedule.inConflict") : t(`statuses.${bar.booking.s}`);
}

/** Changes of environments book as well; their references begin with EC. */
function requestAddress(id: string, name: string): string {
  return /^EC-/.test(name) ? `/environment-change-requests/${id}` : `/booking-requests/${id}`;
}

function rowDetail(kind: ScheduleView, row: ScheduleRow["source"]): string | undefined {
  if (kind === "overview") return t("schedule.environments", { count: row.total ?? 0 });
  if (kind === "groups") return t("schedule.members", { count: row.members?.length ?? 0 });
  if (kind === "requests") return undefined;
  if (!row.bookable) return t("schedule.notBookable");
  return (row.capacity ?? 1) > 1 ? t("schedule.capacity", { count: row.capacity ?? 1 }) : undefined;
}
