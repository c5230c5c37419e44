import { describe, expect, test } from "vitest";
import { Problem } from "@/api/problem";
import { faultsOf, freshLine, lineBody, lineReady } from "./lineDraft";
import type { Position } from "./queries";
import { clockOf, lineState, nextOf, toneOf } from "./rules";

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

test("an end that its workflow paints red is a bad one", () => {
  expect(toneOf(position({ mode: "completed", colour: "#c23030" }))).toBe("bad");
  expect(toneOf(position({ mode: "cancelled", colour: "#c23030" }))).toBe("bad");
  expect(toneOf(position({ mode: "completed", colour: "#2f7d3b" }))).toBe("good");
  expect(toneOf(position({ mode: "cancelled", colour: "#8c96a3" }))).toBe("idle");
  expect(toneOf(position({ mode: "execution", colour: "#c23030" }))).toBe("active");
});

test("the next status lies ahead and does not give the request up", () => {
  const to = (id: string, mode = "execution", allowed = true) => ({ id, mode, allowed });
  expect(nextOf([to("assigned"), to("progress", "implementation")], ["requested", "assigned"])?.id).toBe("progress");
  expect(nextOf([to("cancelled", "cancelled"), to("done", "completed")], [])?.id).toBe("done");
  expect(nextOf([to("approved", "execution", false), to("draft", "planning")], ["draft"])?.id).toBe("draft");
  expect(nextOf([to("cancelled", "cancelled")], [])).toBeUndefined();
});

test("a line is as far as the booking that is furthest back", () => {
  const of = (...all: string[]) => lineState(all.map((status) => ({ status })));
  expect(of()).toBeUndefined();
  expect(of("approved", "requested")).toBe("requested");
  expect(of("approved", "waiting", "requested")).toBe("waiting");
  expect(of("approved", "cancelled")).toBe("approved");
  expect(of("rejected", "cancelled")).toBe("rejected");
});

test("a line is ready when it names what it wants and its times do not go backwards", () => {
  const line = { ...freshLine("2026-05-02"), environments: ["a"] };
  expect(lineReady(line)).toBe(true);
  expect(lineReady({ ...line, environments: [] })).toBe(false);
  expect(lineReady({ ...line, by: "group" })).toBe(false);
  expect(lineReady({ ...line, by: "group", group: "g" })).toBe(true);
  expect(lineReady({ ...line, by: "capability", capability: { usage: [] } })).toBe(false);
  expect(lineReady({ ...line, by: "capability", capability: { usage: ["SIT"] } })).toBe(true);
  expect(lineReady({ ...line, when: "own" })).toBe(false);
  expect(lineReady({ ...line, when: "own", from: "2026-05-02T08:00", to: "2026-05-02T07:00" })).toBe(false);
  expect(lineReady({ ...line, when: "own", from: "2026-05-02T08:00", to: "2026-05-02T09:00" })).toBe(true);
  expect(lineReady({ ...line, when: "slot", slot: "s", day: "" })).toBe(false);
});

test("a slot is sent with its day, and as it was shown while nobody touched it", () => {
  const shown = { slot: "night", day: "2026-05-02", from: at(10), to: at(20) };
  const line = { ...freshLine("2026-05-02", "night"), environments: ["a"], shown };
  expect(lineBody(line)).toMatchObject({ slot: "night", from: at(10), to: at(20) });
  expect(lineBody(line).day).toBeUndefined();
  expect(lineBody({ ...line, day: "2026-05-03" })).toMatchObject({ slot: "night", day: "2026-05-03" });
  expect(lineBody({ ...line, when: "request" })).not.toHaveProperty("slot");
});

test("a refusal lands on the lines and questions that it names", () => {
  const field = (path: string, message: string) => ({ path, code: "x", message });
  const refused = new Problem({
    status: 422,
    code: "request_incomplete",
    message: "The request cannot be submitted like this.",
    fields: [
      field("body.lines[1].to", "Too late."),
      field("body.answers.q1", "Answer this first."),
      field("body.from", "Past."),
    ],
  });
  expect([...faultsOf(refused).lines]).toEqual([[1, ["Too late."]]]);
  expect(faultsOf(refused).answers).toEqual({ q1: "Answer this first." });
  const taken = new Problem({ status: 409, code: "booking_overlaps", message: "It is taken.", data: { line: 0 } });
  expect([...faultsOf(taken).lines]).toEqual([[0, ["It is taken."]]]);
});
