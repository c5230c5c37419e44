import { describe, expect, test } from "vitest";
import type { Position } from "./queries";
import { clockOf, type LineDraft, lineReady, toneOf } from "./rules";

const at = (hours: number) => new Date(Date.UTC(2026, 4, 4) + hours * 3_600_000).toISOString();
const now = Date.parse(at(10));
const position = (more: Partial<Position>) =>
  ({ mode: "planning", status: "Draft", statusId: "1", since: at(0), breached: false, ...more }) as Position;

test("a breach shows above what the status means", () => {
  expect(toneOf(position({ mode: "completed" }))).toBe("good");
  expect(toneOf(position({ mode: "implementation" }))).toBe("active");
  expect(toneOf(position({ mode: "cancelled" }))).toBe("idle");
  expect(toneOf(position({ mode: "execution", breached: true }))).toBe("bad");
  expect(toneOf(undefined)).toBe("idle");
});

describe("the clock of a service level", () => {
  test("runs, comes close and is breached", () => {
    expect(clockOf(position({ dueAt: at(40) }), now)).toEqual({ state: "running", text: "1 d 6 h" });
    expect(clockOf(position({ dueAt: at(12) }), now)).toEqual({ state: "close", text: "2 h" });
    expect(clockOf(position({ dueAt: at(10) }), now)).toEqual({ state: "breached", text: "0 s" });
    expect(clockOf(position({ dueAt: at(8) }), now)).toEqual({ state: "breached", text: "2 h" });
  });
  test("says nothing where no time is set", () => {
    expect(clockOf(position({}), now).state).toBe("none");
    expect(clockOf(undefined, now).state).toBe("none");
    expect(clockOf(position({ breached: true }), now).state).toBe("breached");
  });
});

test("a line is ready when it names what it wants and its times do not go backwards", () => {
  const line: LineDraft = {
    key: "1",
    title: "",
    by: "environments",
    environments: ["a"],
    group: "",
    intent: "touch",
    onClash: "",
    ownTimes: false,
    from: "",
    to: "",
  };
  expect(lineReady(line)).toBe(true);
  expect(lineReady({ ...line, environments: [] })).toBe(false);
  expect(lineReady({ ...line, by: "group" })).toBe(false);
  expect(lineReady({ ...line, by: "group", group: "g" })).toBe(true);
  expect(lineReady({ ...line, ownTimes: true })).toBe(false);
  expect(lineReady({ ...line, ownTimes: true, from: "2026-05-02T08:00", to: "2026-05-02T07:00" })).toBe(false);
  expect(lineReady({ ...line, ownTimes: true, from: "2026-05-02T08:00", to: "2026-05-02T09:00" })).toBe(true);
  expect(lineReady({ ...line, environments: [], kept: {} })).toBe(true);
});
