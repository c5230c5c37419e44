import { api, ok } from "@/api/client";
import { type Booking, type BookingAnswer, based } from "./queries";
import { iso } from "./span";

// The acts of a booking, as the server allows them, and what each needs to be told.

export const acts = [
  "approve",
  "reject",
  "change",
  "confirm_use",
  "extend",
  "release_early",
  "hand_over",
  "split",
  "ask_holder",
  "cancel",
] as const;
export type Act = (typeof acts)[number];
export type ActInput = { text: string; at: number; person?: string; personName?: string };

type Need = { text?: boolean; textShown?: boolean; at?: boolean; person?: boolean; preview: boolean };
export const needs: Record<Act, Need> = {
  approve: { textShown: true, preview: true },
  reject: { text: true, textShown: true, preview: false },
  change: { preview: false },
  confirm_use: { preview: false },
  extend: { at: true, preview: true },
  release_early: { preview: true },
  hand_over: { person: true, preview: false },
  split: { at: true, preview: true },
  ask_holder: { text: true, textShown: true, preview: false },
  cancel: { textShown: true, preview: true },
};

/** The acts the server allows, in the order of the page; what it names and the page does not know is left out. */
export function actsOf(b: Pick<Booking, "allowedActs">): Act[] {
  return acts.filter((a) => b.allowedActs.includes(a));
}

/** The acts that stand as buttons: what somebody decides about, and for one's own booking what one does while it runs. */
export function mainActs(allowed: Act[], own: boolean): Act[] {
  const likely: Act[] = allowed.includes("approve")
    ? ["approve", "reject"]
    : own
      ? ["confirm_use", "extend", "release_early", "hand_over"]
      : ["ask_holder", "extend"];
  return likely.filter((a) => allowed.includes(a)).slice(0, 3);
}

export function doAct(act: Act, b: Booking, input: ActInput, dryRun: boolean): Promise<BookingAnswer> {
  const params = { path: { id: b.id }, query: { dryRun }, header: based(b.version) };
  const reason = input.text.trim() || undefined;
  switch (act) {
    case "approve":
      return ok(api.POST("/api/v1/bookings/{id}/approve", { params, body: { reason } }));
    case "reject":
      return ok(api.POST("/api/v1/bookings/{id}/reject", { params, body: { reason } }));
    case "cancel":
      return ok(api.POST("/api/v1/bookings/{id}/cancel", { params, body: { reason } }));
    case "extend":
      return ok(api.POST("/api/v1/bookings/{id}/extend", { params, body: { to: iso(input.at) } }));
    case "release_early":
      return ok(api.POST("/api/v1/bookings/{id}/release-early", { params, body: {} }));
    case "hand_over":
      return ok(api.POST("/api/v1/bookings/{id}/hand-over", { params, body: { to: input.person ?? "" } }));
    case "confirm_use":
      return ok(api.POST("/api/v1/bookings/{id}/confirm-use", { params, body: {} }));
    case "split":
      return ok(api.POST("/api/v1/bookings/{id}/split", { params, body: { at: iso(input.at) } }));
    case "ask_holder":
      return ok(api.POST("/api/v1/bookings/{id}/ask-holder", { params, body: { text: input.text.trim() } }));
    case "change":
      throw new Error("a change has a form of its own");
  }
}
