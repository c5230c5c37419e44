import { describe, expect, test } from "vitest";
import { actsOf, mainActs } from "./actRules";
import { agendaOf, clockOf } from "./agendaOf";
import { changeBody, diffOf } from "./change";
import { conflictRows, hullOf } from "./conflictRows";
import { applied, begin, bodyOf, type Draft, freezesOf, questionOf, targetsOf } from "./draft";
import { nowAndNext } from "./nowAndNextOf";
import { compatible, policyOf, togglePair } from "./policy";
import type { Alternative, Booking, Closure, ConflictView, Move, PolicyView } from "./queries";
import { complete, ordinalOf, ruleOf, usual, weekdayOf } from "./recurrence";
import { showsView, viewOf } from "./savedView";
import {
  neighbourOf,
  nextWindow,
  type Range,
  rangeAround,
  rangeOf,
  ranges,
  type SchedulePage,
  stripeOf,
  toRows,
  windowOf,
} from "./schedule";
import { movesLeft, moveWords } from "./settlementWords";
import { day, hour, inputOf, midnight, momentOf, plusDays, spanWords } from "./span";
import { wayHelp } from "./wayHelp";

const at = (text: string) => new Date(text).getTime();
const utc = (text: string) => new Date(text).toISOString();

describe("times", () => {
  test("an input says the same moment it was given", () => {
    for (const text of ["2026-03-29T01:30", "2026-10-25T02:30", "2024-02-29T23:59"]) {
      expect(inputOf(at(text))).toBe(text);
      expect(momentOf(inputOf(at(text)))).toBe(at(text));
    }
    expect(momentOf("")).toBeUndefined();
    expect(momentOf("2026-13-01T00:00")).toBeUndefined();
  });
  test("days keep the time of the clock, also over a change of clocks", () => {
    for (let i = 0; i < 400; i++) {
      const later = new Date(plusDays(at("2026-01-01T09:00"), i));
      expect([later.getHours(), later.getMinutes()]).toEqual([9, 0]);
    }
  });
  test("a day is named once when both ends lie in it", () => {
    expect(spanWords(at("2026-05-14T09:30"), at("2026-05-14T17:00"))).toMatch(/14 May.* 09:30 – 17:00$/);
    expect(spanWords(at("2026-05-14T09:30"), at("2026-05-15T17:00"))).toMatch(/14 May.* – .*15 May/);
  });
});

describe("recurrence", () => {
  const start = at("2026-05-12T09:00"); // the second Tuesday of May
  test("says in RFC 5545 what was chosen", () => {
    expect(weekdayOf(start)).toBe("TU");
    expect(ruleOf(usual(start), start)).toBe("FREQ=WEEKLY;BYDAY=TU;COUNT=6");
    expect(ruleOf({ ...usual(start), every: 2, on: ["FR", "MO"] }, start)).toBe(
      "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,FR;COUNT=6",
    );
    expect(ruleOf({ ...usual(start), frequency: "monthly", by: "weekday" }, start)).toBe(
      "FREQ=MONTHLY;BYDAY=2TU;COUNT=6",
    );
    expect(ruleOf({ ...usual(start), frequency: "monthly" }, start)).toBe("FREQ=MONTHLY;BYMONTHDAY=12;COUNT=6");
    expect(ruleOf({ ...usual(start), frequency: "daily", end: { kind: "until", day: "2026-05-20" } }, start)).toMatch(
      /^FREQ=DAILY;UNTIL=20260520T\d{6}Z$|^FREQ=DAILY;UNTIL=20260521T\d{6}Z$/,
    );
  });
  test("no days chosen means the day it begins, and the fifth of its kind is the last", () => {
    expect(ruleOf({ ...usual(start), on: [] }, start)).toContain("BYDAY=TU");
    expect(ordinalOf(at("2026-05-29T09:00"))).toBe(-1);
    expect(ordinalOf(at("2026-05-28T09:00"))).toBe(4);
  });
  test("is not asked about before it is whole", () => {
    expect(complete(usual(start), start)).toBe(true);
    expect(complete({ ...usual(start), end: { kind: "until", day: "" } }, start)).toBe(false);
    expect(complete({ ...usual(start), end: { kind: "until", day: "2026-05-11" } }, start)).toBe(false);
    expect(complete({ ...usual(start), every: 0 }, start)).toBe(false);
  });
});

