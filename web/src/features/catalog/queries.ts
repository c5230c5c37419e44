import { useQuery } from "@tanstack/react-query";
import { api, ifMatch, ok, type Schema } from "@/api/client";
import { keys } from "@/api/query";
import type { PickerSource } from "@/lib/picker";

export type Application = Schema<"CatalogItem">;
export type ApplicationView = Schema<"CatalogView">;
export type Component = Schema<"CatalogComponent">;
export type Dependency = Schema<"CatalogDependencyView">;
export type Criticality = Application["criticality"];

export const criticalities = ["MISSION_CRITICAL", "HIGH", "MEDIUM", "LOW"] as const;
export const statuses = ["ACTIVE", "INACTIVE"] as const;
export const dependencyTypes = ["RUNTIME", "BUILD", "DATA", "OTHER"] as const;

export const version = (v: number | string) => ({ header: { "If-Match": ifMatch(v) } });

/** The page of an application. */
export const applicationAddress = (id: string): string => `/applications/${id}`;

export function useApplication(id: string | undefined) {
  return useQuery({
    queryKey: keys.one("application", id ?? ""),
    queryFn: ({ signal }) => ok(api.GET("/api/v1/applications/{id}", { params: { path: { id: id ?? "" } }, signal })),
    enabled: Boolean(id),
  });
}

/** The vendors that applications name; typing a new one offers it as it is. */
export const vendorPicker: PickerSource = {
  key: "application",
  find: async (q, signal) => {
    const page = await ok(api.GET("/api/v1/applications", { params: { query: { limit: 500 } }, signal }));
    const known = [...new Set(page.items.flatMap((a) => (a.vendor ? [a.vendor] : [])))].sort();
    const found = known.filter((v) => v.toLowerCase().includes(q.toLowerCase()));
    if (q && !found.includes(q)) found.push(q);
    return found.map((v) => ({ value: v, label: v }));
  },
  name: async (value) => value,
};
