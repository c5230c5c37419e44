// One history from several lists: each comes newest first and a page at a time.

export const historyKinds = ["change", "version", "outage", "booking"] as const;
export type HistoryKind = (typeof historyKinds)[number];

export interface Entry {
  id: string;
  kind: HistoryKind;
  /** When it happened or began. */
  at: string;
  text: string;
  detail?: string;
  to?: string;
}

export interface Source {
  entries: Entry[];
  /** Whether older ones can still be read. */
  more: boolean;
}

/**
 * What of all sources can be shown without a gap, newest first: nothing that is older than the last that a source with
 * more to come has sent. `short` are the sources to read on, those that hold the others back.
 */
export function merged(sources: Source[]): { entries: Entry[]; short: number[] } {
  const reach = sources.map((s) =>
    s.more ? Date.parse(s.entries.at(-1)?.at ?? "9999-01-01") : Number.NEGATIVE_INFINITY,
  );
  const horizon = Math.max(Number.NEGATIVE_INFINITY, ...reach);
  return {
    entries: sources
      .flatMap((s) => s.entries)
      .filter((e) => Date.parse(e.at) >= horizon)
      .sort((a, b) => Date.parse(b.at) - Date.parse(a.at) || (a.id < b.id ? 1 : -1)),
    short: sources.flatMap((s, i) => (s.more && reach[i] === horizon ? [i] : [])),
  };
}

/** The kinds an address names; all of them when it names none that is known. */
export function kindsOf(text: string | undefined): HistoryKind[] {
  const named = historyKinds.filter((k) => text?.split(",").includes(k));
  return named.length ? named : [...historyKinds];
}

/** Entries by the day they fall on, in their order. */
export function byDay(entries: Entry[], dayOf: (at: string) => string): { day: string; entries: Entry[] }[] {
  const out: { day: string; entries: Entry[] }[] = [];
  for (const e of entries) {
    const day = dayOf(e.at);
    const last = out.at(-1);
    if (last?.day === day) last.entries.push(e);
    else out.push({ day, entries: [e] });
  }
  return out;
}
