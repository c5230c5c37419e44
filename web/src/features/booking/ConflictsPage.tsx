import { Anchor, Button, Group, Skeleton, Stack, Table, Text, TextInput, Title } from "@mantine/core";
import { IconArrowsSplit2, IconCircleCheck } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { api, ok } from "@/api/client";
import { keys } from "@/api/query";
import { useCan } from "@/api/session";
import { EmptyState } from "@/components/EmptyState";
import { FilterChips } from "@/components/list/FilterChips";
import { useListState } from "@/components/list/useListState";
import { ProblemAlert } from "@/components/ProblemAlert";
import { type Bar, Timeline } from "@/components/timeline";
import { dayOf, endOfDay, startOfDay } from "@/lib/day";
import { useUrl } from "@/lib/url";
import classes from "./Board.module.css";
import { BookingDrawer } from "./BookingDrawer";
import { conflictRows, hullOf } from "./conflictRows";
import { ConflictLegend } from "./Legend";
import { BookingStatus, intentText } from "./Marks";
import { type BookingRef, bookingAddress, type ConflictView } from "./queries";
import { ZoomActs } from "./ScheduleTools";
import { Settlement } from "./Settlement";
import { useScheduleFilters } from "./scheduleFilters";
import { lengthWords, plusDays, spanWords } from "./span";
import { t } from "./text";
import { useNow } from "./useNow";
import { useTimeView } from "./useTimeView";

