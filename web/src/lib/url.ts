import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback } from "react";

// The query part of the address holds everything that restores a view, as plain text: ?unit=…&state=active,pending

export type Search = Record<string, string | undefined>;

export function parseSearch(text: string): Search {
  return Object.fromEntries(new URLSearchParams(text));
}

export function stringifySearch(search: Record<string, unknown>): string {
  const params = new URLSearchParams();
  for (const key of Object.keys(search)) {
    const value = search[key];
    if (value !== undefined && value !== null && value !== "") params.set(key, String(value));
  }
  // Commas and colons are allowed in a query and far easier to read unescaped.
  const text = params.toString().replaceAll("%2C", ",").replaceAll("%3A", ":");
  return text && `?${text}`;
}

export interface Url {
  search: Search;
  /** Changes some parts of the query; undefined or "" removes a part. A replaced address leaves no step in "Back". */
  set(patch: Search, options?: { replace?: boolean }): void;
}

export function useUrl(): Url {
  const search = useSearch({ strict: false }) as Search;
  const navigate = useNavigate();
  const set = useCallback(
    (patch: Search, options?: { replace?: boolean }) => {
      void navigate({
        to: ".",
        search: ((before: Search) => ({ ...before, ...patch })) as never,
        replace: options?.replace ?? false,
        resetScroll: false,
      });
    },
    [navigate],
  );
  return { search, set };
}

/** The unit whose subtree the page is about; undefined means everything the reader may see. */
export function useUnitScope(): string | undefined {
  return (useSearch({ strict: false }) as Search).unit || undefined;
}
