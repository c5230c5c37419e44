import { expect, test } from "vitest";
import { fileSize, safeHref } from "./size";

test.each([
  [0, "0 B"],
  [999, "999 B"],
  [1000, "1.0 kB"],
  [9_949, "9.9 kB"],
  [9_950, "10 kB"],
  [999_600, "1.0 MB"],
  [26_214_400, "26 MB"],
  [3_000_000_000_000, "3000 GB"],
])("%d bytes read %s", (bytes, words) => {
  expect(fileSize(bytes)).toBe(words);
});

test("only addresses of the web become links", () => {
  expect(safeHref("https://a.example")).toBe("https://a.example");
  expect(safeHref("HTTP://a.example")).toBe("HTTP://a.example");
  expect(safeHref("javascript:alert(1)")).toBeUndefined();
  expect(safeHref(" https://a.example")).toBeUndefined();
  expect(safeHref(undefined)).toBeUndefined();
});
