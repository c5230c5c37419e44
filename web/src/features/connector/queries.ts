import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { api, ifMatch, ok, type Schema } from "@/api/client";
import { keys } from "@/api/query";
import type { PickerSource } from "@/lib/picker";

export type Connection = Schema<"ConnectorConnection">;
export type Kind = Schema<"ConnectorDescription">;
export type Run = Schema<"ConnectorRun">;

export const version = (v: number) => ({ header: { "If-Match": ifMatch(v) } });
export const active = (run: Run | undefined) => run?.state === "QUEUED" || run?.state === "RUNNING";

export function useKinds() {
  return useQuery({
    queryKey: keys.list("connector_kind"),
    queryFn: async ({ signal }) => (await ok(api.GET("/api/v1/connector-kinds", { signal }))).items,
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** The connection of the address. While it runs it is asked for each second. */
export function useConnection() {
  const { id } = useParams({ strict: false }) as { id: string };
  return useQuery({
    queryKey: keys.one("connection", id),
    queryFn: ({ signal }) => ok(api.GET("/api/v1/connections/{id}", { params: { path: { id } }, signal })),
    refetchInterval: (q) => (active(q.state.data?.lastRun) ? 1000 : false),
  });
}

export function useRefresh() {
  const client = useQueryClient();
  return async () => {
    await client.invalidateQueries({ queryKey: keys.all("connection") });
    void client.invalidateQueries({ queryKey: ["job"] });
    void client.invalidateQueries({ queryKey: ["event"] });
  };
}

export const connectionPicker: PickerSource = {
  key: "connection",
  find: async (q, signal) => {
    const page = await ok(
      api.GET("/api/v1/connections", { params: { query: { q: q || undefined, limit: 20 } }, signal }),
    );
    return page.items.map((c) => ({ value: c.id, label: c.name }));
  },
  name: async (id, signal) =>
    (await ok(api.GET("/api/v1/connections/{id}", { params: { path: { id } }, signal }))).name,
};
