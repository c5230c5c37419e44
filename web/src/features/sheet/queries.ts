import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, ifMatch, ok, type Schema } from "@/api/client";
import { applicationPicker, personPicker } from "@/api/lookups";
import { keys } from "@/api/query";
import type { PickerSource } from "@/lib/picker";
import { isWorking } from "./rules";

export type SheetImport = Schema<"SheetView">;
export type ImportSummary = Schema<"SheetSummary">;
export type ImportRow = Schema<"SheetRowView">;
export type Clash = Schema<"SheetClashView">;
export type Question = Schema<"SheetQuestion">;
export type ImportChange = Schema<"SheetImportChange">;
export type Kind = NonNullable<SheetImport["kind"]>;
export type ClashChoice = SheetImport["choices"]["clashes"];
export type ValueChoice = { act: "create" | "map" | "skip"; to?: string };

export const kind = "environment_import";
export const importAddress = (id: string): string => `/environments/import/${id}`;

/** An import; while the server works on it, it is asked again and again. */
export function useImport(id: string) {
  return useQuery({
    queryKey: keys.one(kind, id),
    queryFn: ({ signal }) => ok(api.GET("/api/v1/environment-imports/{id}", { params: { path: { id } }, signal })),
    refetchInterval: (query) => (query.state.data && isWorking(query.state.data.state) ? 1_000 : false),
  });
}

/** What can be done to an import; each answer is the import as it is then. */
export function useImportActs(of: SheetImport) {
  const client = useQueryClient();
  const params = { path: { id: of.id }, header: { "If-Match": ifMatch(of.version) } };
  const keep = (next: SheetImport) => {
    client.setQueryData(keys.one(kind, of.id), next);
    void client.invalidateQueries({ queryKey: [kind, "list"] });
    return next;
  };
  const matched = (next: SheetImport) => ({
    path: { id: next.id },
    header: { "If-Match": ifMatch(next.version) },
  });
  return {
    change: async (body: ImportChange) =>
      keep(await ok(api.PATCH("/api/v1/environment-imports/{id}", { params, body }))),
    /** Saves what was chosen and has it checked. */
    check: async (body: ImportChange) => {
      const next = keep(await ok(api.PATCH("/api/v1/environment-imports/{id}", { params, body })));
      return keep(await ok(api.POST("/api/v1/environment-imports/{id}/check", { params: matched(next) })));
    },
    run: async () => keep(await ok(api.POST("/api/v1/environment-imports/{id}/run", { params }))),
    stop: async () => keep(await ok(api.POST("/api/v1/environment-imports/{id}/stop", { params }))),
    undo: async () => {
      const answer = await ok(api.POST("/api/v1/environment-imports/{id}/undo", { params }));
      if (answer.import) keep(answer.import);
    },
    undoPreview: async () =>
      (
        await ok(
          api.POST("/api/v1/environment-imports/{id}/undo", {
            params: { path: { id: of.id }, query: { dryRun: true } },
          }),
        )
      ).consequences,
    discard: async () => {
      await ok(api.DELETE("/api/v1/environment-imports/{id}", { params }));
      await client.invalidateQueries({ queryKey: [kind, "list"] });
      client.removeQueries({ queryKey: keys.one(kind, of.id) });
    },
    saveMapping: async (name: string) => {
      await ok(
        api.POST("/api/v1/environment-imports/{id}/mapping", { params: { path: { id: of.id } }, body: { name } }),
      );
      await client.invalidateQueries({ queryKey: ["environment_import_mapping"] });
    },
  };
}

/** What becomes of the rows, a page at a time. */
export function useRows(of: SheetImport, filter: { act?: string; clashing?: boolean }) {
  return useInfiniteQuery({
    queryKey: keys.part(kind, of.id, "rows", { version: of.version, ...filter }),
    queryFn: ({ pageParam, signal }) =>
      ok(
        api.GET("/api/v1/environment-imports/{id}/rows", {
          params: {
            path: { id: of.id },
            query: {
              act: filter.act ? [filter.act as ImportRow["act"]] : undefined,
              clashing: filter.clashing || undefined,
              cursor: pageParam,
              limit: 50,
            },
          },
          signal,
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next || undefined,
  });
}

export function useClashes(of: SheetImport, enabled: boolean) {
  return useInfiniteQuery({
    queryKey: keys.part(kind, of.id, "clashes", { version: of.version }),
    queryFn: ({ pageParam, signal }) =>
      ok(
        api.GET("/api/v1/environment-imports/{id}/clashes", {
          params: { path: { id: of.id }, query: { cursor: pageParam, limit: 50 } },
          signal,
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next || undefined,
    enabled,
  });
}

/** Every saved mapping of the units whose sheets the reader imports. */
export function useMappings() {
  return useQuery({
    queryKey: keys.list("environment_import_mapping"),
    queryFn: async ({ signal }) => {
      const all: Schema<"SheetMapping">[] = [];
      let cursor: string | undefined;
      do {
        const page = await ok(
          api.GET("/api/v1/environment-import-mappings", { params: { query: { limit: 500, cursor } }, signal }),
        );
        all.push(...page.items);
        cursor = page.next;
      } while (cursor);
      return all;
    },
  });
}

const environmentPicker: PickerSource = {
  key: "environment",
  find: async (q, signal) => {
    const page = await ok(
      api.GET("/api/v1/environments", { params: { query: { q: q || undefined, limit: 20 } }, signal }),
    );
    return page.items.map((e) => ({ value: e.id, label: `${e.key} ${e.name === e.key ? "" : e.name}`.trim() }));
  },
  name: async (id, signal) =>
    (await ok(api.GET("/api/v1/environments/{id}", { params: { path: { id } }, signal }))).name,
};

const groupPicker: PickerSource = {
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

const unitPicker: PickerSource = {
  key: "unit",
  find: async (q, signal) => {
    const page = await ok(api.GET("/api/v1/units", { params: { query: { limit: 500 } }, signal }));
    const words = q.toLowerCase();
    return page.items.filter((u) => u.name.toLowerCase().includes(words)).map((u) => ({ value: u.id, label: u.name }));
  },
};

const listPicker = (list: string): PickerSource => ({
  key: `lookup_${list}`,
  find: async (q, signal) => {
    const found = await ok(api.GET("/api/v1/lookups/{list}", { params: { path: { list } }, signal }));
    const words = q.toLowerCase();
    return found.values
      .filter((v) => v.active && v.name.toLowerCase().includes(words))
      .map((v) => ({ value: v.id, label: v.name }));
  },
});

/** Where a name of the sheet may point. */
export const pickers: Record<string, PickerSource> = {
  application: applicationPicker,
  person: personPicker,
  environment: environmentPicker,
  group: groupPicker,
  unit: unitPicker,
  usage: listPicker("environment_usage"),
  status: listPicker("environment_status"),
  layer: listPicker("stack_layer"),
};
