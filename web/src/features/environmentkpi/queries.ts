import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { api, ok } from "@/api/client";
import { keys } from "@/api/query";
import { zoneName } from "@/lib/time";
import { useUrl } from "@/lib/url";
import { isMonth, lastMonth } from "./report";

/** What the page is about, all of it read from the address. */
export function useQuestion() {
  const { search, set } = useUrl();
  const month = isMonth(search.month) ? search.month : lastMonth();
  return { month, set, search, query: { month, unit: search.unit || undefined, zone: search.tz || zone() } };
}

function zone(): string {
  const name = zoneName();
  return name === "local time" ? "UTC" : name;
}

export type Question = ReturnType<typeof useQuestion>["query"];

export function useReport(query: Question) {
  return useQuery({
    queryKey: ["report", "environment-kpi", query],
    queryFn: ({ signal }) => ok(api.GET("/api/v1/reports/environment-kpi", { params: { query }, signal })),
    placeholderData: keepPreviousData,
  });
}

export function useEnvironmentUse(query: Question & { environment?: string }) {
  return useQuery({
    queryKey: ["report", "environment-utilisation", query],
    queryFn: ({ signal }) => ok(api.GET("/api/v1/reports/environment-utilisation", { params: { query }, signal })),
    placeholderData: keepPreviousData,
  });
}

export function useEnvironment(id: string) {
  return useQuery({
    queryKey: keys.one("environment", id),
    queryFn: ({ signal }) => ok(api.GET("/api/v1/environments/{id}", { params: { path: { id } }, signal })),
  });
}

export function useAdvice(query: Question & { environment?: string }) {
  return useQuery({
    queryKey: ["report", "environment-advice", query],
    queryFn: ({ signal }) => ok(api.GET("/api/v1/reports/environment-advice", { params: { query }, signal })),
    placeholderData: keepPreviousData,
  });
}

export function useSubscriptions() {
  return useQuery({
    queryKey: keys.list("report_subscription"),
    queryFn: ({ signal }) => ok(api.GET("/api/v1/report-subscriptions", { params: { query: { limit: 500 } }, signal })),
  });
}
