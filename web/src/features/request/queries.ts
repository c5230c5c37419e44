import { queryOptions, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, ifMatch, ok, type Schema } from "@/api/client";
import { keys } from "@/api/query";

export type BookingItem = Schema<"RequestBookingItem">;
export type BookingRequest = Schema<"RequestBookingView">;
export type ChangeItem = Schema<"ChangeItem">;
export type ChangeRequest = Schema<"ChangeView">;
export type Consequence = Schema<"RequestConsequence">;
export type Position = Schema<"WorkflowPosition">;
export type Course = Schema<"WorkflowCourseView">;
export type Line = Schema<"RequestLineView">;
export type Card = Schema<"ChangeCardView">;
export type Impact = Schema<"ChangeImpact">;
export type Kind = Schema<"RequestTypeView">["kind"];
/** What both sorts of requests have. */
export type Head = Omit<BookingItem, "lines" | "submittedAt">;

export const version = (v: number) => ({ header: { "If-Match": ifMatch(v) } });

const places = {
  booking_request: "/api/v1/booking-requests",
  environment_change_request: "/api/v1/environment-change-requests",
} as const;
export const addressOf = (kind: Kind, id: string): string =>
  kind === "booking_request" ? `/booking-requests/${id}` : `/environment-change-requests/${id}`;
export const tabOf = (kind: Kind): string => (kind === "booking_request" ? "/requests" : "/requests/changes");

// Most routes of the two sorts are alike, so the typed client takes the addresses of one for both.
export const placeOf = (kind: Kind) => places[kind] as (typeof places)["booking_request"];
export const below = <Part extends string>(kind: Kind, part: Part) =>
  `${places[kind]}/{id}/${part}` as `${(typeof places)["booking_request"]}/{id}/${Part}`;
export const bulkOf = (kind: Kind) => `${places[kind]}/bulk-edit` as `${(typeof places)["booking_request"]}/bulk-edit`;

export const bookingQuery = (id: string) =>
  queryOptions({
    queryKey: keys.one("booking_request", id),
    queryFn: ({ signal }) => ok(api.GET("/api/v1/booking-requests/{id}", { params: { path: { id } }, signal })),
  });

export const changeQuery = (id: string) =>
  queryOptions({
    queryKey: keys.one("environment_change_request", id),
    queryFn: ({ signal }) =>
      ok(api.GET("/api/v1/environment-change-requests/{id}", { params: { path: { id } }, signal })),
  });

export function useTypes(kind: Kind) {
  return useQuery({
    queryKey: keys.list("request_type"),
    queryFn: async ({ signal }) => (await ok(api.GET("/api/v1/request-types", { signal }))).items,
    staleTime: 5 * 60_000,
    select: (all) => all.filter((x) => x.kind === kind),
  });
}

/** The statuses of a sort of requests, whatever the type. */
export function useStatuses(kind: Kind) {
  return useQuery({
    queryKey: keys.list("workflow_status", { subject: kind }),
    queryFn: async ({ signal }) =>
      (await ok(api.GET("/api/v1/workflow-statuses", { params: { query: { subject: kind } }, signal }))).items,
    staleTime: 5 * 60_000,
  });
}

export function useCourse(kind: Kind, id: string) {
  return useQuery({
    queryKey: keys.part(kind, id, "workflow"),
    queryFn: ({ signal }) => ok(api.GET(below(kind, "workflow"), { params: { path: { id } }, signal })),
  });
}

export function useRefresh(kind: Kind) {
  const client = useQueryClient();
  return async () => {
    await client.invalidateQueries({ queryKey: keys.all(kind) });
    void client.invalidateQueries({ queryKey: keys.all("booking") });
    void client.invalidateQueries({ queryKey: ["event"] });
  };
}

/** The time slots that lines may name instead of free times. */
export function useSlots() {
  return useQuery({
    queryKey: keys.list("booking_time_slot"),
    queryFn: async ({ signal }) => (await ok(api.GET("/api/v1/booking-time-slots", { signal }))).items,
  });
}

/** What requests are asked before they are sent. */
export function useQuestions() {
  return useQuery({
    queryKey: keys.list("booking_request_question"),
    queryFn: async ({ signal }) => (await ok(api.GET("/api/v1/booking-request-questions", { signal }))).items,
  });
}

export function usePolicy() {
  return useQuery({
    queryKey: keys.one("request_policy", "request_policy"),
    queryFn: ({ signal }) => ok(api.GET("/api/v1/request-policy", { signal })),
    refetchOnWindowFocus: false,
  });
}

export function useUsages() {
  return useQuery({
    queryKey: keys.one("lookup_list", "environment_usage"),
    queryFn: ({ signal }) =>
      ok(api.GET("/api/v1/lookups/{list}", { params: { path: { list: "environment_usage" } }, signal })),
    select: (list) => (list.values ?? []).filter((v) => v.active).map((v) => ({ value: v.id, label: v.name })),
    retry: false,
  });
}

/** The hosts and components of an environment. */
export function useStack(environment: string | undefined) {
  return useQuery({
    queryKey: keys.part("environment", environment ?? "", "stack"),
    queryFn: ({ signal }) =>
      ok(api.GET("/api/v1/environments/{id}/stack", { params: { path: { id: environment ?? "" } }, signal })),
    enabled: Boolean(environment),
  });
}
