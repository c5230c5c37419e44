import { queryOptions, useQuery } from "@tanstack/react-query";
import { api, ifMatch, ok, type Schema } from "@/api/client";
import { unitsQuery } from "@/api/lookups";
import { keys } from "@/api/query";
import type { PickerSource } from "@/lib/picker";

export type Window = Schema<"CalendarWindowView">;
export type NewWindow = Schema<"CalendarNewWindow">;
export type FreezeType = Schema<"CalendarFreezeType">;
export type Consequence = Schema<"CalendarConsequence">;
export type Kind = Window["kind"];

export const kinds: Kind[] = ["freeze", "holiday", "maintenance"];
/** The word of the API's events for a kind, which the event stream finds queries by. */
export const subjects: Record<Kind, string> = {
  freeze: "freeze",
  holiday: "holiday",
  maintenance: "maintenance_window",
};
const places = {
  freeze: "/api/v1/freezes",
  holiday: "/api/v1/holidays",
  maintenance: "/api/v1/maintenance-windows",
} as const;
export const tabOf: Record<Kind, string> = {
  freeze: "/calendar/freezes",
  holiday: "/calendar/holidays",
  maintenance: "/calendar/maintenance-windows",
};

// The three kinds are alike, so the typed client takes the addresses of one for all.
export const listOf = (kind: Kind) => places[kind] as (typeof places)["freeze"];
export const oneOfKind = (kind: Kind) => `${places[kind]}/{id}` as `${(typeof places)["freeze"]}/{id}`;
export const actOf = <Act extends "cancel" | "reinstate" | "duplicate">(kind: Kind, act: Act) =>
  `${places[kind]}/{id}/${act}` as `${(typeof places)["freeze"]}/{id}/${Act}`;
export const bulkOf = (kind: Kind) => `${places[kind]}/bulk-edit` as `${(typeof places)["freeze"]}/bulk-edit`;

export const version = (v: number) => ({ header: { "If-Match": ifMatch(v) } });

export const typesQuery = queryOptions({
  queryKey: keys.list("freeze_type"),
  queryFn: async ({ signal }) => (await ok(api.GET("/api/v1/freeze-types", { signal }))).items,
});
export const useFreezeTypes = () => useQuery(typesQuery);

export const windowQuery = (kind: Kind, id: string | undefined) =>
  queryOptions({
    queryKey: keys.one(subjects[kind], id ?? ""),
    queryFn: ({ signal }) => ok(api.GET(oneOfKind(kind), { params: { path: { id: id ?? "" } }, signal })),
    enabled: Boolean(id),
  });

export const unitPicker: PickerSource = {
  key: "unit",
  find: async (q, signal) => {
    const all = await (unitsQuery.queryFn as (c: { signal: AbortSignal }) => Promise<Schema<"PeopleUnitView">[]>)({
      signal,
    });
    const words = q.toLowerCase();
    return all
      .filter((u) => u.name.toLowerCase().includes(words))
      .slice(0, 20)
      .map((u) => ({ value: u.id, label: u.name }));
  },
  name: async (id, signal) => (await ok(api.GET("/api/v1/units/{id}", { params: { path: { id } }, signal }))).name,
};
