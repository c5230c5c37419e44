import type { Tone } from "@/components/StatusBadge";
import { duration } from "@/lib/time";
import type { Position } from "./queries";

/** The tone of a status: what it means to the product decides, and a breached service level shows above all. */
export function toneOf(position: Pick<Position, "mode" | "breached"> | undefined): Tone {
  if (!position) return "idle";
  if (position.breached) return "bad";
  switch (position.mode) {
    case "execution":
    case "implementation":
      return "active";
    case "completed":
      return "good";
    default:
      return "idle";
  }
}

export type Clock = { state: "none" | "running" | "close" | "breached"; text: string };

/** How much of the time that a status allows is left: close when less than a fifth is. */
export function clockOf(position: Position | undefined, now = Date.now()): Clock {
  if (!position?.dueAt) return { state: position?.breached ? "breached" : "none", text: "" };
  const due = Date.parse(position.dueAt);
  const since = Date.parse(position.since);
  const left = due - now;
  if (left <= 0) return { state: "breached", text: duration(Math.floor(-left / 1000)) };
  const close = left < (due - since) / 5;
  return { state: close ? "close" : "running", text: duration(Math.floor(left / 1000)) };
}

/** A line of a request as its form holds it. Times are wall times where the reader is. */
export interface LineDraft {
  key: string;
  id?: string;
  title: string;
  by: "environments" | "group";
  environments: string[];
  group: string;
  intent: "change_code" | "change_configuration" | "touch";
  onClash: "" | "refuse" | "wait";
  ownTimes: boolean;
  from: string;
  to: string;
  /** A line that asks by capability or slot is kept as it is. */
  kept?: unknown;
}

export function lineReady(l: LineDraft): boolean {
  if (l.kept) return true;
  const target = l.by === "group" ? Boolean(l.group) : l.environments.length > 0;
  return target && (!l.ownTimes || (Boolean(l.from) && l.from < l.to));
}

/** A card of a progression path as its form holds it. */
export interface CardDraft {
  key: string;
  id?: string;
  environment?: string;
  group?: string;
  name: string;
  note: string;
  targets: { application?: string; component?: string; name?: string; version?: string }[];
  hosts: string[];
}
