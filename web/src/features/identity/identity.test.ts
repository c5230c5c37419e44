import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { browserName } from "./browserName";
import en from "./en.json";
import { safeNext } from "./safeNext";
import { tokenState } from "./tokens";

test.each([
  ["/people?open=1#x", "/people?open=1#x"],
  [undefined, "/"],
  ["https://evil.example/", "/"],
  ["//evil.example/", "/"],
  ["/\\evil.example/", "/"],
  ["/sign-in?next=/", "/"],
  ["/api/v1/auth/sign-out", "/"],
  ["javascript:alert(1)", "/"],
])("after signing in, next=%s leads to %s", (next, to) => {
  expect(safeNext(next, "https://millrace.example")).toBe(to);
});

test("a token is revoked before it is expired, and expired from its very end on", () => {
  const now = new Date("2026-05-14T12:00:00Z");
  expect(tokenState({}, now)).toBe("live");
  expect(tokenState({ expiresAt: "2026-05-14T12:00:00Z" }, now)).toBe("expired");
  expect(tokenState({ expiresAt: "2026-05-14T12:00:01Z" }, now)).toBe("live");
  expect(tokenState({ expiresAt: "2020-01-01T00:00:00Z", revokedAt: "2019-01-01T00:00:00Z" }, now)).toBe("revoked");
});

test("a browser is named as people know it", () => {
  expect(browserName("Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0")).toBe(
    "Firefox on Linux",
  );
  expect(browserName("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0")).toBe(
    "Edge on Windows",
  );
  expect(browserName("curl/8.5")).toBeUndefined();
});

test("every code with which a sign-in at a provider can fail has a sentence", () => {
  const folder = join(import.meta.dirname, "../../../../internal/identity");
  const codes = readdirSync(folder)
    .filter((f) => f.includes("oidc") && f.endsWith(".go") && !f.endsWith("_test.go"))
    .flatMap((f) => [...readFileSync(join(folder, f), "utf8").matchAll(/problem\.Newf?\([^,]*, "(\w+)"/g)])
    .map((m) => m[1] ?? "");
  expect(codes).toContain("oidc_refused");
  const sentences: Record<string, string> = en.signIn.codes;
  expect([...new Set([...codes, "not_found", "internal"])].filter((c) => !sentences[c]?.endsWith("."))).toEqual([]);
});
