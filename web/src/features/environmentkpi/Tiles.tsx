import { useNavigate } from "@tanstack/react-router";
import { MetricTile } from "@/components/MetricTile";
import classes from "./environmentkpi.module.css";
import { changed, hours, type Measure, monthName, pageOf, percent, type Report } from "./report";
import { t } from "./text";

/** The figures of the month; each leads to the list of what it rests on. */
export function Tiles({ report: r }: { report: Report }) {
  const navigate = useNavigate();
  const { utilisation: u, bookings: b, outages: o, yearOnYear: y } = r;
  const tile = (
    name: string,
    value: string | undefined,
    of: Pick<Measure, "n" | "items">,
    more: { unit?: string; period?: string; change?: number | null; less?: boolean } = {},
  ) => {
    const page = pageOf(of.items);
    const text = changed(more.change);
    const better = more.change ? more.change < 0 === (more.less ?? true) : undefined;
    return (
      <MetricTile
        key={name}
        name={t(`figures.${name}` as "figures.booked")}
        value={value}
        unit={more.unit}
        n={of.n}
        period={more.period}
        unknown={value === undefined ? t(`unknown.${name}` as "unknown.booked") : undefined}
        change={
          value !== undefined && text !== undefined && report12(y)
            ? {
                text: more.change === 0 ? undefined : text,
                up: more.change ? more.change > 0 : undefined,
                better,
                against: t("against", { month: monthName(y.before) }),
              }
            : undefined
        }
        onOpen={page ? () => void navigate({ href: page }) : undefined}
      />
    );
  };
  const h = t("hours");
  return (
    <div className={classes.tiles}>
      {tile("booked", percent(u.bookedShare.value), u.bookedShare, {
        period: t("of", { a: hours(u.bookedHours.value) ?? "0", b: hours(u.capacityHours.value) ?? "0" }),
        change: y.bookedShare,
        less: false,
      })}
      {tile("used", percent(u.usedShare.value), u.usedShare, { period: `${hours(u.usedHours.value) ?? "0"} ${h}` })}
      {tile("idle", hours(u.idleHours.value), u.idleHours, { unit: h })}
      {tile("noShow", percent(b.noShowRate.value), b.noShowRate, { period: t("freed", { count: b.freedUnused.n }) })}
      {tile("rejected", percent(b.rejectionRate.value), b.rejectionRate, { change: y.rejectionRate })}
      {tile("contested", percent(b.contestedRate.value), b.contestedRate, { change: y.contestedRate })}
      {tile("decision", hours(b.decisionHours.median), b.decisionHours, {
        unit: h,
        period: t("most", { hours: hours(b.decisionHours.p90) ?? "" }),
      })}
      {tile("waited", hours(b.waitlistHours.median), b.waitlistHours, {
        unit: h,
        period: t("waiting", { count: b.waiting.n }),
      })}
      {tile("unplanned", hours(o.unplannedHours.value), o.unplannedHours, { unit: h, change: y.unplannedHours })}
      {tile("planned", hours(o.plannedHours.value), o.plannedHours, { unit: h, change: y.plannedHours })}
      {tile("detect", hours(o.detectHours.mean), o.detectHours, { unit: h })}
      {tile("restore", hours(o.restoreHours.mean), o.restoreHours, {
        unit: h,
        period: o.findHours.mean === null ? undefined : t("find", { hours: hours(o.findHours.mean) }),
        change: y.restoreHours,
      })}
      {r.requests.map((q) => (
        <MetricTile
          key={q.kind}
          name={t(`requests.${q.kind}`)}
          value={hours(q.hours.median)}
          unit={h}
          n={q.hours.n}
          period={q.breachRate.n > 0 ? t("breached", { share: percent(q.breachRate.value) }) : undefined}
          unknown={q.hours.median === null ? t("unknown.requests") : undefined}
        />
      ))}
    </div>
  );
}

/** Whether a year before is known at all. */
function report12(y: Report["yearOnYear"]): boolean {
  return Boolean(y.before && y.month);
}
