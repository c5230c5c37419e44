import { useMemo } from "react";
import { useUnitScope, useUrl } from "@/lib/url";
import type { ListColumn, ListFilter } from "./types";

/** Everything that restores a list, read from the address and written back to it. */
export function useListState<T>(columns: ListColumn<T>[], filters: ListFilter[], defaultSort?: string) {
  const { search, set } = useUrl();
  const unit = useUnitScope();
  const shown = search.cols;
  const visible = useMemo(() => {
    const [first, ...rest] = columns;
    const chosen = shown?.split(",");
    const others = rest.filter((c) => (chosen ? chosen.includes(c.id) : !c.hidden));
    return first ? [first, ...others] : [];
  }, [columns, shown]);
  const active = filters.filter((f) => search[f.id]);
  return {
    unit,
    q: search.q ?? "",
    sort: search.sort ?? defaultSort,
    open: search.open,
    visible,
    filterValues: Object.fromEntries(filters.map((f) => [f.id, search[f.id]])) as Record<string, string | undefined>,
    active,
    filtered: active.length > 0 || Boolean(search.q),
    setQ: (q: string) => set({ q: q || undefined }, { replace: true }),
    setSort: (sort: string | undefined) => set({ sort: sort === defaultSort ? undefined : sort }, { replace: true }),
    setFilter: (id: string, value: string | undefined) => set({ [id]: value || undefined }),
    setColumns: (ids: string[] | undefined) => set({ cols: ids?.join(",") }, { replace: true }),
    setOpen: (id: string | undefined) => set({ open: id }),
    clear: () => set({ q: undefined, ...Object.fromEntries(filters.map((f) => [f.id, undefined])) }),
    /** The part of the address a saved view keeps. */
    view: Object.fromEntries(
      ["q", "sort", "cols", ...filters.map((f) => f.id)].map((k) => [k, search[k]]).filter(([, v]) => v),
    ) as Record<string, string>,
    setView: (view: Record<string, string>) =>
      set({
        ...Object.fromEntries(["q", "sort", "cols", ...filters.map((f) => f.id)].map((k) => [k, undefined])),
        ...view,
      }),
  };
}

/** What the parts of a list need of it, whatever its rows are. */
export type ListState = Omit<ReturnType<typeof useListState<unknown>>, "visible"> & { visible: { id: string }[] };