describe("what is sent", () => {
  const from = at("2026-05-12T09:00");
  const draft: Draft = { ...begin({ from, to: from + 8 * hour, environment: "e1" }), title: " Regression " };
  test("exactly one target, and nothing while it is missing", () => {
    expect(targetsOf(draft)).toEqual({ environment: "e1" });
    expect(targetsOf({ ...draft, mode: "group" })).toBeUndefined();
    expect(targetsOf({ ...draft, mode: "environments", environments: ["a", "b"] })).toEqual({
      environments: ["a", "b"],
    });
    expect(targetsOf({ ...draft, mode: "capability" })).toBeUndefined();
    expect(
      targetsOf({
        ...draft,
        mode: "capability",
        capability: { usage: ["SIT"], dataClass: [], versions: [{ application: "" }] },
      }),
    ).toEqual({ capability: { usage: ["SIT"], versions: undefined } });
  });
  test("no question before the times make sense", () => {
    expect(questionOf({ ...draft, to: from })).toBeUndefined();
    expect(questionOf({ ...draft, from: undefined })).toBeUndefined();
    expect(questionOf(draft)).toMatchObject({ environment: "e1", intent: "touch", from: utc("2026-05-12T09:00") });
  });
  test("words are trimmed, what is empty is left out, the waitlist is asked for by name", () => {
    const body = bodyOf({ ...draft, wait: true, release: "  ", overrideReason: " quarter end " }, "Europe/Berlin");
    expect(body).toMatchObject({ title: "Regression", onClash: "wait", overrideReason: "quarter end" });
    expect(body?.release).toBeUndefined();
    expect(bodyOf({ ...draft, recurrence: usual(from) }, "Europe/Berlin")?.recurrence).toEqual({
      rule: "FREQ=WEEKLY;BYDAY=TU;COUNT=6",
      zone: "Europe/Berlin",
      skipClashing: undefined,
    });
  });
  test("a way out changes only what it is about", () => {
    const way = (a: Partial<Alternative>) => applied({ kind: "wait", message: "", score: 1, ...a } as Alternative);
    const times = { from: utc("2026-05-13T09:00"), to: utc("2026-05-13T17:00") };
    expect(way({ kind: "wait" })).toEqual({ wait: true });
    expect(way({ kind: "share", intent: "touch" })).toEqual({ intent: "touch", wait: false });
    expect(way({ kind: "next_slot", ...times })).toEqual({
      from: at("2026-05-13T09:00"),
      to: at("2026-05-13T17:00"),
      wait: false,
    });
    expect(way({ kind: "equivalent", ...times, environment: { id: "e2", key: "E2", name: "E2" } })).toMatchObject({
      mode: "environment",
      environment: "e2",
      from: at("2026-05-13T09:00"),
    });
    expect(way({ kind: "ask_holder" })).toEqual({});
  });
  test("help of a way out speaks of what was wanted", () => {
    const wanted = { from, to: from + 10 * hour };
    const help = (a: Partial<Alternative>) =>
      wayHelp({ kind: "wait", message: "said by the server", score: 1, ...a } as Alternative, wanted);
    expect(
      help({
        kind: "next_slot",
        from: new Date(from + day).toISOString(),
        to: new Date(from + day + 10 * hour).toISOString(),
      }),
    ).toContain("1 d later");
    expect(
      help({ kind: "shorten", from: new Date(from + 4 * hour).toISOString(), to: new Date(wanted.to).toISOString() }),
    ).toContain("60 %");
    expect(help({})).toBe("said by the server");
  });
  test("only what refuses bookings is a freeze", () => {
    const c = (refuses: Closure["refuses"]) => ({ refuses }) as Closure;
    expect(freezesOf([c(["deployment"]), c(["booking", "deployment"]), c([])])).toHaveLength(1);
  });
});

const env = (id: string) => ({ id, key: id.toUpperCase(), name: id });
const booking = (p: Partial<Booking>): Booking =>
  ({
    id: "b",
    reference: "BK-1",
    title: "T",
    status: "approved",
    intent: "touch",
    from: utc("2026-05-12T09:00"),
    to: utc("2026-05-12T17:00"),
    environments: [env("e1")],
    allowedActs: [],
    version: 3,
    ...p,
  }) as Booking;

