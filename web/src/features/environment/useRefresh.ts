import { useQueryClient } from "@tanstack/react-query";
import { keys } from "@/api/query";

/** Marks everything old that shows connections. */
export function useGroupConnectionsRefresh(): () => Promise<unknown> {
  const client = useQueryClient();
  return () =>
    Promise.all([
      client.invalidateQueries({ queryKey: keys.all("environment_group") }),
      client.invalidateQueries({ queryKey: keys.all("environment") }),
      client.invalidateQueries({ queryKey: ["environment_map"] }),
    ]);
}
