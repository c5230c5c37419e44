import { QueryClient } from "@tanstack/react-query";
import { afterEach, describe, expect, test, vi } from "vitest";
import { ifMatch, ok, uniqueKey } from "./client";
import { followLive, touched } from "./live";
import { inTreeOrder } from "./lookups";
import { asProblem, Problem, toProblem } from "./problem";

describe("a problem", () => {
  test("carries what the server said", () => {
    const p = toProblem(new Response(null, { status: 409 }), {
      title: "Conflict",
      status: 409,
      detail: "Somebody changed this record.",
      code: "stale",
      requestId: "r1",
      errors: [{ path: "body.email", code: "email_taken", message: "Taken." }],
      data: { currentVersion: 7 },
    });
    expect(p).toMatchObject({ status: 409, code: "stale", message: "Somebody changed this record.", requestId: "r1" });
    expect(p.fields[0]).toMatchObject({ path: "body.email", message: "Taken." });
    expect(p.data.currentVersion).toBe(7);
    expect(p.transient).toBe(false);
  });
  test("has words even when the answer has none", () => {
    const p = toProblem(new Response(null, { status: 503 }), "<html>bad gateway</html>");
    expect(p.message).toContain("Try again");
    expect(p.transient).toBe(true);
  });
  test("a lost network is not a bug of the page", () => {
    expect(asProblem(new TypeError("Failed to fetch"))).toMatchObject({ code: "offline", transient: true });
  });
});

test("ok returns data and throws problems", async () => {
  const good = { data: { a: 1 }, response: new Response(null, { status: 200 }) };
  expect(await ok(Promise.resolve(good))).toEqual({ a: 1 });
  const bad = { error: { code: "forbidden", detail: "No." }, response: new Response(null, { status: 403 }) };
  await expect(ok(Promise.resolve(bad))).rejects.toMatchObject({ code: "forbidden", status: 403 });
  await expect(ok(Promise.reject(new TypeError("x")))).rejects.toBeInstanceOf(Problem);
});

test("versions become entity tags and keys do not repeat", () => {
  expect(ifMatch(3)).toBe('"3"');
  expect(new Set(Array.from({ length: 500 }, uniqueKey)).size).toBe(500);
});

describe("the live stream", () => {
  class FakeSource {
    static last: FakeSource;
    onmessage?: (m: { data: string }) => void;
    onopen?: () => void;
    onerror?: () => void;
    readyState = 1;
    named: Record<string, () => void> = {};
    closed = false;
    constructor(readonly url: string) {
      FakeSource.last = this;
    }
    addEventListener(name: string, fn: () => void) {
      this.named[name] = fn;
    }
    close() {
      this.closed = true;
    }
  }
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  const event = { id: "e1", at: "", kind: "people.person_changed", subjectKind: "person", subjectId: "p1" };

  test("an event makes the record, its lists and what shows it old", () => {
    const keys = touched(event).map((k) => k.join(" "));
    expect(keys).toEqual(expect.arrayContaining(["person list", "person one p1", "event", "team"]));
    expect(keys).not.toContain("deployment list");
  });

  test("a burst of events asks once for each key, a resync asks for everything", () => {
    vi.useFakeTimers();
    vi.stubGlobal("EventSource", FakeSource);
    const client = new QueryClient();
    const asked = vi.spyOn(client, "invalidateQueries").mockResolvedValue();
    const stop = followLive(client);
    for (let i = 0; i < 20; i++) FakeSource.last.onmessage?.({ data: JSON.stringify(event) });
    FakeSource.last.onmessage?.({ data: "not json" });
    expect(asked).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1000);
    expect(asked.mock.calls.filter(([f]) => String(f?.queryKey) === "person,one,p1")).toHaveLength(1);
    asked.mockClear();
    FakeSource.last.named.resync?.();
    expect(asked).toHaveBeenCalledExactlyOnceWith();
    stop();
    expect(FakeSource.last.closed).toBe(true);
  });
});

test("units stand depth first, siblings by name, whatever order they come in", () => {
  const u = (id: string, name: string, parentId?: string) => ({ id, name, parentId }) as never;
  const out = inTreeOrder([u("c", "Zeta", "a"), u("d", "Deep", "b"), u("b", "Alpha", "a"), u("a", "Root", "hidden")]);
  expect(out.map((x) => x.name)).toEqual(["Root", "Alpha", "Deep", "Zeta"]);
});