describe("a change", () => {
  const same = {
    from: at("2026-05-12T09:00"),
    to: at("2026-05-12T17:00"),
    intent: "touch" as const,
    overrideReason: "",
  };
  test("sends only what differs", () => {
    expect(changeBody(booking({}), same)).toEqual({});
    expect(changeBody(booking({}), { ...same, to: same.to + hour })).toEqual({ to: utc("2026-05-12T18:00") });
    expect(changeBody(booking({}), { ...same, environment: { from: "e1", to: "e2" } })).toEqual({ environment: "e2" });
  });
  test("an environment of several takes the place of the one it was dragged from", () => {
    const b = booking({ environments: [env("e1"), env("e2")] as Booking["environments"] });
    expect(changeBody(b, { ...same, environment: { from: "e1", to: "e3" } })).toEqual({ environments: ["e2", "e3"] });
    expect(changeBody(b, { ...same, environment: { from: "e1", to: "e2" } })).toEqual({ environment: "e2" });
  });
  test("is told as before and after", () => {
    const rows = diffOf(booking({}), { ...same, from: same.from + day, to: same.to + day, intent: "change_code" });
    expect(rows.map((r) => r.field)).toEqual(["time", "intent"]);
    expect(diffOf(booking({}), same)).toEqual([]);
  });
});

describe("acts", () => {
  test("only what the server allows, in the order of the page; what it does not know is left out", () => {
    expect(actsOf({ allowedActs: ["cancel", "extend", "approve", "teleport"] })).toEqual([
      "approve",
      "extend",
      "cancel",
    ]);
  });
  test("a decision comes before everything else", () => {
    expect(mainActs(["approve", "reject", "extend", "cancel"], true)).toEqual(["approve", "reject"]);
    expect(mainActs(["confirm_use", "extend", "release_early", "hand_over", "cancel"], true)).toEqual([
      "confirm_use",
      "extend",
      "release_early",
    ]);
    expect(mainActs(["ask_holder"], false)).toEqual(["ask_holder"]);
  });
});

describe("the schedule", () => {
  const page: SchedulePage = {
    from: "",
    to: "",
    view: "environments",
    rows: [
      { id: "e1", name: "One", bookable: true, bars: [0, 1] },
      {
        id: "e2",
        name: "Two",
        bookable: true,
        bars: [],
        closures: [
          {
            kind: "freeze",
            name: "Freeze",
            from: utc("2026-05-12"),
            to: utc("2026-05-13"),
            override: false,
            reason: "",
            refuses: [],
          },
        ],
      },
    ],
    bookings: [
      { id: "a", n: 1, t: "A", s: "approved", i: "touch", f: 0, u: 10, h: 0, v: 1 },
      { id: "b", n: 2, t: "B", s: "requested", i: "touch", f: 5, u: 15, h: -1, c: true, v: 1, k: "26.4" },
    ],
    holders: [{ id: "p1", name: "Ada" }],
  };
  const look = { colour: "none" as const, movable: (h: string | undefined) => h === "p1", detail: () => undefined };
  test("bars know their tone, holder and whether they may be moved", () => {
    const rows = toRows(page, look);
    expect(rows[0]?.bars[0]).toMatchObject({ tone: "good", tentative: false, movable: true, holder: { name: "Ada" } });
    expect(rows[0]?.bars[1]).toMatchObject({ tone: "active", tentative: true, clash: true, movable: false });
    expect(rows[1]?.shades).toMatchObject([{ tone: "frozen", label: "Freeze" }]);
  });
  test("only conflicts leaves out what has none", () => {
    const rows = toRows(page, { ...look, onlyConflicts: true });
    expect(rows.map((r) => [r.id, r.bars.map((b) => b.id)])).toEqual([["e1", ["b"]]]);
  });
  test("the same words have the same stripe", () => {
    expect(toRows(page, { ...look, colour: "release" })[0]?.bars[1]?.stripe).toBe(stripeOf("26.4"));
    expect(stripeOf(undefined)).toBeUndefined();
  });
  test("the overview shows how much is booked", () => {
    const rows = toRows(
      {
        ...page,
        view: "overview",
        rows: [
          {
            id: "app",
            name: "App",
            bookable: true,
            bars: [],
            total: 2,
            load: [{ from: utc("2026-05-12"), to: utc("2026-05-13"), count: 2 }],
          },
        ],
        bookings: [],
      },
      look,
    );
    expect(rows[0]?.bars[0]).toMatchObject({ label: "2/2", tone: "attention" });
  });
});

