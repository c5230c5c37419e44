// Times come as RFC 3339 in UTC and are shown in the reader's zone; both are always one focus away.

const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" });
const dayThisYear = new Intl.DateTimeFormat("en-GB", { weekday: "short", day: "numeric", month: "short" });
const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const utc = new Intl.DateTimeFormat("en-GB", {
  day: "numeric",
  month: "short",
  year: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  timeZone: "UTC",
});

export function parseTime(value: string | Date | null | undefined): Date | undefined {
  if (!value) return undefined;
  const at = value instanceof Date ? value : new Date(value);
  return Number.isNaN(at.getTime()) ? undefined : at;
}

/** "Thu 14 May 09:30", with the year instead of the weekday when it is not this year's. */
export function localTime(at: Date, now = new Date()): string {
  return `${localDay(at, now)} ${clock.format(at)}`;
}

export function localDay(at: Date, now = new Date()): string {
  return at.getFullYear() === now.getFullYear() ? dayThisYear.format(at).replace(",", "") : day.format(at);
}

/** A sentence of the server with its moments in the reader's zone: "from 2026-11-25T08:00:00Z" reads "from Wed 25 Nov 08:00". */
export function withLocalTimes(sentence: string, now = new Date()): string {
  return sentence.replace(/\b\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?Z/g, (moment) => {
    const at = parseTime(moment);
    return at ? localTime(at, now) : moment;
  });
}

export function utcTime(at: Date): string {
  return `${utc.format(at).replace(",", "")} UTC`;
}

export function zoneName(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone || "local time";
}

const units: [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 365 * 86400],
  ["month", 30 * 86400],
  ["week", 7 * 86400],
  ["day", 86400],
  ["hour", 3600],
  ["minute", 60],
];
const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });

/** "3 hours ago", "in 2 days"; under a minute "just now". */
export function relativeTime(at: Date, now = new Date()): string {
  const seconds = (at.getTime() - now.getTime()) / 1000;
  for (const [unit, size] of units) {
    if (Math.abs(seconds) >= size) return relative.format(Math.trunc(seconds / size), unit);
  }
  return "just now";
}

/**
 * A duration in words people use: "2 d 4 h", "45 min", "12 s". Two units at most; the second is dropped when zero.
 * Negative durations keep their sign; nothing is rounded up to a whole it has not reached.
 */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return "—";
  const sign = seconds < 0 ? "−" : "";
  const s = Math.abs(seconds);
  if (s < 1) return s === 0 ? "0 s" : `${sign}<1 s`;
  const parts: [number, string][] = [
    [86400, "d"],
    [3600, "h"],
    [60, "min"],
    [1, "s"],
  ];
  for (let i = 0; i < parts.length; i++) {
    const [size, name] = parts[i] as [number, string];
    if (s < size) continue;
    const whole = Math.floor(s / size);
    const next = parts[i + 1];
    const rest = next && whole < 100 ? Math.floor((s % size) / next[0]) : 0;
    return `${sign}${whole} ${name}${next && rest > 0 ? ` ${rest} ${next[1]}` : ""}`;
  }
  return `${sign}${Math.floor(s)} s`;
}
