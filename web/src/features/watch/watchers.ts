import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, ok, type Schema } from "@/api/client";
import { keys } from "@/api/query";
import { partOf } from "@/api/records";

export type Watcher = Schema<"WatchView">;

export function useWatchers(kind: string, id: string) {
  return useQuery({
    queryKey: keys.part(kind, id, "watchers"),
    queryFn: ({ signal }) => ok(api.GET(partOf(kind, "watchers"), { params: { path: { id } }, signal })),
  });
}

/** Follows the record or stops; the answer is what the list shows next. */
export function useFollowing(kind: string, id: string) {
  const client = useQueryClient();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const change = async (follow: boolean) => {
    setBusy(true);
    setProblem(undefined);
    try {
      const me = { params: { path: { id } } };
      const at = partOf(kind, "watchers/me");
      const list = await ok(follow ? api.PUT(at, me) : api.DELETE(at, me));
      client.setQueryData(keys.part(kind, id, "watchers"), list);
    } catch (error) {
      setProblem(error);
    } finally {
      setBusy(false);
    }
  };
  return { change, busy, problem };
}
