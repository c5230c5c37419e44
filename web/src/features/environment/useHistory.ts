import { type UseInfiniteQueryResult, useInfiniteQuery } from "@tanstack/react-query";
import { api, ok } from "@/api/client";
import { keys } from "@/api/query";
import { endOfDay, startOfDay } from "@/lib/day";
import { textOr } from "@/lib/i18n";
import { duration, localTime, withLocalTimes } from "@/lib/time";
import { type Entry, type HistoryKind, merged } from "./history";
import { t } from "./text";

interface Page {
  entries: Entry[];
  next?: string;
}

/** How many of each source are read at once. */
const limit = 40;

const when = (at: string) => localTime(new Date(at));

/** What happened to an environment: its changes, versions, outages and bookings, newest first and without gaps. */
export function useHistory(id: string, kinds: HistoryKind[], from: string | undefined, to: string | undefined) {
  const begin = startOfDay(from ?? "");
  const end = endOfDay(to ?? "") ?? undefined;
  const source = (kind: HistoryKind, page: (cursor: string | undefined, signal: AbortSignal) => Promise<Page>) => ({
    queryKey: keys.part("environment", id, "history", { kind, begin, end }),
    queryFn: ({ pageParam, signal }: { pageParam: string | undefined; signal: AbortSignal }) => page(pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last: Page) => last.next || undefined,
    enabled: kinds.includes(kind),
  });

  const queries: Record<HistoryKind, UseInfiniteQueryResult<{ pages: Page[] }>> = {
    change: useInfiniteQuery(
      source("change", async (cursor, signal) => {
        const query = { subjectKind: "environment", subjectId: id, from: begin, to: end, cursor, limit };
        const page = await ok(api.GET("/api/v1/events", { params: { query: query as never }, signal }));
        const own = page.items.filter((e) => e.kind !== "environment.version_changed"); // the versions tell them
        const entries = own.map(
          (e): Entry => ({ id: e.id, kind: "change", at: e.at, text: withLocalTimes(e.sentence) }),
        );
        return { entries, next: page.next };
      }),
    ),
    version: useInfiniteQuery(
      source("version", async (cursor, signal) => {
        const params = { path: { id }, query: { cursor, limit } };
        const page = await ok(api.GET("/api/v1/environments/{id}/version-history", { params, signal }));
        const entries = page.items.map(
          (v, i): Entry => ({
            id: `${v.componentId} ${v.at} ${i}`,
            kind: "version",
            at: v.at,
            text: v.previous
              ? t("history.went", { name: v.name, from: v.previous, to: v.version || t("stack.noVersion") })
              : t("history.came", { name: v.name, to: v.version || t("stack.noVersion") }),
            detail: [textOr("environment", `sources.${v.source}`, v.source), v.actor].filter(Boolean).join(" · "),
          }),
        );
        return { entries, next: page.next };
      }),
    ),
    outage: useInfiniteQuery(
      source("outage", async (cursor, signal) => {
        const query = { environment: id, from: begin, to: end, cursor, limit };
        const page = await ok(api.GET("/api/v1/outages", { params: { query }, signal }));
        const entries = page.items.map(
          (o): Entry => ({
            id: o.id,
            kind: "outage",
            at: o.startedAt,
            text: o.title,
            detail: `${t(`history.outages.${o.kind}`)} · ${
              o.open ? t("history.open") : t("history.lasted", { time: duration(o.outSeconds) })
            }`,
            to: `/outages/${o.id}`,
          }),
        );
        return { entries, next: page.next };
      }),
    ),
    booking: useInfiniteQuery(
      source("booking", async (cursor, signal) => {
        // Without an end it is what has begun: what lies ahead is no history yet.
        const until = end ?? new Date(Math.ceil(Date.now() / 60_000) * 60_000).toISOString();
        const query = { environment: [id], from: begin, to: until, order: "desc" as const, cursor, limit };
        const page = await ok(api.GET("/api/v1/bookings", { params: { query }, signal }));
        const entries = page.items.map(
          (b): Entry => ({
            id: b.id,
            kind: "booking",
            at: b.from,
            text: `${b.reference} ${b.title}`,
            detail: [
              t(`history.statuses.${b.status}`),
              b.holder?.name ?? b.requesterName,
              t("history.until", { time: when(b.to) }),
            ].join(" · "),
            to: `/bookings/${b.id}`,
          }),
        );
        return { entries, next: page.next };
      }),
    ),
  };

  const asked = kinds.map((k) => queries[k]);
  const { entries, short } = merged(
    asked.map((q) => ({ entries: q.data?.pages.flatMap((p) => p.entries) ?? [], more: q.hasNextPage })),
  );
  const after = begin ? Date.parse(begin) : Number.NEGATIVE_INFINITY;
  const before = end ? Date.parse(end) : Number.POSITIVE_INFINITY;
  const failed = asked.find((q) => q.isError);
  return {
    // An outage or a booking counts for the day it began; the versions are not narrowed by the server.
    entries: entries.filter((e) => Date.parse(e.at) >= after && Date.parse(e.at) <= before),
    pending: asked.some((q) => q.isPending),
    reading: asked.some((q) => q.isFetchingNextPage),
    more: short.length > 0 && !entries.some((e) => Date.parse(e.at) < after),
    readOn: () => {
      for (const i of short) void asked[i]?.fetchNextPage();
    },
    error: failed?.error,
    retry: () => {
      for (const q of asked) if (q.isError) void q.refetch();
    },
  };
}
