import { expect, test } from "vitest";
import type { HealthEvent, Tile } from "./queries";
import { bunch, changeAgainst, onlineShare, outageState, stretches } from "./rules";

const hour = 3_600_000;
const base = Date.parse("2026-05-14T00:00:00Z");
const said = (h: number, health: string, message?: string) =>
  ({ at: new Date(base + h * hour).toISOString(), health, message }) as HealthEvent;
const short = (list: ReturnType<typeof stretches>) =>
  list.map((s) => [s.health, (s.from - base) / hour, (s.to - base) / hour]);

test("what was said holds until something else was said, and before the first word nothing is known", () => {
  const events = [said(6, "online"), said(4, "offline", "down"), said(2, "online")];
  const list = stretches(events, base, base + 10 * hour, true);
  expect(short(list)).toEqual([
    ["no_data", 0, 2],
    ["online", 2, 4],
    ["offline", 4, 6],
    ["online", 6, 10],
  ]);
  expect(list[2]?.message).toBe("down");
  expect(onlineShare(list)).toBeCloseTo(6 / 8);
});

test("the same said again is one stretch, and a word from before the beginning holds at the beginning", () => {
  const events = [said(5, "online"), said(3, "online"), said(-2, "issue")];
  expect(short(stretches(events, base, base + 8 * hour, true))).toEqual([
    ["issue", 0, 3],
    ["online", 3, 8],
  ]);
});

test("a list that does not reach back far enough begins where it begins", () => {
  expect(short(stretches([said(4, "offline")], base, base + 8 * hour, false))).toEqual([["offline", 4, 8]]);
  expect(short(stretches([], base, base + hour, true))).toEqual([["no_data", 0, 1]]);
  expect(onlineShare(stretches([], base, base + hour, true))).toBeUndefined();
});

test("a word from the future changes nothing yet", () => {
  expect(short(stretches([said(9, "offline"), said(1, "online")], base, base + 4 * hour, true))).toEqual([
    ["no_data", 0, 1],
    ["online", 1, 4],
  ]);
});

const tile = (id: string, health: Tile["health"], ...groups: string[]) => ({ id, health, groups }) as unknown as Tile;

test("tiles come in bunches, the worst first and those of none last", () => {
  const tiles = [
    tile("a", "online", "x"),
    tile("b", "offline", "y", "x"),
    tile("c", "no_data"),
    tile("d", "online", "z"),
  ];
  const of = (t: Tile) => (t as unknown as { groups: string[] }).groups.map((g) => ({ id: g, name: g }));
  const made = bunch(tiles, of, "None");
  expect(made.map((b) => [b.name, b.worst, b.tiles.length])).toEqual([
    ["x", "offline", 2],
    ["y", "offline", 1],
    ["z", "online", 1],
    ["None", "no_data", 1],
  ]);
  expect(made[0]?.counts).toMatchObject({ online: 1, offline: 1 });
});

test("a change needs something before", () => {
  expect(changeAgainst(3, 2)).toBe(50);
  expect(changeAgainst(1, 0)).toBeUndefined();
  expect(changeAgainst(undefined, 4)).toBeUndefined();
});

test("an announced outage has not ended before it began, though its end is known", () => {
  const announced = {
    open: false,
    kind: "planned",
    startedAt: "2026-11-23T18:00:00Z",
    endedAt: "2026-11-23T19:30:00Z",
  };
  const at = (time: string, o = announced) => outageState(o, Date.parse(time));
  expect(at("2026-11-22T12:00:00Z")).toBe("ahead");
  expect(at("2026-11-23T18:30:00Z")).toBe("underWay");
  expect(at("2026-11-23T19:30:00Z")).toBe("ended");
  expect(outageState({ open: true, kind: "unplanned", startedAt: "2026-11-01T00:00:00Z" })).toBe("out");
  expect(outageState({ open: false, kind: "unplanned", startedAt: "2026-11-01T00:00:00Z" })).toBe("ended");
});
