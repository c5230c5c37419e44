import { Title } from "@mantine/core";
import { useMemo } from "react";
import { Chart, type ChartData } from "@/components/chart";
import classes from "./environmentkpi.module.css";
import { useQuestion } from "./queries";
import { hours, monthName, percent, type Report } from "./report";
import { t } from "./text";

/** Thirteen months: a year and the month a year before. A point leads to its month. */
export function Trends({ report: r }: { report: Report }) {
  const { set } = useQuestion();
  const { shares, out, restore } = useMemo(() => {
    const base = { axis: t("month"), points: r.trend.map((m) => m.month), pointName: monthName };
    const share: ChartData = {
      ...base,
      format: (v) => percent(v) ?? "",
      series: [
        { name: t("figures.booked"), values: r.trend.map((m) => m.bookedShare.value), kind: "line" },
        {
          name: t("figures.contested"),
          values: r.trend.map((m) => m.contestedRate.value),
          kind: "line",
          tone: "attention",
        },
        { name: t("figures.rejected"), values: r.trend.map((m) => m.rejectionRate.value), kind: "line", tone: "bad" },
      ],
    };
    const hoursOut: ChartData = {
      ...base,
      unit: t("hours"),
      format: (v) => hours(v) ?? "",
      series: [
        { name: t("figures.unplanned"), values: r.trend.map((m) => m.unplannedHours.value), kind: "bar", tone: "bad" },
        { name: t("figures.planned"), values: r.trend.map((m) => m.plannedHours.value), kind: "bar", tone: "idle" },
      ],
    };
    const times: ChartData = {
      ...base,
      unit: t("hours"),
      format: (v) => hours(v) ?? "",
      series: [
        { name: t("figures.detect"), values: r.trend.map((m) => m.detectHours.value), kind: "line" },
        { name: t("figures.find"), values: r.trend.map((m) => m.findHours.value), kind: "line", tone: "attention" },
        { name: t("figures.restore"), values: r.trend.map((m) => m.restoreHours.value), kind: "line", tone: "good" },
      ],
    };
    return { shares: share, out: hoursOut, restore: times };
  }, [r.trend]);
  const go = (i: number) => set({ month: r.trend[i]?.month });
  return (
    <section aria-label={t("trend.title")}>
      <Title order={2} mb="sm">
        {t("trend.title")}
      </Title>
      <div className={classes.pair}>
        <Chart title={t("trend.shares")} data={shares} height={220} onPoint={go} />
        <Chart title={t("trend.out")} data={out} height={220} onPoint={go} />
        <Chart title={t("trend.times")} data={restore} height={220} onPoint={go} />
      </div>
    </section>
  );
}
