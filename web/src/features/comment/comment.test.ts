import { describe, expect, test } from "vitest";
import { toBody, toDraft, typedMention, withMention } from "./draft";
import { blocks, inlines } from "./markdown";
import { type Comment, threads } from "./threads";

describe("mentions", () => {
  test("read as names while one writes and name the person when sent", () => {
    const body = "See @[Ada Okafor](person:p1), and `@[Ada Okafor](person:p1)` stays code.";
    const draft = toDraft(body);
    expect(draft.text).toBe("See @Ada Okafor, and `@[Ada Okafor](person:p1)` stays code.");
    expect(toBody(draft)).toBe(body);
  });
  test("the longer name wins, and a name inside a word or an address is none", () => {
    const people = { Ada: "a", "Ada Okafor": "b" };
    expect(toBody({ text: "@Ada Okafor @Ada, @Adam x@Ada", people })).toBe(
      "@[Ada Okafor](person:b) @[Ada](person:a), @Adam x@Ada",
    );
  });
  test("two persons of one name stay apart", () => {
    const both = "@[Kim](person:1) @[Kim](person:2)";
    expect(toBody(toDraft(both))).toBe(both);
    const { draft, caret } = withMention(
      { text: "@Kim and @Ki", people: { Kim: "1" } },
      { q: "Ki", from: 9 },
      { value: "2", label: "Kim" },
    );
    expect(draft.text).toBe("@Kim and @[Kim](person:2) ");
    expect(caret).toBe(draft.text.length);
    expect(toBody(draft)).toBe("@[Kim](person:1) and @[Kim](person:2)");
  });
  test.each([
    ["hello @Ad", { q: "Ad", from: 6 }],
    ["@", { q: "", from: 0 }],
    ["@Ada Ok", { q: "Ada Ok", from: 0 }],
    ["mail ada@exa", undefined],
    ["@Ada Okafor said", undefined],
  ])("%j is a mention being typed: %j", (text, want) => {
    expect(typedMention(text, text.length)).toEqual(want);
  });
});

describe("markdown", () => {
  test("links lead only to the web, and nothing else becomes one", () => {
    expect(inlines("[x](javascript:alert(1))").some((p) => p.kind === "link")).toBe(false);
    expect(inlines("see https://a.example/b).")[1]).toEqual({
      kind: "link",
      text: "https://a.example/b",
      href: "https://a.example/b",
    });
    expect(inlines("a_b_c and *yes*").filter((p) => p.kind === "italic")).toEqual([{ kind: "italic", text: "yes" }]);
  });
  test("blocks keep their order", () => {
    const body = "Hello\nyou\n\n- one\n- two\n\n```\n<b>\n\n1. x\n```\n> said\n1. first";
    expect(blocks(body).map((b) => b.kind)).toEqual(["paragraph", "list", "code", "quote", "list"]);
    expect(blocks("```\nopen")).toEqual([{ kind: "code", text: "open" }]);
  });
  test("a long text of marks ends", () => {
    expect(blocks("*".repeat(20_000)).length).toBeGreaterThan(0);
    expect(blocks(`[${"a".repeat(9_000)}](`.repeat(2)).length).toBe(1);
  });
});

test("threads keep their order, and answers whose beginning is not loaded yet stay together", () => {
  const c = (id: string, threadId: string, minute: number) =>
    ({ id, threadId, createdAt: `2026-05-01T10:0${minute}:00Z` }) as Comment;
  const got = threads([c("d", "b", 4), c("c", "a", 3), c("b", "b", 2), c("e", "a", 5)]);
  expect(got.map((x) => [x.id, x.first?.id, x.replies.map((r) => r.id)])).toEqual([
    ["b", "b", ["d"]],
    ["a", undefined, ["c", "e"]],
  ]);
});
