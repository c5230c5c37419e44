import type { Schema } from "@/api/client";
import type { MetricChange } from "@/components/MetricTile";
import { duration } from "@/lib/time";
import { t } from "./text";

export type Metric = Schema<"ValuestreamMetricView">;
export type MetricKey = Metric["key"];

export const metricKeys: MetricKey[] = [
  "change_lead_time",
  "deployment_frequency",
  "failed_deployment_recovery_time",
  "change_fail_rate",
  "deployment_rework_rate",
];

/** Whether more is better. */
const moreIsBetter: Record<MetricKey, boolean> = {
  change_lead_time: false,
  deployment_frequency: true,
  failed_deployment_recovery_time: false,
  change_fail_rate: false,
  deployment_rework_rate: false,
};

const plain = (n: number) => new Intl.NumberFormat("en", { maximumSignificantDigits: n >= 100 ? 4 : 3 }).format(n);

/** A value of a metric in words: "2 d 4 h", "11.8 a day", "4.3 %". */
export function say(unit: Metric["unit"] | string, value: number): string {
  if (unit === "seconds") return duration(value);
  if (unit === "ratio") return `${plain(value * 100)} %`;
  return plain(value);
}

export const unitWord = (unit: Metric["unit"]) => (unit === "per_day" ? t("perDay") : undefined);

/** The change against the period before; nothing where either side has too little data. */
export function changeOf(m: Metric): MetricChange | undefined {
  const before = m.previous.value;
  if (m.value === null || before === null || !m.enough || before === 0) return undefined;
  const part = (m.value - before) / before;
  const same = Math.abs(part) < 0.005;
  const up = part > 0;
  return {
    text: same ? undefined : `${up ? "+" : "−"}${Math.abs(part * 100).toFixed(Math.abs(part) < 0.1 ? 1 : 0)} %`,
    up: same ? undefined : up,
    better: same ? undefined : up === moreIsBetter[m.key],
    against: t("against", { value: say(m.unit, before), n: m.previous.n }),
  };
}
