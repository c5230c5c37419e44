import { Tooltip } from "@mantine/core";
import { duration, localDay, localTime, parseTime, relativeTime, utcTime, zoneName } from "@/lib/time";
import { Absent } from "./Absent";
import classes from "./Time.module.css";
import { t } from "./text";

/**
 * A moment in the reader's zone. Hover or focus shows it in UTC with the zone's name. `as="relative"` says "3 hours
 * ago" and puts the absolute time beside it in the same tooltip; `as="day"` leaves the clock out.
 */
export function TimeText({
  value,
  as = "absolute",
  plain,
}: {
  value: string | Date | null | undefined;
  as?: "absolute" | "relative" | "day";
  /** Without a stop for the keyboard, for cells of a long list. */
  plain?: boolean;
}) {
  const at = parseTime(value);
  if (!at) return <Absent />;
  const text = as === "relative" ? relativeTime(at) : as === "day" ? localDay(at) : localTime(at);
  const label = (
    <>
      {t("time.local", { text: localTime(at), zone: zoneName() })}
      <br />
      {utcTime(at)}
    </>
  );
  return (
    <Tooltip label={label}>
      <time dateTime={at.toISOString()} className={classes.time} tabIndex={plain ? undefined : 0}>
        {text}
      </time>
    </Tooltip>
  );
}

/** A duration in words people use: "2 d 4 h". Nothing known is a dash, zero is 0 s. */
export function Duration({ seconds }: { seconds: number | null | undefined }) {
  if (seconds === null || seconds === undefined) return <Absent />;
  return <span className={classes.time}>{duration(seconds)}</span>;
}
