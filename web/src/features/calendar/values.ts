import type { NewWindow, Window } from "./queries";
import { once, type Recurrence, readRule, ruleOf } from "./recurrence";
import { momentOf, plusDays, wallOf, wholeDays } from "./zoned";

/** A window as its form holds it: times as the clocks of its zone show them. */
export type Values = {
  name: string;
  description: string;
  typeId: string;
  unitId: string;
  zone: string;
  whole: boolean;
  /** Wall times; of whole days the days alone count, and the last one is included. */
  from: string;
  to: string;
  units: string[];
  environments: string[];
  groups: string[];
  applications: string[];
  refuses: string[];
  onSchedule: boolean;
  recurrence: Recurrence;
};

export function startValues(kind: Window["kind"], zone: string, unitId: string, now = Date.now()): Values {
  const today = wallOf(now, zone).slice(0, 10);
  const from = plusDays(today, 1);
  return {
    name: "",
    description: "",
    typeId: "",
    unitId,
    zone,
    whole: kind !== "maintenance",
    from: `${from}T${kind === "maintenance" ? "20:00" : "00:00"}`,
    to: `${from}T${kind === "maintenance" ? "23:00" : "00:00"}`,
    units: [],
    environments: [],
    groups: [],
    applications: [],
    refuses: kind === "holiday" ? [] : ["booking", "deployment"],
    onSchedule: true,
    recurrence: once,
  };
}

export function readWindow(w: Window): Values {
  const zone = w.zone || "UTC";
  const whole = wholeDays(w.from, w.to, zone);
  const from = wallOf(w.from, zone);
  const to = wallOf(w.to, zone);
  const ids = (kind: string) => w.scope.filter((s) => s.kind === kind).map((s) => s.id);
  return {
    name: w.name,
    description: w.description ?? "",
    typeId: w.type?.id ?? "",
    unitId: w.unitId,
    zone,
    whole,
    from,
    to: whole ? `${plusDays(to.slice(0, 10), -1)}T00:00` : to,
    units: ids("unit"),
    environments: ids("environment"),
    groups: ids("group"),
    applications: ids("application"),
    refuses: [...w.refuses].sort(),
    onSchedule: w.onSchedule,
    recurrence: readRule(w.recurrence?.rule, from.slice(0, 10), zone, w.recurrence?.skip ?? []),
  };
}

/** The stretch of time that the values name; undefined while they do not name one. */
export function spanOf(v: Values): { from: string; to: string } | undefined {
  const day = (wall: string) => wall.slice(0, 10);
  const valid = (wall: string) => /^\d{4}-\d\d-\d\d/.test(wall);
  if (!valid(v.from) || !valid(v.to)) return undefined;
  const from = momentOf(v.whole ? `${day(v.from)}T00:00` : v.from, v.zone);
  const to = momentOf(v.whole ? `${plusDays(day(v.to), 1)}T00:00` : v.to, v.zone);
  if (!from || !to || from >= to) return undefined;
  return { from, to };
}

export function recurrenceOf(v: Values): NewWindow["recurrence"] {
  const rule = ruleOf(v.recurrence, v.from.slice(0, 10), v.zone);
  return rule ? { rule, zone: v.zone, skip: v.recurrence.skip } : undefined;
}

/** What the server takes for a new window; undefined while something is missing. */
export function toBody(kind: Window["kind"], v: Values): NewWindow | undefined {
  const span = spanOf(v);
  if (!span || !v.name.trim()) return undefined;
  return {
    ...span,
    name: v.name.trim(),
    description: v.description.trim(),
    typeId: kind === "freeze" ? v.typeId || undefined : undefined,
    unitId: v.unitId || undefined,
    zone: v.zone,
    onSchedule: v.onSchedule,
    refuses: v.refuses,
    recurrence: recurrenceOf(v),
    scope: {
      units: v.units,
      environments: v.environments,
      groups: v.groups,
      applications: v.applications,
    },
  };
}
