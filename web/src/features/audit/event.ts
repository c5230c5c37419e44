import { type Icon, IconDots, IconPencil, IconPlus, IconTrash } from "@tabler/icons-react";
import type { Tone } from "@/components/StatusBadge";
import type { Event } from "./HistoryPage";

export type Action = "added" | "modified" | "deleted" | "other";

/** The document gives the action as a plain string; what is new to this page counts as "other". */
export function actionOf(e: Pick<Event, "action">): Action {
  const known: Action[] = ["added", "modified", "deleted"];
  return known.find((a) => a === e.action) ?? "other";
}

export const actionTones: Record<Action, Tone> = {
  added: "good",
  modified: "active",
  deleted: "bad",
  other: "idle",
};

export const actionIcons: Record<Action, Icon> = {
  added: IconPlus,
  modified: IconPencil,
  deleted: IconTrash,
  other: IconDots,
};

/** The kinds of record that are searched for most; others can still be reached through the record itself. */
export const subjectKinds = [
  "person",
  "team",
  "unit",
  "role",
  "grant",
  "account",
  "invitation",
  "token",
  "service_account",
  "identity_provider",
  "application",
  "component",
  "dependency",
  "connection",
  "deployment",
  "incident",
];

/** "service_account" as a person says it. */
export function kindWord(kind: string): string {
  const words = kind.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** A field's name in words: "validUntil" and "valid_until" become "Valid until". */
export function fieldWord(field: string): string {
  return kindWord(field.replaceAll(/([a-z])([A-Z])/g, "$1_$2").toLowerCase()).replace(/ id$/, "");
}

/** A value of the record as text; times stay as they were recorded. */
export function valueText(value: unknown): string | undefined {
  if (value === null || value === undefined || value === "") return undefined;
  if (Array.isArray(value)) return value.map((v) => valueText(v) ?? "—").join(", ") || undefined;
  if (typeof value === "object") return JSON.stringify(value, null, 1);
  return String(value);
}
