// Times as the clocks of a zone show them. A wall time is the value of a date-and-time input: "2026-05-14T09:30".

const parts = new Map<string, Intl.DateTimeFormat>();
function formatter(zone: string): Intl.DateTimeFormat {
  let f = parts.get(zone);
  if (!f) {
    f = new Intl.DateTimeFormat("en-GB", {
      timeZone: zone,
      hourCycle: "h23",
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
    });
    parts.set(zone, f);
  }
  return f;
}

function fields(at: number, zone: string): Record<string, string> {
  return Object.fromEntries(
    formatter(zone)
      .formatToParts(at)
      .map((p) => [p.type, p.value]),
  );
}

/** What the clocks of a zone show at a moment, to the minute. */
export function wallOf(time: string | number, zone: string): string {
  const at = typeof time === "number" ? time : Date.parse(time);
  if (Number.isNaN(at)) return "";
  const f = fields(at, zone);
  return `${f.year?.padStart(4, "0")}-${f.month}-${f.day}T${f.hour}:${f.minute}`;
}

/** By how much the clocks of a zone are ahead of UTC at a moment, in milliseconds. */
function ahead(at: number, zone: string): number {
  const f = fields(at, zone);
  const shown = Date.UTC(
    Number(f.year),
    Number(f.month) - 1,
    Number(f.day),
    Number(f.hour),
    Number(f.minute),
    Number(f.second),
  );
  return shown - Math.floor(at / 1000) * 1000;
}

/**
 * The moment at which the clocks of a zone show a time; undefined when the text is not one. Of two moments it is the
 * first; a time that is skipped when the clocks go forward is as much later.
 */
export function momentOf(wall: string, zone: string): string | undefined {
  const m = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)$/.exec(wall);
  if (!m) return undefined;
  const shown = Date.UTC(Number(m[1]), Number(m[2]) - 1, Number(m[3]), Number(m[4]), Number(m[5]));
  if (Number.isNaN(shown)) return undefined;
  // The offset a day before and a day after: one of the two holds.
  const offsets = [ahead(shown - 86_400_000, zone), ahead(shown + 86_400_000, zone)];
  const exact = offsets.map((o) => shown - o).filter((at) => ahead(at, zone) === shown - at);
  const at = exact.length > 0 ? Math.min(...exact) : shown - (offsets[0] ?? 0);
  return new Date(at).toISOString();
}

/** The day a number of days later: "2026-02-28" and 1 make "2026-03-01". */
export function plusDays(day: string, days: number): string {
  const at = new Date(`${day}T00:00:00Z`);
  at.setUTCDate(at.getUTCDate() + days);
  return at.toISOString().slice(0, 10);
}

/** Whether a stretch of time is made of whole days on the clocks of a zone. */
export function wholeDays(from: string, to: string, zone: string): boolean {
  return wallOf(from, zone).endsWith("T00:00") && wallOf(to, zone).endsWith("T00:00") && from !== to;
}
