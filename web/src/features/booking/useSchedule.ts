import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { useMemo, useRef } from "react";
import { api, ok } from "@/api/client";
import { keys } from "@/api/query";
import { nextWindow, type SchedulePage, type ScheduleView } from "./schedule";
import { iso, type Span } from "./span";

export type ScheduleFilters = {
  unit?: string;
  application?: string;
  usage?: string;
  group?: string;
  environment?: string;
  status?: string;
  holder?: string;
  intent?: string;
  release?: string;
  q?: string;
  /** What else the bars tell. */
  label?: "release" | "group";
};

const first = 200;
const further = 600;

/**
 * The schedule of a view, read page by page of rows. What is read reaches beyond the view on both sides, so that moving a
 * little asks for nothing; when it must be read again, as many rows come as were there, so that nothing jumps.
 */
export function useSchedule(kind: ScheduleView, view: Span, filters: ScheduleFilters) {
  const kept = useRef<Span | undefined>(undefined);
  const span = nextWindow(kept.current, view);
  kept.current = span;
  const loaded = useRef(0);
  const query = useInfiniteQuery({
    queryKey: keys.list("booking", { schedule: kind, from: span.from, to: span.to, ...filters }),
    queryFn: async ({ pageParam, signal }) => {
      const limit = pageParam ? further : Math.min(2000, Math.max(first, loaded.current));
      const answer = await ok(
        api.GET("/api/v1/schedule", {
          params: {
            query: { view: kind, from: iso(span.from), to: iso(span.to), limit, cursor: pageParam, ...filters },
          } as never,
          signal,
        }),
      );
      return answer as unknown as SchedulePage;
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next || undefined,
    placeholderData: keepPreviousData,
  });
  // The pages of another view are other rows; only a change of time keeps them in place.
  const same = query.data?.pages[0]?.view === kind;
  const pages = useMemo(() => (same ? (query.data?.pages ?? []) : []), [query.data, same]);
  loaded.current = pages.reduce((n, p) => n + p.rows.length, 0);
  return { query, pages, window: span, loaded: loaded.current };
}
