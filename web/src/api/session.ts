import { queryOptions, useQuery } from "@tanstack/react-query";
import { api, ok, type Schema } from "./client";
import { keys } from "./query";

export type Me = Schema<"IdentityMe">;

/** Who is reading, with everything they may do; the shell asks once and every page uses the answer. */
export const meQuery = queryOptions({
  queryKey: keys.one("me", "me"),
  queryFn: ({ signal }) => ok(api.GET("/api/v1/me", { signal })),
  staleTime: 60_000,
});

export function useMe(): Me | undefined {
  return useQuery({ ...meQuery, enabled: false }).data;
}

/**
 * Whether the reader holds a permission anywhere ("people.manage_person"). It decides what is offered; the server
 * decides what is done.
 */
export function useCan(): (permission: string) => boolean {
  const me = useMe();
  return (permission) => me?.permissions?.includes(permission) ?? false;
}
