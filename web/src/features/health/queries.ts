import { useQuery } from "@tanstack/react-query";
import { api, ifMatch, ok, type Schema } from "@/api/client";
import { keys } from "@/api/query";

export type Tile = Schema<"HealthTile">;
export type Health = Tile["health"];
export type HealthEvent = Schema<"HealthEvent">;
export type Outage = Schema<"HealthItem">;
export type OutageView = Schema<"HealthView">;
export type ToldItem = Schema<"HealthTold">;
export type Suspect = Schema<"HealthSuspect">;

/** The worst first: what one must look at stands in front. */
export const healths = ["offline", "issue", "unknown", "no_data", "online"] as const;
export const outageKinds = ["unplanned", "planned"] as const;

export const version = (v: number | string) => ({ header: { "If-Match": ifMatch(v) } });
export const outageAddress = (id: string): string => `/outages/${id}`;
export const environmentHealthAddress = (id: string): string => `/environments/${id}/health`;

/** How the named environments are, in requests of a size that an address can bear. */
export async function loadHealth(ids: string[], signal: AbortSignal): Promise<Map<string, Health>> {
  const out = new Map<string, Health>();
  for (let i = 0; i < ids.length; i += 100) {
    const some = ids.slice(i, i + 100);
    const board = await ok(
      // Several values travel in one parameter, separated by commas.
      api.GET("/api/v1/health", { params: { query: { environment: some.join(",") as never, limit: 100 } }, signal }),
    );
    for (const tile of board.items) out.set(tile.id, tile.health);
  }
  return out;
}

export function useOutage(id: string | undefined) {
  return useQuery({
    queryKey: keys.one("outage", id ?? ""),
    queryFn: ({ signal }) => ok(api.GET("/api/v1/outages/{id}", { params: { path: { id: id ?? "" } }, signal })),
    enabled: Boolean(id),
  });
}

export function useImpact(id: string) {
  return useQuery({
    queryKey: keys.part("outage", id, "impact"),
    queryFn: ({ signal }) => ok(api.GET("/api/v1/outages/{id}/impact", { params: { path: { id } }, signal })),
  });
}
