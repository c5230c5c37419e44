import { MutationCache, QueryCache, QueryClient } from "@tanstack/react-query";
import { asProblem, Problem } from "./problem";

/**
 * Every query key starts with the kind of record it shows, as events name it ("person", "unit", "application"), so
 * that the live stream can tell in one place what has become old.
 */
export const keys = {
  all: (kind: string) => [kind] as const,
  list: (kind: string, args?: unknown) => [kind, "list", args ?? {}] as const,
  one: (kind: string, id: string) => [kind, "one", id] as const,
  part: (kind: string, id: string, part: string, args?: unknown) => [kind, "one", id, part, args ?? {}] as const,
};

let onSignedOut: () => void = () => {};
/** Names what happens when the server no longer knows the reader. */
export function whenSignedOut(act: () => void): void {
  onSignedOut = act;
}

function noticed(error: unknown): void {
  if (error instanceof Problem && error.status === 401) onSignedOut();
}

export function createQueryClient(): QueryClient {
  return new QueryClient({
    queryCache: new QueryCache({ onError: noticed }),
    mutationCache: new MutationCache({ onError: noticed }),
    defaultOptions: {
      queries: {
        staleTime: 30_000,
        gcTime: 5 * 60_000,
        retry: (count, error) => asProblem(error).transient && count < 2,
        refetchOnWindowFocus: true,
        networkMode: "always",
      },
      mutations: { retry: false, networkMode: "always" },
    },
  });
}