describe("the time shown", () => {
  const now = at("2026-05-13T10:00");
  test.each(Object.keys(ranges) as Range[])(
    "%s holds the moment, is known again and has neighbours without a gap",
    (range) => {
      const span = rangeAround(range, now);
      expect(span.from).toBeLessThanOrEqual(now);
      expect(span.to).toBeGreaterThan(now);
      expect(rangeOf(span)).toBe(range);
      expect(neighbourOf(span, 1).from).toBe(span.to);
      expect(neighbourOf(span, -1).to).toBe(span.from);
    },
  );
  test("what is read covers the view with room, and small moves read nothing new", () => {
    const view = rangeAround("fortnight", now);
    const window = windowOf(view);
    expect(window.from).toBeLessThanOrEqual(view.from - 7 * day);
    expect(window.to).toBeGreaterThanOrEqual(view.to + 7 * day);
    expect(nextWindow(window, { from: view.from + day, to: view.to + day })).toBe(window);
    expect(nextWindow(window, { from: window.to, to: window.to + day })).not.toBe(window);
    const hourly = { from: now, to: now + hour };
    expect(nextWindow(windowOf(rangeAround("year", now)), hourly)).toEqual(windowOf(hourly));
  });
});

describe("the agenda", () => {
  const base = midnight(at("2026-05-12T00:00"));
  const rows = toRows(
    {
      from: "",
      to: "",
      view: "environments",
      rows: [{ id: "e", name: "E", bookable: true, bars: [0, 1] }],
      bookings: [
        {
          id: "long",
          n: 1,
          t: "Long",
          s: "approved",
          i: "touch",
          f: base + 9 * hour,
          u: plusDays(base, 2) + 5 * hour,
          h: -1,
          v: 1,
        },
        {
          id: "short",
          n: 2,
          t: "Short",
          s: "approved",
          i: "touch",
          f: base + 10 * hour,
          u: base + 12 * hour,
          h: -1,
          v: 1,
        },
      ],
      holders: [],
    },
    { colour: "none", movable: () => false, detail: () => undefined },
  );
  test("a booking stands under every day it touches", () => {
    const days = agendaOf(rows, { from: base, to: plusDays(base, 4) });
    expect(days.map((d) => d.entries.map((e) => e.bar.id))).toEqual([["long", "short"], ["long"], ["long"], []]);
  });
  test("the clock says what of it lies on the day", () => {
    const span = { from: base + 9 * hour, to: plusDays(base, 2) + 5 * hour };
    expect(clockOf(span, base)).toContain("09:00");
    expect(clockOf(span, plusDays(base, 1))).toBe("all day");
    expect(clockOf(span, plusDays(base, 2))).toContain("05:00");
    expect(clockOf({ from: base, to: plusDays(base, 1) }, base)).toBe("all day");
    expect(clockOf({ from: base + hour, to: base + 2 * hour }, base)).toBe("01:00 – 02:00");
  });
});

describe("now and next", () => {
  const now = at("2026-05-12T10:00");
  const b = (id: string, from: string, to: string, status: Booking["status"] = "approved") =>
    booking({ id, from: utc(from), to: utc(to), status });
  test("it is free after the chain of bookings that follow without a gap", () => {
    const a = nowAndNext(
      [
        b("next", "2026-05-12T12:00", "2026-05-12T14:00"),
        b("now", "2026-05-12T09:00", "2026-05-12T12:00"),
        b("later", "2026-05-12T15:00", "2026-05-12T16:00"),
      ],
      now,
    );
    expect(a.current.map((x) => x.id)).toEqual(["now"]);
    expect(a.next.map((x) => x.id)).toEqual(["next", "later"]);
    expect(a.freeFrom).toBe(at("2026-05-12T14:00"));
    expect(a.freeUntil).toBeUndefined();
  });
  test("what is only asked for does not hold it", () => {
    const a = nowAndNext(
      [b("asked", "2026-05-12T09:00", "2026-05-12T12:00", "requested"), b("x", "2026-05-13T09:00", "2026-05-13T12:00")],
      now,
    );
    expect(a.current).toEqual([]);
    expect(a.next.map((x) => x.id)).toEqual(["asked", "x"]);
    expect(a.freeUntil).toBe(utc("2026-05-13T09:00"));
  });
});

