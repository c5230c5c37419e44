import type { Schema } from "@/api/client";

export type Graph = Schema<"WorkflowGraphView">;
export type Status = Schema<"WorkflowStatus">;
export type Mode = Status["mode"];
export const modes: Mode[] = ["planning", "execution", "implementation", "completed", "cancelled"];

/** A status while it is drawn: `id` names it in the drawing, also before the server gave it one. */
export type Drawn = Omit<Status, "id" | "order"> & { id: string; isNew: boolean };

export interface Drawing {
  enabled: boolean;
  /** In the order in which they are offered. */
  statuses: Drawn[];
  /** "from to", by the ids of the drawing. */
  transitions: string[];
}

export const transition = (from: string, to: string): string => `${from} ${to}`;

export function read(graph: Graph): Drawing {
  const byName = new Map(graph.statuses.map((s) => [s.name.toLowerCase(), s.id ?? s.name]));
  const handle = (ref: string) =>
    graph.statuses.some((s) => s.id === ref) ? ref : (byName.get(ref.toLowerCase()) ?? ref);
  return {
    enabled: graph.enabled,
    statuses: [...graph.statuses]
      .sort((a, b) => a.order - b.order)
      .map(({ id, order: _, ...s }) => ({ ...s, id: id ?? s.name, isNew: false })),
    transitions: graph.transitions.map((x) => transition(handle(x.from), handle(x.to))),
  };
}

/** What the server takes: a new status goes by its name. */
export function toBody(d: Drawing, replacements: Record<string, string> = {}): Schema<"WorkflowDrawing"> {
  const refs = new Map(d.statuses.map((s) => [s.id, s.isNew ? s.name.trim() : s.id]));
  return {
    enabled: d.enabled,
    statuses: d.statuses.map(({ isNew, id, ...s }, order) => ({
      ...s,
      name: s.name.trim(),
      id: isNew ? undefined : id,
      order,
    })),
    transitions: d.transitions.flatMap((x) => {
      const [from = "", to = ""] = x.split(" ").map((id) => refs.get(id) ?? "");
      return from && to ? [{ from, to }] : [];
    }),
    replacements: Object.fromEntries(
      Object.entries(replacements).flatMap(([gone, to]) => {
        const ref = refs.get(to);
        return ref && !refs.has(gone) ? [[gone, ref]] : [];
      }),
    ),
  };
}

let made = 0;
export function addStatus(d: Drawing, status: Omit<Drawn, "id" | "isNew">): Drawing {
  made++;
  return { ...d, statuses: [...d.statuses, { ...status, id: `new-${made}`, isNew: true }] };
}

/** Exactly one status is where records begin. */
export function changeStatus(d: Drawing, id: string, patch: Partial<Drawn>): Drawing {
  return {
    ...d,
    statuses: d.statuses.map((s) => (s.id === id ? { ...s, ...patch } : patch.initial ? { ...s, initial: false } : s)),
  };
}

/** A status goes with its transitions; when records began there, they begin at the first that is left. */
export function removeStatus(d: Drawing, id: string): Drawing {
  const gone = d.statuses.find((s) => s.id === id);
  const statuses = d.statuses.filter((s) => s.id !== id);
  const first = statuses[0];
  return {
    ...d,
    statuses: gone?.initial && first ? [{ ...first, initial: true }, ...statuses.slice(1)] : statuses,
    transitions: d.transitions.filter((x) => !x.split(" ").includes(id)),
  };
}

export function toggle(d: Drawing, from: string, to: string): Drawing {
  const x = transition(from, to);
  return {
    ...d,
    transitions: d.transitions.includes(x) ? d.transitions.filter((y) => y !== x) : [...d.transitions, x],
  };
}

/** Minutes as one writes them, in the largest unit that divides them. */
export function asSpan(minutes: number | undefined): { amount: number; unit: "minutes" | "hours" | "days" } {
  const m = minutes ?? 0;
  if (m > 0 && m % 1440 === 0) return { amount: m / 1440, unit: "days" };
  if (m > 0 && m % 60 !== 0) return { amount: m, unit: "minutes" };
  return { amount: m / 60, unit: "hours" };
}

export const minutesIn = { minutes: 1, hours: 60, days: 1440 } as const;
