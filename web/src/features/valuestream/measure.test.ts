import { expect, test } from "vitest";
import { changeOf, type Metric, say } from "./measure";

const metric = (patch: Partial<Metric>): Metric => ({
  key: "change_lead_time",
  unit: "seconds",
  value: 100,
  n: 20,
  low: 90,
  high: 110,
  enough: true,
  reason: "",
  message: "",
  previous: { value: 200, n: 20, low: null, high: null },
  percentiles: { p50: 0, p75: 0, p90: 0, p95: 0 },
  excluded: 0,
  readiness: [],
  series: [],
  ...patch,
});

test("a shorter lead time is better, a lower frequency is worse", () => {
  expect(changeOf(metric({}))).toMatchObject({ text: "−50 %", up: false, better: true });
  expect(changeOf(metric({ key: "deployment_frequency", unit: "per_day" }))).toMatchObject({ better: false });
});

test("too little data on either side is no change at all", () => {
  expect(changeOf(metric({ enough: false }))).toBeUndefined();
  expect(changeOf(metric({ previous: { value: null, n: 0, low: null, high: null } }))).toBeUndefined();
  expect(changeOf(metric({ value: null }))).toBeUndefined();
});

test("values read in the unit of their metric", () => {
  expect(say("seconds", 187_200)).toBe("2 d 4 h");
  expect(say("ratio", 0.043)).toBe("4.3 %");
  expect(say("per_day", 11.83)).toBe("11.8");
});
