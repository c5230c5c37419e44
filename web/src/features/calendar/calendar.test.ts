import { describe, expect, test } from "vitest";
import { once, readRule, ruleOf } from "./recurrence";
import { ruleWords } from "./ruleWords";
import { byDay, type Occurrence, weeksOf } from "./year";
import { momentOf, plusDays, wallOf, wholeDays } from "./zoned";

describe("the clocks of a zone", () => {
  test.each(["UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"])(
    "a wall time in %s survives the way to the server and back",
    (zone) => {
      for (let at = Date.UTC(2026, 0, 1); at < Date.UTC(2027, 0, 1); at += 5 * 3_600_000 + 60_000) {
        const wall = wallOf(at, zone);
        const back = momentOf(wall, zone);
        expect(wallOf(back ?? "", zone), `${new Date(at).toISOString()} in ${zone}`).toBe(wall);
      }
    },
  );
  test("of two moments it is the first, and a skipped hour is as much later", () => {
    expect(momentOf("2026-10-25T02:30", "Europe/Berlin")).toBe("2026-10-25T00:30:00.000Z");
    expect(momentOf("2026-03-29T02:30", "Europe/Berlin")).toBe("2026-03-29T01:30:00.000Z");
    expect(momentOf("soon", "UTC")).toBeUndefined();
    expect(momentOf("2026-02-01", "UTC")).toBeUndefined();
  });
  test("whole days are whole where the clocks change too", () => {
    const from = momentOf("2026-03-29T00:00", "Europe/Berlin") ?? "";
    const to = momentOf("2026-03-30T00:00", "Europe/Berlin") ?? "";
    expect(Date.parse(to) - Date.parse(from)).toBe(23 * 3_600_000);
    expect(wholeDays(from, to, "Europe/Berlin")).toBe(true);
    expect(wholeDays(from, to, "UTC")).toBe(false);
    expect(plusDays("2026-12-31", 1)).toBe("2027-01-01");
  });
});

describe("a recurrence", () => {
  const day = "2026-05-12"; // the second Tuesday
  test.each([
    ["FREQ=DAILY"],
    ["FREQ=DAILY;INTERVAL=3;COUNT=5"],
    ["FREQ=WEEKLY;BYDAY=TU,TH;UNTIL=20261231T235959Z"],
    ["FREQ=MONTHLY;BYMONTHDAY=12"],
    ["FREQ=MONTHLY;INTERVAL=2;BYDAY=2TU"],
    ["FREQ=YEARLY"],
  ])("%s reads the same after the form", (rule) => {
    const r = readRule(rule, day);
    expect(r.repeats).not.toBe("rule");
    expect(ruleOf(r, day)).toBe(rule);
  });
  test.each([["FREQ=MONTHLY;BYDAY=-1FR"], ["FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=24"], ["FREQ=DAILY;BYDAY=MO"]])(
    "%s is kept as it is written",
    (rule) => {
      const r = readRule(rule, day);
      expect(r.repeats).toBe("rule");
      expect(ruleOf(r, day)).toBe(rule);
    },
  );
  test("the last day ends where the clocks of the rule are", () => {
    const r = { ...once, repeats: "daily" as const, ends: "until" as const, until: "2026-12-31" };
    const rule = ruleOf(r, day, "America/New_York");
    expect(rule).toBe("FREQ=DAILY;UNTIL=20270101T045959Z");
    expect(readRule(rule, day, "America/New_York")).toEqual(r);
    expect(readRule(rule, day, "UTC").repeats).toBe("rule");
  });
  test("once has no rule, and a week without days takes the day it begins on", () => {
    expect(ruleOf(once, day)).toBeUndefined();
    expect(ruleOf({ ...once, repeats: "weekly" }, day)).toBe("FREQ=WEEKLY;BYDAY=TU");
    expect(ruleOf({ ...once, repeats: "monthly", by: "weekday" }, "2026-05-29")).toBe("FREQ=MONTHLY;BYDAY=-1FR");
  });
});

describe("the year", () => {
  test("every day stands once, below its weekday", () => {
    for (const year of [2024, 2026, 2027]) {
      const all = Array.from({ length: 12 }, (_, m) => weeksOf(year, m)).flat();
      for (const week of all) {
        expect(week).toHaveLength(7);
        week.forEach((d, i) => {
          if (d) expect((new Date(`${d}T00:00:00Z`).getUTCDay() + 6) % 7).toBe(i);
        });
      }
      const days = all.flat().filter(Boolean);
      expect(new Set(days).size).toBe(days.length);
      expect(days.length).toBe(year === 2024 ? 366 : 365);
    }
  });
  test("an occurrence covers its days; midnight ends the day before", () => {
    const at = (m: number, d: number, h = 0) => new Date(2026, m, d, h).toISOString();
    const o = (id: string, from: string, to: string) => ({ id, from, to }) as Occurrence;
    const days = byDay(
      [
        o("a", at(4, 1), at(4, 3)),
        o("b", at(4, 2, 22), at(4, 3, 1)),
        o("c", new Date(2025, 11, 30).toISOString(), at(0, 2)),
      ],
      2026,
    );
    const ids = (day: string) => days.get(day)?.map((x) => x.id);
    expect(ids("2026-05-01")).toEqual(["a"]);
    expect(ids("2026-05-02")).toEqual(["a", "b"]);
    expect(ids("2026-05-03")).toEqual(["b"]);
    expect(ids("2026-05-04")).toBeUndefined();
    expect(ids("2026-01-01")).toEqual(["c"]);
    expect(days.has("2025-12-31")).toBe(false);
  });
});

test("a rule is said in words; one that no form can show stays as it is written", () => {
  const said = (rule: string, begin = "2026-12-20T00:00:00Z") => ruleWords(rule, begin, "UTC");
  expect(said("FREQ=YEARLY")).toBe("Every year on 20 December");
  expect(said("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,FR")).toBe("Every 2 weeks on Monday, Friday");
  expect(said("FREQ=MONTHLY;BYMONTHDAY=20;COUNT=3")).toBe("Every month on day 20, 3 times");
  expect(said("FREQ=MONTHLY;BYDAY=2SU", "2026-12-13T02:00:00Z")).toBe("Every month on the second Sunday");
  expect(said("FREQ=DAILY;COUNT=1")).toBe("Every day, 1 time");
  expect(said("FREQ=MONTHLY;BYSETPOS=-1;BYDAY=MO,TU")).toBe("FREQ=MONTHLY;BYSETPOS=-1;BYDAY=MO,TU");
  // On the clocks of the rule it is already the next day.
  expect(ruleWords("FREQ=YEARLY", "2026-12-20T23:30:00Z", "Europe/Berlin")).toBe("Every year on 21 December");
});
