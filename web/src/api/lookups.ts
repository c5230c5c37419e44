import { queryOptions, useQuery } from "@tanstack/react-query";
import type { PickerSource } from "@/lib/picker";
import { api, ok, type Schema } from "./client";
import { keys } from "./query";

// What forms of every feature choose from: units, persons, teams, roles.

export type Unit = Schema<"PeopleUnitView">;

/** All units the reader may see, parents before children, as the tree is drawn. */
export const unitsQuery = queryOptions({
  queryKey: keys.list("unit", { all: true }),
  queryFn: async ({ signal }) => {
    const all: Unit[] = [];
    let cursor: string | undefined;
    do {
      const page = await ok(api.GET("/api/v1/units", { params: { query: { limit: 500, cursor } }, signal }));
      all.push(...page.items);
      cursor = page.next;
    } while (cursor);
    return inTreeOrder(all);
  },
  staleTime: 5 * 60_000,
});

export function useUnits() {
  return useQuery(unitsQuery);
}

/** The name of a unit, for cells; a dash while it is not known. */
export function useUnitName(): (id: string | undefined) => string {
  const { data = [] } = useUnits();
  return (id) => data.find((u) => u.id === id)?.name ?? "";
}

/** Depth-first, siblings by name. */
export function inTreeOrder(units: Unit[]): Unit[] {
  const known = new Set(units.map((u) => u.id));
  const children = new Map<string, Unit[]>();
  for (const u of units) {
    const parent = u.parentId && known.has(u.parentId) ? u.parentId : "";
    children.set(parent, [...(children.get(parent) ?? []), u]);
  }
  const out: Unit[] = [];
  const walk = (parent: string) => {
    const list = (children.get(parent) ?? []).sort((a, b) => a.name.localeCompare(b.name));
    for (const u of list) {
      out.push(u);
      walk(u.id);
    }
  };
  walk("");
  return out;
}

export const personPicker: PickerSource = {
  key: "person",
  find: async (q, signal) => {
    const page = await ok(api.GET("/api/v1/persons", { params: { query: { q: q || undefined, limit: 20 } }, signal }));
    return page.items.map((p) => ({ value: p.id, label: p.name }));
  },
  name: async (id, signal) => (await ok(api.GET("/api/v1/persons/{id}", { params: { path: { id } }, signal }))).name,
};

export const teamPicker: PickerSource = {
  key: "team",
  find: async (q, signal) => {
    const page = await ok(api.GET("/api/v1/teams", { params: { query: { q: q || undefined, limit: 20 } }, signal }));
    return page.items.map((p) => ({ value: p.id, label: p.name }));
  },
  name: async (id, signal) => (await ok(api.GET("/api/v1/teams/{id}", { params: { path: { id } }, signal }))).name,
};

export const serviceAccountPicker: PickerSource = {
  key: "service_account",
  find: async (q, signal) => {
    const page = await ok(api.GET("/api/v1/service-accounts", { params: { query: { limit: 100 } }, signal }));
    const words = q.toLowerCase();
    return page.items.filter((a) => a.name.toLowerCase().includes(words)).map((a) => ({ value: a.id, label: a.name }));
  },
};

export const applicationPicker: PickerSource = {
  key: "application",
  find: async (q, signal) => {
    const page = await ok(
      api.GET("/api/v1/applications", { params: { query: { q: q || undefined, limit: 20 } }, signal }),
    );
    return page.items.map((a) => ({ value: a.id, label: a.name }));
  },
  name: async (id, signal) =>
    (await ok(api.GET("/api/v1/applications/{id}", { params: { path: { id } }, signal }))).name,
};

export const repositoryPicker: PickerSource = {
  key: "repository",
  find: async (q, signal) => {
    const page = await ok(
      api.GET("/api/v1/repositories", { params: { query: { q: q || undefined, limit: 20 } }, signal }),
    );
    return page.items.map((r) => ({ value: r.key, label: r.key }));
  },
  name: async (value) => value,
};

export const environmentPicker: PickerSource = {
  key: "environment",
  find: async (q, signal) => {
    const page = await ok(
      api.GET("/api/v1/environments", { params: { query: { q: q || undefined, limit: 20 } }, signal }),
    );
    return page.items.map((e) => ({ value: e.id, label: e.name }));
  },
  name: async (id, signal) =>
    (await ok(api.GET("/api/v1/environments/{id}", { params: { path: { id } }, signal }))).name,
};

export const groupPicker: PickerSource = {
  key: "environment_group",
  find: async (q, signal) => {
    const page = await ok(
      api.GET("/api/v1/environment-groups", { params: { query: { q: q || undefined, limit: 20 } }, signal }),
    );
    return page.items.map((g) => ({ value: g.id, label: g.name }));
  },
  name: async (id, signal) =>
    (await ok(api.GET("/api/v1/environment-groups/{id}", { params: { path: { id } }, signal }))).name,
};
