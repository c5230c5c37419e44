import { useQuery } from "@tanstack/react-query";
import { api, ifMatch, ok, type Schema } from "@/api/client";
import { keys } from "@/api/query";
import { useMe } from "@/api/session";
import type { Tone } from "@/components/StatusBadge";
import type { PickerSource } from "@/lib/picker";

export type Booking = Schema<"BookingListed">;
export type BookingAnswer = Schema<"BookingAnswer"> & Pick<Booking, "seriesId">;
export type BookingRef = Schema<"BookingRef">;
export type NewBooking = Schema<"BookingNewBooking">;
export type Change = Schema<"BookingChange">;
export type Alternative = Schema<"BookingAlternative">;
export type Availability = Schema<"BookingAvailability">;
export type ConflictWith = Schema<"BookingConflictWith">;
export type ConflictView = Schema<"BookingConflictView">;
export type Proposal = Schema<"BookingProposal">;
export type Move = Schema<"BookingSettlementMove">;
export type Opening = Schema<"BookingOpening">;
export type Policy = Schema<"BookingPolicy">;
export type PolicyView = Schema<"BookingPolicyView">;
export type SavedView = Schema<"BookingScheduleView">;
export type Feed = Schema<"BookingCalendarFeed">;
export type Closure = Schema<"IntervalClosure">;
export type EnvironmentRef = Schema<"BookingEnvironmentRef">;
export type Status = Booking["status"];
export type Intent = Booking["intent"];

export const statuses = [
  "requested",
  "approved",
  "waiting",
  "rejected",
  "cancelled",
  "ended",
  "expired",
] as const satisfies Status[];
export const intents = ["touch", "change_configuration", "change_code"] as const satisfies Intent[];
export const dataClasses = ["synthetic", "masked", "production_copy"] as const;

/** What a status means in colour. */
export const statusTones: Record<Status, Tone> = {
  requested: "active",
  approved: "good",
  waiting: "idle",
  rejected: "bad",
  cancelled: "idle",
  ended: "idle",
  expired: "idle",
};

export const bookingAddress = (id: string): string => `/bookings/${id}`;
export const based = (version: number) => ({ "If-Match": ifMatch(version) });

export function useBooking(id: string | undefined) {
  return useQuery({
    queryKey: keys.one("booking", id ?? ""),
    queryFn: async ({ signal }): Promise<BookingAnswer> =>
      ok(api.GET("/api/v1/bookings/{id}", { params: { path: { id: id ?? "" } }, signal })),
    enabled: Boolean(id),
  });
}

export function usePolicy(unit: string | undefined, enabled = true) {
  return useQuery({
    queryKey: keys.one("booking_policy", unit ?? ""),
    queryFn: ({ signal }) => ok(api.GET("/api/v1/booking-policies", { params: { query: { unit } }, signal })),
    enabled,
  });
}

export function useEnvironment(id: string | undefined) {
  return useQuery({
    queryKey: keys.one("environment", id ?? ""),
    queryFn: ({ signal }) => ok(api.GET("/api/v1/environments/{id}", { params: { path: { id: id ?? "" } }, signal })),
    enabled: Boolean(id),
  });
}

/** What environments are used for; the organisation's own list, in its order. */
export function useUsages() {
  return useQuery({
    queryKey: keys.one("lookup_list", "environment_usage"),
    queryFn: ({ signal }) =>
      ok(api.GET("/api/v1/lookups/{list}", { params: { path: { list: "environment_usage" } }, signal })),
    staleTime: 5 * 60_000,
  });
}

/** Whether a booking is the reader's own: it is theirs to use. */
export function useOwn(): (holder: string | undefined) => boolean {
  const me = useMe();
  return (holder) => Boolean(holder) && holder === me?.person?.id;
}

/** Releases that bookings name; typing another one offers it as it is. */
export const releasePicker: PickerSource = {
  key: "booking",
  find: async (q, signal) => {
    const page = await ok(api.GET("/api/v1/bookings", { params: { query: { order: "desc", limit: 200 } }, signal }));
    const known = [...new Set(page.items.flatMap((b) => (b.release ? [b.release] : [])))].sort();
    const found = known.filter((r) => r.toLowerCase().includes(q.toLowerCase()));
    if (q && !found.includes(q)) found.push(q);
    return found.map((r) => ({ value: r, label: r }));
  },
  name: async (value) => value,
};
