import type { Booking, Change, Intent } from "./queries";
import { iso, spanWords } from "./span";
import { t } from "./text";

// A change of a booking as somebody wants it, and what of it is sent and shown.

export type Wanted = {
  from: number;
  to: number;
  environment?: { from: string; to: string };
  intent: Intent;
  overrideReason: string;
};

/** Only what differs is sent. An environment takes the place of the one it was dragged from; the others stay. */
export function changeBody(b: Booking, w: Wanted): Change {
  const out: Change = {};
  if (Date.parse(b.from) !== w.from) out.from = iso(w.from);
  if (Date.parse(b.to) !== w.to) out.to = iso(w.to);
  if (b.intent !== w.intent) out.intent = w.intent;
  if (w.environment && w.environment.from !== w.environment.to) {
    const { from, to } = w.environment;
    const others = b.environments.map((e) => e.id).filter((id) => id !== from && id !== to);
    if (others.length === 0) out.environment = to;
    else out.environments = [...others, to];
  }
  if (w.overrideReason.trim()) out.overrideReason = w.overrideReason.trim();
  return out;
}

export type Difference = { field: "time" | "environment" | "intent"; before: string; after: string };

/** What changes, before and after, in words. */
export function diffOf(b: Booking, w: Wanted, targetName?: string): Difference[] {
  const out: Difference[] = [];
  if (Date.parse(b.from) !== w.from || Date.parse(b.to) !== w.to)
    out.push({ field: "time", before: spanWords(b.from, b.to), after: spanWords(w.from, w.to) });
  const moved = w.environment;
  if (moved && moved.from !== moved.to) {
    const before = b.environments.find((e) => e.id === moved.from)?.name ?? "";
    out.push({ field: "environment", before, after: targetName ?? "…" });
  }
  if (b.intent !== w.intent)
    out.push({ field: "intent", before: t(`intents.${b.intent}`), after: t(`intents.${w.intent}`) });
  return out;
}