describe("conflicts and settlements", () => {
  const side = (id: string, from: string, to: string) => ({
    id,
    reference: id,
    title: id,
    status: "requested",
    intent: "touch",
    from: utc(from),
    to: utc(to),
  });
  const pair = (a: string, b: string): ConflictView => ({
    environment: env("e1"),
    kind: "exclusive",
    a: side(a, "2026-05-12T09:00", "2026-05-12T12:00"),
    b: side(b, "2026-05-12T11:00", "2026-05-12T14:00"),
    overlap: { from: utc("2026-05-12T11:00"), to: utc("2026-05-12T12:00") },
  });
  test("a booking of two conflicts is drawn once", () => {
    const rows = conflictRows([pair("a", "b"), pair("a", "c")]);
    expect(rows).toHaveLength(1);
    expect(rows[0]?.bars.map((b) => b.id)).toEqual(["a", "b", "c"]);
    expect(rows[0]?.bars.every((b) => b.clash)).toBe(true);
    expect(hullOf([pair("a", "b")], 0).from).toBeLessThan(at("2026-05-12T09:00"));
  });
  const place = (p: Partial<Move["before"][number]>) => ({
    environment: env("e1"),
    from: utc("2026-05-12T09:00"),
    to: utc("2026-05-12T12:00"),
    intent: "change_code" as const,
    ...p,
  });
  test("a move names only what it changes", () => {
    expect(moveWords({ before: [place({})], after: [place({ intent: "touch" })] })).toEqual([
      ["Change code", "Touch only"],
    ]);
    const swap = moveWords({
      before: [place({})],
      after: [place({ environment: env("e2"), from: utc("2026-05-12T10:00") })],
    });
    expect(swap).toHaveLength(2);
    expect(swap[0]).toEqual(["e1", "e2"]);
  });
  test("a refused move can be accepted again, a done one cannot", () => {
    const move = (id: string, accepted?: boolean) =>
      ({ id, result: accepted === undefined ? undefined : { accepted } }) as Move;
    expect(movesLeft({ moves: [move("1", true), move("2", false), move("3")] }).map((m) => m.id)).toEqual(["2", "3"]);
  });
});

describe("policies", () => {
  const view = {
    unitId: "u",
    own: true,
    version: 2,
    mode: "strict",
    compatible: [["touch", "touch"], null],
  } as unknown as PolicyView;
  test("what is sent back is the policy alone", () => {
    expect(policyOf(view)).toEqual({ mode: "strict", compatible: [["touch", "touch"]] });
  });
  test("a pair counts in both directions and is taken away again", () => {
    const p = policyOf(view);
    const more = { compatible: togglePair(p, "touch", "change_code") };
    expect(compatible(more, "change_code", "touch")).toBe(true);
    expect(togglePair(more, "change_code", "touch")).toEqual([["touch", "touch"]]);
  });
});

test("a saved view keeps the arrangement and not the open record", () => {
  expect(viewOf({ view: "groups", status: "approved", open: "x", unit: "u", from: "2026-05-01T00:00" })).toEqual({
    view: "groups",
    status: "approved",
    from: "2026-05-01T00:00",
  });
});

test("a saved view is known again wherever in time one looks, and an empty one never is", () => {
  const view = { query: { view: "groups", status: "approved", from: "2026-05-01T00:00" } };
  expect(showsView({ status: "approved", view: "groups", from: "2027-01-01T00:00", open: "x" }, view)).toBe(true);
  expect(showsView({ view: "groups" }, view)).toBe(false);
  expect(showsView({ from: "2026-05-01T00:00" }, { query: { from: "2026-05-01T00:00" } })).toBe(false);
  expect(showsView({}, { query: {} })).toBe(false);
});
