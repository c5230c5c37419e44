import { useQuery } from "@tanstack/react-query";
import { api, ifMatch, ok, type Schema } from "@/api/client";
import { keys } from "@/api/query";

export type Environment = Schema<"EnvironmentItem">;
export type EnvironmentView = Schema<"EnvironmentView">;
export type Group = Schema<"EnvironmentGroupItem">;
export type GroupView = Schema<"EnvironmentGroupView">;
export type Stack = Schema<"Stack">;
export type StackHost = Schema<"StackHostStack">;
export type StackComponent = Schema<"StackComponent">;
export type Connection = Schema<"EnvironmentConnected">;
export type Named = Schema<"EnvironmentRef">;
export type LookupValue = Schema<"FieldValue">;

export const kinds = ["physical", "virtual", "cloud", "ephemeral"] as const;
export const dataClasses = ["synthetic", "masked", "production_copy"] as const;
export const directions = ["out", "in", "both"] as const;
export type DataClass = (typeof dataClasses)[number];

export const version = (v: number | string) => ({ header: { "If-Match": ifMatch(v) } });

/** The page of an environment; a key reads better in an address than an id, and the server takes both. */
export const environmentAddress = (id: string): string => `/environments/${id}`;
export const groupAddress = (id: string): string => `/environment-groups/${id}`;

export function useEnvironment(id: string | undefined) {
  return useQuery({
    queryKey: keys.one("environment", id ?? ""),
    queryFn: ({ signal }) => ok(api.GET("/api/v1/environments/{id}", { params: { path: { id: id ?? "" } }, signal })),
    enabled: Boolean(id),
  });
}

export function useGroup(id: string | undefined) {
  return useQuery({
    queryKey: keys.one("environment_group", id ?? ""),
    queryFn: ({ signal }) =>
      ok(api.GET("/api/v1/environment-groups/{id}", { params: { path: { id: id ?? "" } }, signal })),
    enabled: Boolean(id),
  });
}

export function useStack(id: string | undefined) {
  return useQuery({
    queryKey: keys.part("environment", id ?? "", "stack"),
    queryFn: ({ signal }) =>
      ok(api.GET("/api/v1/environments/{id}/stack", { params: { path: { id: id ?? "" } }, signal })),
    enabled: Boolean(id),
  });
}

/** All connections of a group or an environment. */
export function useConnections(of: { group?: string; environment?: string }) {
  return useQuery({
    queryKey: of.group
      ? keys.part("environment_group", of.group, "connections")
      : keys.part("environment", of.environment ?? "", "connections"),
    queryFn: async ({ signal }) => {
      const all: Connection[] = [];
      let cursor: string | undefined;
      do {
        const page = await ok(
          api.GET("/api/v1/environment-connections", { params: { query: { ...of, limit: 500, cursor } }, signal }),
        );
        all.push(...page.items);
        cursor = page.next;
      } while (cursor);
      return all;
    },
    enabled: Boolean(of.group || of.environment),
  });
}

/** The values of a list that an administrator keeps, in their order. */
export function useLookup(list: "environment_usage" | "environment_status" | "stack_layer" | "connection_type") {
  return useQuery({
    queryKey: keys.one("lookup_list", list),
    queryFn: ({ signal }) => ok(api.GET("/api/v1/lookups/{list}", { params: { path: { list } }, signal })),
    staleTime: 5 * 60_000,
    select: (l) => l.values.filter((v) => v.active),
  });
}

/** What holds for all environments. */
export function useSettings() {
  return useQuery({
    queryKey: keys.one("environment_setting", "environment_setting"),
    queryFn: ({ signal }) => ok(api.GET("/api/v1/environment-settings", { signal })),
    staleTime: 10 * 60_000,
  });
}

/** The currency of all costs; euros until it is known. */
export function useCurrency(): string {
  return useSettings().data?.currency ?? "EUR";
}
