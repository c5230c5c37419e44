import { useQuery } from "@tanstack/react-query";
import { api, ifMatch, ok, type Schema } from "@/api/client";
import { keys } from "@/api/query";

export type Person = Schema<"PeoplePersonView">;
export type Team = Schema<"PeopleTeamView">;
export type TeamWithMembers = Schema<"PeopleTeamWithMembersView">;
export type Unit = Schema<"PeopleUnitView">;
export type Role = Schema<"PeopleRoleView">;
export type Grant = Schema<"PeopleGrantView">;
export type Consequence = Schema<"PeopleConsequence">;

export const version = (v: number) => ({ header: { "If-Match": ifMatch(v) } });

export function usePerson(id: string | undefined) {
  return useQuery({
    queryKey: keys.one("person", id ?? ""),
    queryFn: ({ signal }) => ok(api.GET("/api/v1/persons/{id}", { params: { path: { id: id ?? "" } }, signal })),
    enabled: Boolean(id),
  });
}

export function useTeam(id: string | undefined) {
  return useQuery({
    queryKey: keys.one("team", id ?? ""),
    queryFn: ({ signal }) => ok(api.GET("/api/v1/teams/{id}", { params: { path: { id: id ?? "" } }, signal })),
    enabled: Boolean(id),
  });
}

export function useRole(id: string | undefined) {
  return useQuery({
    queryKey: keys.one("role", id ?? ""),
    queryFn: ({ signal }) => ok(api.GET("/api/v1/roles/{id}", { params: { path: { id: id ?? "" } }, signal })),
    enabled: Boolean(id),
  });
}

/** All roles; there are never many. */
export function useRoles() {
  return useQuery({
    queryKey: keys.list("role", { all: true }),
    queryFn: async ({ signal }) => (await ok(api.GET("/api/v1/roles", { signal }))).items,
  });
}
