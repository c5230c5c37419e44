import { expect, test } from "vitest";
import { chartOption, durationStep } from "./option";

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
