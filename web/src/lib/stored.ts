import { useCallback, useSyncExternalStore } from "react";

// What a person arranged for themselves on this machine (columns, density, saved views). Storage may be blocked or
// full: then it lasts as long as the page.

const memory = new Map<string, string>();
const listeners = new Set<() => void>();

function read(key: string): string | null {
  const held = memory.get(key);
  if (held !== undefined) return held;
  try {
    return localStorage.getItem(`millrace.${key}`);
  } catch {
    return null;
  }
}

export function useStored<T>(key: string, initial: T): [T, (value: T) => void] {
  const raw = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => read(key),
  );
  const set = useCallback(
    (value: T) => {
      const text = JSON.stringify(value);
      memory.set(key, text);
      try {
        localStorage.setItem(`millrace.${key}`, text);
      } catch {
        // Kept in memory until the page closes.
      }
      for (const listener of listeners) listener();
    },
    [key],
  );
  return [parse(raw, initial), set];
}

const parsed = new Map<string, unknown>();
function parse<T>(raw: string | null, initial: T): T {
  if (raw === null) return initial;
  if (!parsed.has(raw)) {
    try {
      parsed.set(raw, JSON.parse(raw));
    } catch {
      return initial;
    }
  }
  return parsed.get(raw) as T;
}
