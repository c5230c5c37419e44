/** How many seconds a deployment took: as the tool told it, otherwise from its start to its end. */
export function tookOf(d: { durationSec?: number; startedAt?: string; finishedAt?: string }): number | undefined {
  if (d.durationSec !== undefined) return d.durationSec;
  if (!d.startedAt || !d.finishedAt) return undefined;
  const seconds = (Date.parse(d.finishedAt) - Date.parse(d.startedAt)) / 1000;
  return seconds >= 0 ? seconds : undefined;
}
