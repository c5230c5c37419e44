// The part of Markdown that comments need. The result is data and never markup, so nothing a person writes can run.

export type Inline =
  | { kind: "text" | "bold" | "italic" | "code"; text: string }
  | { kind: "link"; text: string; href: string }
  | { kind: "mention"; text: string; person: string };

export type Block =
  | { kind: "paragraph" | "quote"; lines: Inline[][] }
  | { kind: "heading"; lines: Inline[][] }
  | { kind: "list"; ordered: boolean; items: Inline[][] }
  | { kind: "code"; text: string };

const inline = new RegExp(
  [
    "`([^`\\n]+)`",
    "@\\[([^\\]\\n]{1,200})\\]\\(person:([0-9A-Za-z-]{1,64})\\)",
    "\\[([^\\]\\n]+)\\]\\((https?:\\/\\/[^\\s()]+(?:\\([^\\s()]*\\)[^\\s()]*)*)\\)",
    "\\*\\*([^*\\n]+)\\*\\*",
    "(?<![\\w*])[*_]([^*_\\n]+)[*_](?![\\w*])",
    "(https?:\\/\\/[^\\s<>\"']+)",
  ].join("|"),
  "g",
);

export function inlines(text: string): Inline[] {
  const out: Inline[] = [];
  let at = 0;
  const plain = (to: number) => {
    if (to > at) out.push({ kind: "text", text: text.slice(at, to) });
  };
  for (const m of text.matchAll(inline)) {
    plain(m.index);
    at = m.index + m[0].length;
    const [, code, name, person, label, href, bold, italic, bare] = m;
    if (code !== undefined) out.push({ kind: "code", text: code });
    else if (name !== undefined) out.push({ kind: "mention", text: name, person: person ?? "" });
    else if (label !== undefined) out.push({ kind: "link", text: label, href: href ?? "" });
    else if (bold !== undefined) out.push({ kind: "bold", text: bold });
    else if (italic !== undefined) out.push({ kind: "italic", text: italic });
    else if (bare !== undefined) {
      const link = bare.replace(/[.,;:!?)]+$/, "");
      at -= bare.length - link.length;
      out.push({ kind: "link", text: link, href: link });
    }
  }
  plain(text.length);
  return out;
}

const bullet = /^\s*[-*+]\s+(.*)$/;
const numbered = /^\s*\d{1,9}[.)]\s+(.*)$/;

export function blocks(body: string): Block[] {
  const out: Block[] = [];
  const lines = body.split("\n");
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i] ?? "";
    if (line.trim() === "") continue;
    if (/^\s*```/.test(line)) {
      const held: string[] = [];
      for (i++; i < lines.length && !/^\s*```/.test(lines[i] ?? ""); i++) held.push(lines[i] ?? "");
      out.push({ kind: "code", text: held.join("\n") });
      continue;
    }
    const take = (match: (l: string) => string | undefined): Inline[][] => {
      const held: Inline[][] = [];
      for (; i < lines.length; i++) {
        const found = match(lines[i] ?? "");
        if (found === undefined) break;
        held.push(inlines(found));
      }
      i--;
      return held;
    };
    const heading = /^#{1,6}\s+(.*)$/.exec(line);
    if (heading) out.push({ kind: "heading", lines: [inlines(heading[1] ?? "")] });
    else if (bullet.test(line)) out.push({ kind: "list", ordered: false, items: take((l) => bullet.exec(l)?.[1]) });
    else if (numbered.test(line)) out.push({ kind: "list", ordered: true, items: take((l) => numbered.exec(l)?.[1]) });
    else if (/^>/.test(line)) out.push({ kind: "quote", lines: take((l) => /^>\s?(.*)$/.exec(l)?.[1]) });
    else
      out.push({
        kind: "paragraph",
        lines: take((l) =>
          l.trim() === "" || /^\s*```|^>|^#{1,6}\s/.test(l) || bullet.test(l) || numbered.test(l) ? undefined : l,
        ),
      });
  }
  return out;
}
