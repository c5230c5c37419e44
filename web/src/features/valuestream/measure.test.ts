import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import en from "./en.json";
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

test("the same as before is no change, with what it is compared with", () => {
  const same = changeOf(metric({ value: 200 }));
  expect(same).toMatchObject({ text: undefined, up: undefined, better: undefined });
  expect(same?.against).toContain("n = 20");
});

test("every reason for which the server leaves an item out has a sentence here", () => {
  const source = readFileSync(join(import.meta.dirname, "../../../../internal/insight/valuestream/rows.go"), "utf8");
  const list = /reasonCodes = \[reasonCount\]string\{([^}]*)\}/.exec(source)?.[1] ?? "";
  const codes = [...list.matchAll(/"(\w+)"/g)].map((m) => m[1] ?? "");
  expect(codes.length).toBeGreaterThan(10);
  const reasons: Record<string, string> = en.reasons;
  expect(codes.filter((c) => !reasons[c]?.endsWith("."))).toEqual([]);
});

test("values read in the unit of their metric", () => {
  expect(say("seconds", 187_200)).toBe("2 d 4 h");
  expect(say("ratio", 0.043)).toBe("4.3 %");
  expect(say("per_day", 11.83)).toBe("11.8");
});
