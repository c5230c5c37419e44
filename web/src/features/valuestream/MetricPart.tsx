import { List, Text, Title } from "@mantine/core";
import { useMemo } from "react";
import { Chart, type ChartData } from "@/components/chart";
import { MetricTile } from "@/components/MetricTile";
import { textOr } from "@/lib/i18n";
import { localDay } from "@/lib/time";
import { changeOf, type Metric, say, unitWord } from "./measure";
import { t } from "./text";

/** One of the five numbers. */
export function Tile({ metric: m, onOpen, selected }: { metric: Metric; onOpen: () => void; selected: boolean }) {
  return (
    <MetricTile
      name={t(`metrics.${m.key}`)}
      value={m.value === null ? undefined : say(m.unit, m.value)}
      unit={unitWord(m.unit)}
      n={m.n}
      interval={m.low !== null && m.high !== null ? [say(m.unit, m.low), say(m.unit, m.high)] : undefined}
      change={changeOf(m)}
      notEnough={m.enough ? undefined : textOr("valuestream", `notEnough.${m.reason}`, m.message || t("noData"))}
      onOpen={onOpen}
      selected={selected}
    />
  );
}

/** The course of a metric over the period, with its interval as a band. */
export function Trend({
  metric: m,
  incidents,
  onPoint,
}: {
  metric: Metric;
  /** The incidents of the period, where they are known and not too many to mark. */
  incidents: { at: string; label: string }[];
  onPoint?: (start: string, end: string) => void;
}) {
  const data = useMemo<ChartData>(() => {
    const points = m.series.map((p) => p.start);
    return {
      axis: t("period"),
      points,
      unit: unitWord(m.unit),
      scale: m.unit === "seconds" ? "duration" : "plain",
      pointName: (p) => localDay(new Date(p)),
      format: (v) => say(m.unit, v),
      series: [
        {
          name: t(`metrics.${m.key}`),
          values: m.series.map((p) => p.value),
          kind: m.unit === "per_day" ? "bar" : "line",
          band:
            m.unit === "per_day"
              ? undefined
              : m.series.map((p) => (p.low !== null && p.high !== null ? [p.low, p.high] : null)),
        },
      ],
      // An incident stands at the point whose period it began in.
      marks: incidents.flatMap((i) => {
        const at = Date.parse(i.at);
        const p = m.series.find((s) => at >= Date.parse(s.start) && at < Date.parse(s.end));
        return p ? [{ at: p.start, label: i.label, kind: t("incidents"), tone: "bad" as const }] : [];
      }),
    };
  }, [m, incidents]);
  const point = (i: number) => {
    const p = m.series[i];
    if (p) onPoint?.(p.start, p.end);
  };
  return <Chart title={t(`metrics.${m.key}`)} data={data} height={200} onPoint={onPoint ? point : undefined} />;
}

/** What is still missing before the numbers can be had, as a list to work off. */
export function Readiness({ metrics }: { metrics: Metric[] }) {
  const seen = new Map<string, { message: string; metrics: string[] }>();
  for (const m of metrics)
    for (const r of m.readiness) {
      const entry = seen.get(r.code) ?? { message: r.message, metrics: [] };
      entry.metrics.push(t(`metrics.${m.key}`));
      seen.set(r.code, entry);
    }
  if (seen.size === 0) return null;
  return (
    <section aria-label={t("readiness.title")}>
      <Title order={2} mt="md">
        {t("readiness.title")}
      </Title>
      <List size="sm" spacing={6} mt={6}>
        {[...seen].map(([code, entry]) => (
          <List.Item key={code}>
            {entry.message}{" "}
            <Text span size="xs" c="dimmed">
              {t("readiness.for", { metrics: entry.metrics.join(", ") })}
            </Text>
          </List.Item>
        ))}
      </List>
    </section>
  );
}
