import { describe, expect, test } from "vitest";
import { csv, csvCell } from "./csv";
import { dayOf, endOfDay, fromMinute, minuteOf } from "./day";
import { duration, localTime, relativeTime, withLocalTimes } from "./time";
import { parseSearch, stringifySearch } from "./url";

describe("duration", () => {
  test.each([
    [0, "0 s"],
    [0.4, "<1 s"],
    [59.9, "59 s"],
    [60, "1 min"],
    [3_599, "59 min 59 s"],
    [3_600, "1 h"],
    [187_200, "2 d 4 h"],
    [86_400 * 130 + 3_600 * 5, "130 d"],
    [-90, "−1 min 30 s"],
    [Number.NaN, "—"],
  ])("%d seconds read %s", (seconds, words) => {
    expect(duration(seconds)).toBe(words);
  });
});

test("relative time never claims more than has passed", () => {
  const now = new Date("2026-05-14T12:00:00Z");
  expect(relativeTime(new Date("2026-05-14T11:59:31Z"), now)).toBe("just now");
  expect(relativeTime(new Date("2026-05-14T10:01:00Z"), now)).toBe("1 hour ago");
  expect(relativeTime(new Date("2026-05-16T13:00:00Z"), now)).toBe("in 2 days");
});

describe("csv", () => {
  test("quotes what would break a row", () => {
    expect(
      csv(
        ["a", "b"],
        [
          ["x,y", 'say "hi"\nthere'],
          [0, null],
        ],
      ),
    ).toBe('a,b\r\n"x,y","say ""hi""\nthere"\r\n0,\r\n');
  });
  test.each(["=1+1", "+1", "-1", "@sum", "\tx"])("a spreadsheet does not take %j for a formula", (text) => {
    expect(csvCell(text).replace(/^"/, "").startsWith("'")).toBe(true);
  });
  test("numbers stay numbers", () => expect(csvCell(-5)).toBe("-5"));
});

describe("the query part of the address", () => {
  test("survives a round trip", () => {
    const search = { q: "a & b=c?", state: "ACTIVE,PENDING", unit: "018f", open: "ü" };
    expect(parseSearch(stringifySearch(search).slice(1))).toEqual(search);
  });
  test("leaves out what is empty and stays readable", () => {
    expect(stringifySearch({ q: "", unit: undefined, from: "2026-05-14", action: "added,deleted" })).toBe(
      "?from=2026-05-14&action=added,deleted",
    );
    expect(stringifySearch({})).toBe("");
  });
});

test("a chosen day is the end of that day where the reader is", () => {
  const end = endOfDay("2026-06-30");
  expect(new Date(end ?? "").getHours()).toBe(23);
  expect(dayOf(end)).toBe("2026-06-30");
  expect(endOfDay("")).toBeNull();
  expect(endOfDay("nonsense")).toBeNull();
});

test("a chosen minute survives the way to the server and back", () => {
  const at = fromMinute("2026-06-30T09:05");
  expect(minuteOf(at)).toBe("2026-06-30T09:05");
  expect(fromMinute("")).toBeUndefined();
  expect(fromMinute("soon")).toBeUndefined();
  expect(minuteOf(undefined)).toBe("");
});

test("moments in a sentence of the server are told in the reader's zone", () => {
  const now = new Date("2026-11-22T12:00:00Z");
  const at = (time: string) => localTime(new Date(time), now);
  expect(withLocalTimes("Ada asked for SIT from 2026-11-25T08:00:00Z to 2026-11-27T17:00:00.5Z: BK-1", now)).toBe(
    `Ada asked for SIT from ${at("2026-11-25T08:00:00Z")} to ${at("2026-11-27T17:00:00.5Z")}: BK-1`,
  );
  expect(withLocalTimes("2026-11-25 stays, and so does 2026-99-99T08:00:00Z", now)).toBe(
    "2026-11-25 stays, and so does 2026-99-99T08:00:00Z",
  );
});
