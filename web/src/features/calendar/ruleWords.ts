import { localDay } from "@/lib/time";
import { nthOf, type Recurrence, readRule, weekdayOf } from "./recurrence";
import { t } from "./text";
import { wallOf } from "./zoned";

/** How something repeats, in words: "Every year on 20 December". A rule the form cannot show stays as it is written. */
export function ruleWords(rule: string, begin: string, zone: string): string {
  const day = wallOf(begin, zone).slice(0, 10);
  const r = readRule(rule, day, zone);
  if (r.repeats === "rule" || r.repeats === "once") return rule;
  return [everyWords(r, day), endWords(r)].filter(Boolean).join(", ");
}

function everyWords(r: Recurrence, day: string): string {
  const every = t(`repeats.in.${r.repeats as "daily"}`, { count: r.every });
  const n = Number(day.slice(8, 10));
  switch (r.repeats) {
    case "weekly":
      return t("repeats.onDays", { every, days: r.on.map((d) => t(`weekdayNames.${d}`)).join(", ") });
    case "monthly":
      return t("repeats.onDays", {
        every,
        days:
          r.by === "day"
            ? t("repeats.dayOfMonth", { day: n })
            : t("repeats.nthWeekday", {
                nth: t(`nth.${nthOf(day) as 1}`),
                weekday: t(`weekdayNames.${weekdayOf(day)}`),
              }),
      });
    case "yearly":
      return t("repeats.onDays", {
        every,
        days: new Date(`${day}T12:00:00Z`).toLocaleDateString("en-GB", {
          day: "numeric",
          month: "long",
          timeZone: "UTC",
        }),
      });
    default:
      return every;
  }
}

function endWords(r: Recurrence): string | undefined {
  if (r.ends === "count") return t("repeats.times", { count: r.count });
  if (r.ends === "until") return t("repeats.until", { day: localDay(new Date(`${r.until}T12:00`)) });
  return undefined;
}
