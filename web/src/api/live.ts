import type { QueryClient } from "@tanstack/react-query";
import { useSyncExternalStore } from "react";

/** What the live stream says: something happened to a record. */
export interface LiveEvent {
  id: string;
  at: string;
  kind: string;
  subjectKind: string;
  subjectId: string;
  unit?: string;
}

/**
 * Kinds of record whose pages also show what another kind is made of. A change of the kind on the left makes the
 * queries of the kinds on the right old.
 */
const shownIn: Record<string, string[]> = {
  person: ["team", "grant", "unit"],
  unit: ["person", "team", "application"],
  team: ["person"],
  role: ["grant", "me"],
  grant: ["person", "role", "me"],
  deployment: ["metric"],
  incident: ["metric"],
  change_request: ["metric"],
  component: ["application", "map"],
  dependency: ["application", "map"],
  application: ["map"],
  environment: ["health", "environment_map"],
  environment_group: ["environment", "environment_map"],
  run: ["connection", "job"],
  scope: ["connection"],
  freeze: ["closure", "occurrence"],
  holiday: ["closure", "occurrence"],
  maintenance_window: ["closure", "occurrence"],
  freeze_type: ["freeze", "occurrence"],
  booking: ["closure"],
  outage: ["closure", "health"],
  lookup: ["lookup_list"],
};

const patience = 8_000; // the server ends a stream from time to time; only a longer loss is worth a word
const wait = 400; // one refetch for a burst of events, not one for each

/** Marks as old what an event touched. Pure enough to test: `mark` receives each key. */
export function touched(event: LiveEvent): (readonly unknown[])[] {
  const kind = event.subjectKind;
  const out: (readonly unknown[])[] = [["event"], ["home"], [kind, "list"]];
  if (event.subjectId) out.push([kind, "one", event.subjectId]);
  for (const other of shownIn[kind] ?? []) out.push([other]);
  return out;
}

export type LiveState = "connecting" | "open" | "lost";
let state: LiveState = "connecting";
const listeners = new Set<() => void>();
function setState(next: LiveState) {
  if (state === next) return;
  state = next;
  for (const listener of listeners) listener();
}

/** Whether what is on the page follows the server right now. */
export function useLiveState(): LiveState {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => state,
  );
}

/**
 * Opens the one stream of the page and keeps queries fresh from it. The browser reconnects by itself and names the
 * last event it saw; after a longer loss everything on the page is asked for again. Returns what closes it.
 */
export function followLive(client: QueryClient): () => void {
  let source: EventSource | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let again: ReturnType<typeof setTimeout> | undefined;
  let lostAt = 0;
  let warn: ReturnType<typeof setTimeout> | undefined;
  let pending = new Map<string, readonly unknown[]>();

  const flush = () => {
    timer = undefined;
    const marked = pending;
    pending = new Map();
    for (const queryKey of marked.values()) void client.invalidateQueries({ queryKey });
  };
  const receive = (message: MessageEvent<string>) => {
    let event: LiveEvent;
    try {
      event = JSON.parse(message.data);
    } catch {
      return;
    }
    if (!event.subjectKind) return;
    for (const key of touched(event)) pending.set(key.join("\n"), key);
    timer ??= setTimeout(flush, wait);
  };
  const open = () => {
    source = new EventSource("/api/v1/live");
    source.onopen = () => {
      if (lostAt && Date.now() - lostAt > 60_000) void client.invalidateQueries();
      lostAt = 0;
      clearTimeout(warn);
      warn = undefined;
      setState("open");
    };
    source.onmessage = receive;
    // The server cannot tell what was missed: everything on the page is asked for again.
    source.addEventListener("resync", () => void client.invalidateQueries());
    source.onerror = () => {
      lostAt ||= Date.now();
      warn ??= setTimeout(() => setState("lost"), patience);
      // A closed stream (the server answered with an error) is not retried by the browser.
      if (source?.readyState === EventSource.CLOSED) again = setTimeout(open, 5_000);
    };
  };
  open();
  return () => {
    clearTimeout(timer);
    clearTimeout(again);
    clearTimeout(warn);
    source?.close();
    setState("connecting");
  };
}
