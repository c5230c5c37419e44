import { useQuery } from "@tanstack/react-query";
import { api, ok, type Schema } from "@/api/client";

export type Permission = Schema<"AuthzDeclaration">;

/** Every permission there is, in the words of its slice. */
export function usePermissions() {
  return useQuery({
    queryKey: ["permission", "list"],
    queryFn: async ({ signal }) => (await ok(api.GET("/api/v1/permissions", { signal }))).items,
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** The permissions by the slice they belong to ("people", "delivery"), in the order the server lists them. */
export function bySlice(all: Permission[]): [string, Permission[]][] {
  const groups = new Map<string, Permission[]>();
  for (const p of all) {
    const slice = p.permission.split(".")[0] ?? "";
    groups.set(slice, [...(groups.get(slice) ?? []), p]);
  }
  return [...groups];
}
