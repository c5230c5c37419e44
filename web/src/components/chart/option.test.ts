import { expect, test } from "vitest";
import { markKinds, marksAt } from "./marks";
import { chartOption, durationStep } from "./option";
import type { ChartData } from "./types";

test.each([
  [0, 1],
  [240, 60],
  [3_000, 600],
  [20_000, 2 * 3600],
  [400_000, 86_400],
  [30 * 86_400, 7 * 86_400],
])("up to %d seconds the axis counts in steps of %d", (max, step) => {
  expect(durationStep(max)).toBe(step);
});

test("what is missing is a gap, never a zero, and bars begin at zero", () => {
  const option = chartOption(
    { axis: "Week", points: ["a", "b"], series: [{ name: "n", kind: "bar", values: [null, 0] }] },
    (name) => name,
  ) as { series: { data: unknown[] }[]; yAxis: { min: number } };
  expect(option.series[0]?.data).toEqual(["-", 0]);
  expect(option.yAxis.min).toBe(0);
});

const marked: ChartData = {
  axis: "Week",
  points: ["a", "b", "c"],
  series: [{ name: "n", values: [1, 2, 3] }],
  marks: [
    ...[1, 2, 3].map((i) => ({ at: "b", label: `INC-${i}`, kind: "Incidents" })),
    { at: "c", label: "4.2", kind: "Releases", tone: "active" as const },
    { at: "elsewhere", label: "INC-9", kind: "Incidents" },
  ],
};

test("marks are one sign with a number for each point, and the legend counts what is drawn", () => {
  expect(markKinds(marked).map((k) => [k.name, k.count])).toEqual([
    ["Incidents", 3],
    ["Releases", 1],
  ]);
  const line = (chartOption(marked, (n) => n) as { series: { markLine: MarkLine }[] }).series[0]?.markLine;
  expect(line?.data.map((d) => d.xAxis)).toEqual([1, 2]);
  expect(line?.label.formatter({ name: "b" })).toBe("{k0|▲ 3}");
  expect(line?.label.formatter({ name: "c" })).toBe("{k1|◆}");
});
interface MarkLine {
  data: { xAxis: number }[];
  label: { formatter: (m: { name: string }) => string };
}

test("a point names the first of its marks and counts the rest", () => {
  expect(marksAt(marked, "b", 2)).toEqual([{ kind: "Incidents", labels: ["INC-1", "INC-2"], more: 1 }]);
  expect(marksAt(marked, "a")).toEqual([]);
});

test("an axis of durations ends at a whole step", () => {
  const option = chartOption(
    { axis: "Week", points: ["a"], scale: "duration", series: [{ name: "n", values: [400_000] }] },
    (n) => n,
  ) as { yAxis: { max: number; interval: number } };
  expect(option.yAxis).toMatchObject({ interval: 86_400, max: 5 * 86_400 });
});
