import { useQuery } from "@tanstack/react-query";
import { api, ok } from "@/api/client";
import { keys } from "@/api/query";
import type { Search } from "@/lib/url";
import type { SavedView } from "./queries";

/** What of the address a view keeps; the open record is not part of it. */
export const kept = [
  "view",
  "from",
  "to",
  "colour",
  "show",
  "application",
  "usage",
  "group",
  "status",
  "holder",
  "release",
  "intent",
  "only",
];

export function viewOf(search: Search): Record<string, string> {
  return Object.fromEntries(kept.flatMap((k) => (search[k] ? [[k, search[k] as string]] : [])));
}

/** Whether the address shows a saved view, wherever in time one has moved meanwhile. */
export function showsView(search: Search, view: Pick<SavedView, "query">): boolean {
  const rest = (query: Record<string, string>) =>
    Object.entries(query)
      .filter(([k, v]) => k !== "from" && k !== "to" && v)
      .map(([k, v]) => `${k}=${v}`)
      .sort()
      .join("&");
  const wanted = rest((view.query ?? {}) as Record<string, string>);
  // A view of nothing but a time would be every schedule.
  return wanted !== "" && wanted === rest(viewOf(search));
}

export function useSavedViews(enabled = true) {
  return useQuery({
    queryKey: keys.list("schedule_view"),
    queryFn: ({ signal }) => ok(api.GET("/api/v1/schedule-views", { signal })),
    enabled,
  });
}
