import { parseTime } from "./time";

// A day a person chose ("valid until 30 June") is the end of that day where they are.

/** The value of a date input for a time of the server. */
export function dayOf(time: string | null | undefined): string {
  const at = parseTime(time);
  if (!at) return "";
  const two = (n: number) => String(n).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

/** The last second of a day, as the server wants it; an empty input is null. */
export function endOfDay(day: string): string | null {
  if (!day) return null;
  const at = new Date(`${day}T23:59:59`);
  return Number.isNaN(at.getTime()) ? null : at.toISOString();
}

/** The first moment of a day. */
export function startOfDay(day: string): string | undefined {
  if (!day) return undefined;
  const at = new Date(`${day}T00:00:00`);
  return Number.isNaN(at.getTime()) ? undefined : at.toISOString();
}

/** The value of a date-and-time input, to the minute, where the reader is. */
export function minuteOf(time: string | null | undefined): string {
  const at = parseTime(time);
  if (!at) return "";
  const two = (n: number) => String(n).padStart(2, "0");
  return `${dayOf(time)}T${two(at.getHours())}:${two(at.getMinutes())}`;
}

/** The moment of a date-and-time input, as the server wants it; an empty input is undefined. */
export function fromMinute(text: string): string | undefined {
  if (!text) return undefined;
  const at = new Date(text);
  return Number.isNaN(at.getTime()) ? undefined : at.toISOString();
}
