import type { Booking } from "./queries";

/**
 * What of the live bookings of an environment is on now and what comes. Only approved ones hold it: it is free from the end
 * of the chain of those that follow each other without a gap, and until the first that begins.
 */
export function nowAndNext(items: Booking[], now: number) {
  const sorted = [...items].sort((a, b) => Date.parse(a.from) - Date.parse(b.from));
  const holds = (b: Booking) => b.status === "approved";
  const on = (b: Booking, at: number) => Date.parse(b.from) <= at && Date.parse(b.to) > at;
  const current = sorted.filter((b) => holds(b) && on(b, now));
  const next = sorted.filter((b) => Date.parse(b.to) > now && !current.includes(b));
  let freeFrom: number | undefined;
  if (current.length > 0) {
    freeFrom = now;
    for (;;) {
      const at: number = freeFrom;
      const ends = sorted.filter((b) => holds(b) && on(b, at)).map((b) => Date.parse(b.to));
      if (ends.length === 0) break;
      freeFrom = Math.max(...ends);
    }
  }
  const first = next.find((b) => holds(b) && Date.parse(b.from) > now);
  return { current, next, freeFrom, freeUntil: current.length === 0 ? first?.from : undefined };
}
