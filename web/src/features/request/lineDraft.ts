import type { Schema } from "@/api/client";
import { asProblem } from "@/api/problem";
import { fromMinute, minuteOf } from "@/lib/day";
import type { Line } from "./queries";

type NewLine = Schema<"RequestNewLine">;
export type Capability = Schema<"EnvironmentCapability">;

/** A line of a request as its form holds it. Times are wall times where the reader is. */
export interface LineDraft {
  key: string;
  id?: string;
  title: string;
  by: "environments" | "group" | "capability";
  environments: string[];
  group: string;
  capability: Capability;
  intent: "change_code" | "change_configuration" | "touch";
  onClash: "" | "refuse" | "wait";
  /** The times of the request, times of its own, or a time slot of a day. */
  when: "request" | "own" | "slot";
  from: string;
  to: string;
  slot: string;
  day: string;
  /** The slot of a line as the server showed it: sent back with its times, it stays as it is. */
  shown?: { slot: string; day: string; from: string; to: string };
}

let made = 0;

export function freshLine(day: string, slot?: string): LineDraft {
  made++;
  return {
    key: `new-${made}`,
    title: "",
    by: "environments",
    environments: [],
    group: "",
    capability: {},
    intent: "touch",
    onClash: "",
    when: slot ? "slot" : "request",
    from: "",
    to: "",
    slot: slot ?? "",
    day: day.slice(0, 10),
  };
}

export function readLine(l: Line): LineDraft {
  const day = minuteOf(l.from).slice(0, 10);
  return {
    key: l.id,
    id: l.id,
    title: l.title ?? "",
    by: l.capability ? "capability" : l.group ? "group" : "environments",
    environments: l.environments.map((e) => e.id),
    group: l.group?.id ?? "",
    capability: l.capability ?? {},
    intent: l.intent,
    onClash: l.onClash ?? "",
    when: l.slot ? "slot" : l.ownTimes ? "own" : "request",
    from: minuteOf(l.from),
    to: minuteOf(l.to),
    slot: l.slot?.id ?? "",
    day,
    shown: l.slot && { slot: l.slot.id, day, from: l.from, to: l.to },
  };
}

function timesOf(l: LineDraft): Pick<NewLine, "slot" | "day" | "from" | "to"> {
  if (l.when === "own") return { from: fromMinute(l.from), to: fromMinute(l.to) };
  if (l.when === "request") return {};
  const same = l.shown && l.shown.slot === l.slot && l.shown.day === l.day;
  return same ? { slot: l.slot, from: l.shown?.from, to: l.shown?.to } : { slot: l.slot, day: l.day };
}

export function lineBody(l: LineDraft): NewLine {
  return {
    id: l.id,
    title: l.title.trim() || undefined,
    intent: l.intent,
    onClash: l.onClash || undefined,
    environments: l.by === "environments" ? l.environments : undefined,
    group: l.by === "group" ? l.group : undefined,
    capability: l.by === "capability" ? l.capability : undefined,
    ...timesOf(l),
  };
}

export function lineReady(l: LineDraft): boolean {
  const target = {
    group: Boolean(l.group),
    environments: l.environments.length > 0,
    capability: Object.values(l.capability).some((v) => (Array.isArray(v) ? v.length > 0 : Boolean(v))),
  }[l.by];
  const time = {
    request: true,
    own: Boolean(l.from) && l.from < l.to,
    slot: Boolean(l.slot) && Boolean(l.day),
  }[l.when];
  return target && time;
}

/** What a refusal says about each line, by its index, and about the questions, by their ids. */
export function faultsOf(error: unknown): { lines: Map<number, string[]>; answers: Record<string, string> } {
  const lines = new Map<number, string[]>();
  const answers: Record<string, string> = {};
  if (!error) return { lines, answers };
  const p = asProblem(error);
  for (const f of p.fields) {
    const line = /^body\.lines\[(\d+)\]/.exec(f.path);
    const answer = /^body\.answers\.(.+)$/.exec(f.path);
    if (line) lines.set(Number(line[1]), [...(lines.get(Number(line[1])) ?? []), f.message]);
    if (answer?.[1]) answers[answer[1]] = f.message;
  }
  const at = (p.data as { line?: unknown } | undefined)?.line;
  if (typeof at === "number" && !lines.has(at)) lines.set(at, [p.message]);
  return { lines, answers };
}
