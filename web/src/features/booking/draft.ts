import type { Schema } from "@/api/client";
import type { Alternative, Closure, Intent, NewBooking } from "./queries";
import { complete, type Recurrence, ruleOf } from "./recurrence";
import { iso } from "./span";

// What a person has put together in the dialog so far, and what of it is sent.

export const modes = ["environment", "environments", "group", "capability"] as const;
export type Mode = (typeof modes)[number];
export type Capability = Schema<"EnvironmentCapability">;

export type Draft = {
  mode: Mode;
  environment?: string;
  environments: string[];
  group?: string;
  capability: Capability;
  from?: number;
  to?: number;
  intent: Intent;
  title: string;
  description: string;
  release: string;
  holder?: string;
  priority?: string;
  recurrence?: Recurrence;
  skipClashing: boolean;
  wait: boolean;
  overrideReason: string;
};

export type BookingStart = {
  from: number;
  to: number;
  environment?: string;
  group?: string;
  intent?: Intent;
  title?: string;
  /** The row of the timeline on which the dialog's times are shown. */
  row?: string;
};

export function begin(start: BookingStart): Draft {
  return {
    mode: start.group ? "group" : "environment",
    environment: start.environment,
    environments: [],
    group: start.group,
    capability: {},
    from: start.from,
    to: start.to,
    intent: start.intent ?? "touch",
    title: start.title ?? "",
    description: "",
    release: "",
    skipClashing: false,
    wait: false,
    overrideReason: "",
  };
}

type Targets = Pick<NewBooking, "environment" | "environments" | "group" | "capability">;

/** What is to be booked, or nothing while it is not said. */
export function targetsOf(d: Draft): Targets | undefined {
  switch (d.mode) {
    case "environment":
      return d.environment ? { environment: d.environment } : undefined;
    case "environments":
      return d.environments.length > 0 ? { environments: d.environments } : undefined;
    case "group":
      return d.group ? { group: d.group } : undefined;
    case "capability": {
      const c = Object.fromEntries(
        Object.entries(d.capability).filter(
          ([, v]) => v !== undefined && v !== "" && !(Array.isArray(v) && v.length === 0),
        ),
      ) as Capability;
      const versions = c.versions?.filter((v) => v.application);
      const whole = { ...c, versions: versions?.length ? versions : undefined };
      return Object.values(whole).some((v) => v !== undefined && v !== false) ? { capability: whole } : undefined;
    }
  }
}

/** The question whether it is free, or nothing while what and when are not said. */
export function questionOf(d: Draft): Schema<"BookingAvailabilityQuestion"> | undefined {
  const targets = targetsOf(d);
  if (!targets || d.from === undefined || d.to === undefined || d.to <= d.from) return undefined;
  return { ...targets, from: iso(d.from), to: iso(d.to), intent: d.intent };
}

/** What is sent; the dry run of a series sends the same. */
export function bodyOf(d: Draft, zone: string): NewBooking | undefined {
  const question = questionOf(d);
  if (!question || d.from === undefined) return undefined;
  if (d.recurrence && !complete(d.recurrence, d.from)) return undefined;
  const text = (value: string) => value.trim() || undefined;
  return {
    ...question,
    intent: d.intent,
    title: d.title.trim(),
    description: text(d.description),
    release: text(d.release),
    holder: d.holder,
    priority: d.priority,
    onClash: d.wait ? "wait" : undefined,
    overrideReason: text(d.overrideReason),
    recurrence: d.recurrence && {
      rule: ruleOf(d.recurrence, d.from),
      zone,
      skipClashing: d.skipClashing || undefined,
    },
  };
}

/** What a way out changes. Asking the holder changes nothing. */
export function applied(a: Alternative): Partial<Draft> {
  const times = a.from && a.to ? { from: Date.parse(a.from), to: Date.parse(a.to) } : {};
  switch (a.kind) {
    case "equivalent":
      return a.environment ? { ...times, mode: "environment", environment: a.environment.id, wait: false } : {};
    case "share":
      return a.intent ? { intent: a.intent, wait: false } : {};
    case "wait":
      return { wait: true };
    case "next_slot":
    case "shorten":
      return { ...times, wait: false };
    default:
      return {};
  }
}

/** The closures that keep bookings out. */
export function freezesOf(closed: Closure[]): Closure[] {
  return closed.filter((c) => c.refuses.includes("booking"));
}
