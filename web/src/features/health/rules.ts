import type { Health, HealthEvent, Tile } from "./queries";

// What the pages work out themselves, without the page.

export interface Stretch {
  health: Health;
  from: number;
  to: number;
  /** What was last said in it. */
  message?: string;
}

/**
 * How an environment was over a time, from what was said of it, the latest first as the server lists it. What was said
 * holds until something else was said; before the first word nothing is known. `complete` says that the list reaches
 * back beyond the beginning or has nothing older.
 */
export function stretches(events: HealthEvent[], from: number, to: number, complete: boolean): Stretch[] {
  const list = events
    .map((e) => ({ health: e.health as Health, at: Date.parse(e.at), message: e.message }))
    .filter((e) => e.at <= to)
    .reverse();
  const out: Stretch[] = [];
  const push = (s: Stretch) => {
    if (s.to <= s.from) return;
    const last = out.at(-1);
    if (last && last.health === s.health) {
      last.to = s.to;
      last.message = s.message ?? last.message;
    } else out.push(s);
  };
  const first = list[0];
  const begin = complete ? from : Math.max(from, first?.at ?? to);
  let now: { health: Health; message?: string } = { health: "no_data" };
  let at = begin;
  for (const e of list) {
    if (e.at > at) push({ ...now, from: at, to: Math.min(e.at, to) });
    now = { health: e.health, message: e.message };
    at = Math.max(at, e.at, begin);
  }
  push({ ...now, from: at, to });
  return out;
}

/** How much of the time that is known an environment was online, from 0 to 1; undefined when nothing is known. */
export function onlineShare(list: Stretch[]): number | undefined {
  let known = 0;
  let online = 0;
  for (const s of list) {
    if (s.health === "no_data" || s.health === "unknown") continue;
    known += s.to - s.from;
    if (s.health === "online") online += s.to - s.from;
  }
  return known > 0 ? online / known : undefined;
}

export interface Bunch {
  id: string;
  name: string;
  tiles: Tile[];
  counts: Record<Health, number>;
  worst: Health;
}

const rank: Health[] = ["offline", "issue", "unknown", "no_data", "online"];

/**
 * Tiles by what they belong to, the worst first, then by name. A tile of several bunches stands in each; one of none
 * stands in the last.
 */
export function bunch(tiles: Tile[], of: (tile: Tile) => { id: string; name: string }[], none: string): Bunch[] {
  const found = new Map<string, Bunch>();
  for (const tile of tiles) {
    const places = of(tile);
    for (const place of places.length ? places : [{ id: "", name: none }]) {
      const b = found.get(place.id) ?? {
        ...place,
        tiles: [],
        counts: { online: 0, offline: 0, issue: 0, unknown: 0, no_data: 0 },
        worst: "online" as Health,
      };
      b.tiles.push(tile);
      b.counts[tile.health]++;
      if (rank.indexOf(tile.health) < rank.indexOf(b.worst)) b.worst = tile.health;
      found.set(place.id, b);
    }
  }
  return [...found.values()].sort(
    (a, b) =>
      Number(a.id === "") - Number(b.id === "") ||
      rank.indexOf(a.worst) - rank.indexOf(b.worst) ||
      a.name.localeCompare(b.name),
  );
}

/** A change against the period before in per cent; undefined where there was nothing before. */
export function changeAgainst(now: number | undefined, before: number | undefined): number | undefined {
  if (now === undefined || before === undefined || before === 0) return undefined;
  return Math.round(((now - before) / before) * 100);
}

export type OutageState = "ahead" | "underWay" | "out" | "ended";

/** Where an outage stands: an announced one has its end from the beginning, so the clock decides and not the record. */
export function outageState(
  o: { open: boolean; kind: string; startedAt: string; endedAt?: string | null },
  now = Date.now(),
): OutageState {
  if (Date.parse(o.startedAt) > now) return "ahead";
  const over = o.endedAt ? Date.parse(o.endedAt) <= now : !o.open;
  if (over) return "ended";
  return o.kind === "planned" ? "underWay" : "out";
}
