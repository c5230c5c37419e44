import { t } from "../text";
import { markLines, marksAt } from "./marks";
import type { ChartData, ChartSeries } from "./types";

const cut = (label: string) => (label.length > 48 ? `${label.slice(0, 47)}…` : label);

export function hasBars(data: ChartData): boolean {
  return data.series.some((s) => s.kind === "bar");
}

type Color = (name: string) => string;

const tones: Record<NonNullable<ChartSeries["tone"]>, string> = {
  accent: "--app-accent",
  good: "--status-good-solid",
  active: "--status-active-solid",
  attention: "--status-attention-solid",
  bad: "--status-bad-solid",
  idle: "--status-idle-solid",
  frozen: "--status-frozen-solid",
};
const inTurn: NonNullable<ChartSeries["tone"]>[] = ["accent", "attention", "idle", "frozen", "active", "good"];

/** The ECharts option of a chart: one theme, time to the right, bars from zero, names at the lines before legends. */
export function chartOption(data: ChartData, color: Color): Record<string, unknown> {
  const text = color("--mantine-color-dimmed");
  const line = color("--app-line");
  const format = data.format ?? String;
  const pointName = data.pointName ?? ((p: string) => p);
  const many = data.series.length > 1;
  const font = { fontFamily: '"Inter Variable", system-ui, sans-serif', fontSize: 11, color: text };
  const bars = hasBars(data);
  return {
    aria: { enabled: true },
    textStyle: font,
    grid: {
      left: 8,
      right: many && !bars ? 96 : 16,
      top: data.marks?.length ? 32 : 12,
      bottom: 4,
      outerBoundsMode: "same",
    },
    tooltip: {
      trigger: "axis",
      confine: true,
      // Drawn on the canvas: the strict Content-Security-Policy lets no style attribute through.
      renderMode: "richText",
      axisPointer: { type: "line", lineStyle: { color: color("--app-line-strong") } },
      backgroundColor: color("--app-surface"),
      borderColor: color("--app-line-strong"),
      textStyle: { ...font, fontSize: 12, color: color("--mantine-color-text") },
      formatter: (items: { dataIndex: number }[]) => {
        const i = items[0]?.dataIndex ?? 0;
        const rows = data.series.map((s) => {
          const v = s.values[i];
          return `${s.name}: ${v === null || v === undefined ? "—" : format(v)}`;
        });
        const at = data.points[i] ?? "";
        const marks = marksAt(data, at).flatMap((m) => [
          `${m.kind}:`,
          ...m.labels.map((l) => `  ${cut(l)}`),
          ...(m.more > 0 ? [`  ${t("chart.moreMarks", { count: m.more })}`] : []),
        ]);
        return [pointName(at), ...rows, ...marks].join("\n");
      },
    },
    xAxis: {
      type: "category",
      data: data.points.map(pointName),
      boundaryGap: bars,
      axisLine: { lineStyle: { color: line } },
      axisTick: { show: false },
      axisLabel: { ...font, hideOverlap: true },
    },
    yAxis: {
      type: "value",
      min: 0,
      splitNumber: 4,
      ...(data.scale === "duration" ? wholeSteps(highest(data)) : {}),
      axisLabel: { ...font, formatter: (v: number) => format(v) },
      splitLine: { lineStyle: { color: line } },
    },
    series: data.series.flatMap((s, i) => {
      const tone = color(toneVariable(s, i));
      const drawn: Record<string, unknown> = {
        name: s.name,
        type: s.kind ?? "line",
        data: s.values.map((v) => (v === null ? "-" : v)),
        connectNulls: false,
        symbol: "circle",
        symbolSize: 5,
        showSymbol: data.points.length < 40,
        lineStyle: { width: 2, color: tone },
        itemStyle: { color: tone },
        barMaxWidth: 24,
        endLabel: many && !bars ? { show: true, formatter: s.name, color: tone, fontSize: 11, distance: 6 } : undefined,
      };
      if (i === 0 && data.marks?.length) {
        drawn.markLine = markLines(data, color, (t) => tones[t]);
      }
      return s.band ? [...band(s, tone), drawn] : [drawn];
    }),
  };
}

/** The largest value that is drawn. */
export function highest(data: ChartData): number {
  const all = data.series.flatMap((s) => [...s.values, ...(s.band ?? []).map((b) => b?.[1] ?? null)]);
  return Math.max(0, ...all.filter((v): v is number => v !== null));
}

const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;
const steps = [
  1,
  5,
  10,
  30,
  minute,
  5 * minute,
  10 * minute,
  30 * minute,
  hour,
  2 * hour,
  4 * hour,
  6 * hour,
  12 * hour,
  day,
  2 * day,
  4 * day,
  7 * day,
  14 * day,
  28 * day,
  56 * day,
  91 * day,
  182 * day,
  364 * day,
];

/** A step for an axis of seconds that people count in, with at most five of them up to the highest value. */
export function durationStep(max: number): number {
  return steps.find((s) => max / s <= 5) ?? Math.ceil(max / 5 / (364 * day)) * 364 * day;
}

/** An axis of seconds that ends at a whole step, so that its last line has a round name like the others. */
function wholeSteps(max: number): { interval: number; max: number } {
  const interval = durationStep(max);
  return { interval, max: Math.max(1, Math.ceil(max / interval)) * interval };
}

/** The colour of a tone on a chart. */
export const toneColor = (tone: NonNullable<ChartSeries["tone"]>) => tones[tone];

/** The colour of a series, as its drawing and its legend have it. */
export function toneVariable(series: ChartSeries, index: number): string {
  return tones[series.tone ?? inTurn[index % inTurn.length] ?? "accent"];
}

/** A band is two stacked areas, the lower one invisible. */
function band(s: ChartSeries, tone: string): Record<string, unknown>[] {
  const common = {
    type: "line",
    stack: `band ${s.name}`,
    symbol: "none",
    silent: true,
    lineStyle: { opacity: 0 },
    tooltip: { show: false },
  };
  return [
    { ...common, data: s.band?.map((b) => (b ? b[0] : "-")) },
    { ...common, data: s.band?.map((b) => (b ? b[1] - b[0] : "-")), areaStyle: { color: tone, opacity: 0.15 } },
  ];
}
