import { duration, localTime } from "@/lib/time";

// Times as people choose and read them: the value of an input is the clock on the reader's wall.

export type Span = { from: number; to: number };

export const hour = 3_600_000;
export const day = 24 * hour;

const two = (n: number) => String(n).padStart(2, "0");

/** The value of a datetime-local input. */
export function inputOf(at: number): string {
  const d = new Date(at);
  return `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())}T${two(d.getHours())}:${two(d.getMinutes())}`;
}

/** The moment an input names, or nothing while it is not whole. */
export function momentOf(value: string): number | undefined {
  const at = value ? new Date(value).getTime() : Number.NaN;
  return Number.isNaN(at) ? undefined : at;
}

export const iso = (at: number): string => new Date(at).toISOString();

/** "Thu 14 May 09:30 – Fri 15 May 17:00", the day named once where both are the same. */
export function spanWords(from: string | number, to: string | number): string {
  const a = new Date(from);
  const b = new Date(to);
  const end = a.toDateString() === b.toDateString() ? `${two(b.getHours())}:${two(b.getMinutes())}` : localTime(b);
  return `${localTime(a)} – ${end}`;
}

export const lengthWords = (from: number, to: number): string => duration((to - from) / 1000);

/** The end after a number of whole days on the wall clock, so that it stays 09:00 when the clocks change. */
export function plusDays(at: number, days: number): number {
  const d = new Date(at);
  d.setDate(d.getDate() + days);
  return d.getTime();
}

/** The next full hour. */
export function nextHour(now: number): number {
  const d = new Date(now);
  d.setHours(d.getHours() + 1, 0, 0, 0);
  return d.getTime();
}

/** The first moment of the day a moment lies in. */
export function midnight(at: number): number {
  const d = new Date(at);
  d.setHours(0, 0, 0, 0);
  return d.getTime();
}
