import type { Tone } from "@/components/StatusBadge";
import { duration } from "@/lib/time";
import type { Position } from "./queries";

/** The tone of a status: what it means to the product decides, and a breached service level shows above all. */
export function toneOf(position: Pick<Position, "mode" | "breached" | "colour"> | undefined): Tone {
  if (!position) return "idle";
  if (position.breached) return "bad";
  // A workflow may end well or badly in the same mode; an end that it paints red is a bad one.
  if ((position.mode === "completed" || position.mode === "cancelled") && isRed(position.colour)) return "bad";
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

function isRed(colour: string | undefined): boolean {
  const parts = /^#(..)(..)(..)$/.exec(colour ?? "");
  if (!parts) return false;
  const [r = 0, g = 0, b = 0] = parts.slice(1).map((x) => Number.parseInt(x, 16));
  return r > 120 && r > 1.6 * g && r > 1.6 * b;
}

/** The status a request most likely goes to next: forward rather than back, and not given up. */
export function nextOf<C extends { id: string; allowed: boolean; mode: string; code?: string }>(
  choices: C[],
  been: string[],
): C | undefined {
  const able = choices.filter((c) => c.allowed && c.code !== "current" && c.mode !== "cancelled");
  return able.find((c) => !been.includes(c.id)) ?? able[0];
}

/** How far the bookings of a line are: the one that is furthest back decides. */
export function lineState(
  bookings: { status: string }[],
): "approved" | "requested" | "waiting" | "rejected" | undefined {
  const live = bookings.filter((b) => ["approved", "requested", "waiting", "ended"].includes(b.status));
  if (live.some((b) => b.status === "waiting")) return "waiting";
  if (live.some((b) => b.status === "requested")) return "requested";
  if (live.length > 0) return "approved";
  return bookings.some((b) => b.status === "rejected") ? "rejected" : undefined;
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