/** All bookings of a window that do not go together, and the smallest set of moves that would settle them. */
export function ConflictsPage() {
  const can = useCan();
  const now = useNow();
  const { search, set } = useUrl();
  const shared = useScheduleFilters();
  const filters = useMemo(() => shared.filter((f) => ["application", "usage", "group"].includes(f.id)), [shared]);
  const state = useListState<unknown>([], filters);
  const first = search.after || dayOf(new Date(now).toISOString());
  const last = search.before || dayOf(new Date(plusDays(now, 90)).toISOString());
  const from = startOfDay(first);
  const to = endOfDay(last) ?? undefined;
  const args = {
    from,
    to,
    unit: state.unit,
    application: state.filterValues.application,
    usage: state.filterValues.usage,
    group: state.filterValues.group,
  };
  const query = useInfiniteQuery({
    queryKey: keys.list("booking", { conflicts: args }),
    queryFn: ({ pageParam, signal }) =>
      ok(api.GET("/api/v1/conflicts", { params: { query: { ...args, limit: 200, cursor: pageParam } }, signal })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next || undefined,
  });
  const items = useMemo(() => query.data?.pages.flatMap((p) => p.items) ?? [], [query.data]);
  const total = query.data?.pages[0]?.total ?? items.length;
  return (
    <Stack gap="md" pb="xl">
      <Group gap="sm" align="flex-end" pt="xs">
        <TextInput
          type="date"
          label={t("from")}
          value={first}
          onChange={(e) => set({ after: e.currentTarget.value || undefined, ...fresh })}
        />
        <TextInput
          type="date"
          label={t("to")}
          value={last}
          onChange={(e) => set({ before: e.currentTarget.value || undefined, ...fresh })}
        />
        <FilterChips filters={filters} state={state} />
        <div style={{ flex: 1 }} />
        {query.data && (
          <Text size="sm" c="dimmed" aria-live="polite">
            {t("conflicts.count", { count: total })}
          </Text>
        )}
      </Group>
      {query.isError ? (
        <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />
      ) : query.isPending ? (
        <Stack gap="sm" aria-busy>
          <Skeleton h={220} />
          <Skeleton h={160} />
        </Stack>
      ) : items.length === 0 && !search.settlement ? (
        <EmptyState
          icon={IconCircleCheck}
          title={t("conflicts.emptyTitle")}
          body={state.filtered || state.unit ? t("conflicts.emptyFiltered") : t("conflicts.emptyBody")}
          action={
            state.filtered && (
              <Button variant="default" onClick={state.clear}>
                {t("schedule.clear")}
              </Button>
            )
          }
        />
      ) : (
        <>
          {items.length > 0 && (
            <Board
              items={items}
              now={now}
              onOpen={(id) => set({ open: id })}
              onEnd={() => query.hasNextPage && !query.isFetchingNextPage && void query.fetchNextPage()}
            />
          )}
          <Settlement
            id={search.settlement}
            question={{ from, to, unit: args.unit, group: args.group, application: args.application }}
            may={can("booking.create_booking")}
            open={items.length > 0}
          />
          {items.length > 0 && (
            <section>
              <Title order={2} mb="xs">
                {t("conflicts.pairs")}
              </Title>
              <Table.ScrollContainer minWidth={760}>
                <Table verticalSpacing="xs">
                  <Table.Thead>
                    <Table.Tr>
                      <Table.Th>{t("environment")}</Table.Th>
                      <Table.Th>{t("conflicts.overlap")}</Table.Th>
                      <Table.Th>{t("conflicts.why")}</Table.Th>
                      <Table.Th>{t("conflicts.first")}</Table.Th>
                      <Table.Th>{t("conflicts.second")}</Table.Th>
                    </Table.Tr>
                  </Table.Thead>
                  <Table.Tbody>
                    {items.map((c) => (
                      <Table.Tr key={`${c.environment.id} ${c.a.id} ${c.b.id}`}>
                        <Table.Th scope="row" fw={500}>
                          {c.environment.name}
                        </Table.Th>
                        <Table.Td>
                          {spanWords(c.overlap.from, c.overlap.to)}
                          <Text size="xs" c="dimmed">
                            {lengthWords(Date.parse(c.overlap.from), Date.parse(c.overlap.to))}
                          </Text>
                        </Table.Td>
                        <Table.Td>{t(`clash.${c.kind}`)}</Table.Td>
                        <Table.Td>
                          <Side booking={c.a} />
                        </Table.Td>
                        <Table.Td>
                          <Side booking={c.b} />
                        </Table.Td>
                      </Table.Tr>
                    ))}
                  </Table.Tbody>
                </Table>
              </Table.ScrollContainer>
              {query.hasNextPage && (
                <Button
                  variant="default"
                  leftSection={<IconArrowsSplit2 size={16} />}
                  loading={query.isFetchingNextPage}
                  onClick={() => void query.fetchNextPage()}
                >
                  {t("more")}
                </Button>
              )}
            </section>
          )}
        </>
      )}
      <BookingDrawer id={search.open} onClose={() => set({ open: undefined })} />
    </Stack>
  );
}

/** Another window asks anew: a settlement of the one before and where one looked at it are over. */
const fresh = { settlement: undefined, from: undefined, to: undefined };

/** The conflicts on a timeline. Where one looks stands in the address. */
function Board(props: { items: ConflictView[]; now: number; onOpen: (id: string) => void; onEnd: () => void }) {
  const { items, now } = props;
  const rows = useMemo(() => conflictRows(items), [items]);
  const [view, setView] = useTimeView(() => hullOf(items, now));
  return (
    <div>
      <div className={classes.board}>
        <Timeline
          label={t("conflicts.timeline")}
          rows={rows}
          view={view}
          onView={setView}
          now={now}
          describe={(bar) => [bar.label, spanWords(bar.from, bar.to), t("schedule.clashes")].join("\n")}
          onOpen={(bar: Bar) => props.onOpen(bar.id)}
          onEnd={props.onEnd}
        />
      </div>
      <Group justify="space-between" gap="md" pt={4}>
        <ConflictLegend />
        <Group gap={4}>
          <ZoomActs view={view} onView={setView} />
        </Group>
      </Group>
    </div>
  );
}

function Side({ booking: b }: { booking: BookingRef }) {
  return (
    <Stack gap={2}>
      <Anchor component={Link} to={bookingAddress(b.id)} fz="sm" fw={500}>
        {`${b.reference} ${b.title}`}
      </Anchor>
      <Text size="xs" c="dimmed">
        {`${spanWords(b.from, b.to)} · ${b.holderName || t("nobody")} · ${intentText(b.intent)}`}
      </Text>
      <span>
        <BookingStatus value={b.status} />
      </span>
    </Stack>
  );
}
