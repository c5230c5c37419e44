import { expect, test } from "vitest";
import { hoursText, readHours } from "./hours";

test.each([
  ["", []],
  ["08:00–17:00", [{ from: "08:00", to: "17:00" }]],
  [
    "8-12, 13:00 - 17:30",
    [
      { from: "08:00", to: "12:00" },
      { from: "13:00", to: "17:30" },
    ],
  ],
  ["0-24", [{ from: "00:00", to: "24:00" }]],
  ["17-8", undefined],
  ["8-12, 11-13", undefined],
  ["8-25", undefined],
  ["24:30-25", undefined],
  ["8:61-9", undefined],
  ["morning", undefined],
])("%j reads as %j", (text, want) => {
  expect(readHours(text)).toEqual(want);
});

test("hours read as they are written", () => {
  const hours = [
    { from: "08:00", to: "12:00" },
    { from: "13:00", to: "17:00" },
  ];
  expect(readHours(hoursText(hours))).toEqual(hours);
});
