// A comment is kept as Markdown with mentions as @[Name](person:id). While it is written a mention reads @Name, and the
// draft remembers who is meant.

export interface Draft {
  text: string;
  /** The id of who is meant by a name. */
  people: Record<string, string>;
}

const mention = /@\[([^\]\n]{1,200})\]\(person:([0-9A-Za-z-]{1,64})\)/g;
const code = /```[\s\S]*?(?:```|$)|`[^`\n]*`/g;

/** Lets `change` work on what is not code, where nobody is mentioned. */
function outsideCode(text: string, change: (part: string) => string): string {
  let out = "";
  let at = 0;
  for (const m of text.matchAll(code)) {
    out += change(text.slice(at, m.index)) + m[0];
    at = m.index + m[0].length;
  }
  return out + change(text.slice(at));
}

/** A name reads as a mention only where one person has it. */
export function toDraft(body: string): Draft {
  const people: Record<string, string> = {};
  const text = outsideCode(body, (part) =>
    part.replace(mention, (whole, name: string, id: string) => {
      if (people[name] !== undefined && people[name] !== id) return whole;
      people[name] = id;
      return `@${name}`;
    }),
  );
  return { text, people };
}

export function toBody({ text, people }: Draft): string {
  const names = Object.keys(people).sort((a, b) => b.length - a.length);
  if (names.length === 0) return text.trim();
  const any = new RegExp(`(^|[^\\w@./+-])@(${names.map(escaped).join("|")})(?![\\p{L}\\p{N}_])`, "gu");
  return outsideCode(text, (part) =>
    part.replace(any, (_, before: string, name: string) => `${before}@[${name}](person:${people[name]})`),
  ).trim();
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

/** The part of a name being typed after "@" left of the caret, and where it begins; undefined when none is. */
export function typedMention(text: string, caret: number): { q: string; from: number } | undefined {
  const m = /(?:^|[^\w@./+-])@([\p{L}\p{N}'.-]*(?: [\p{L}\p{N}'.-]*)?)$/u.exec(text.slice(0, caret));
  if (!m || m[1] === undefined) return undefined;
  return { q: m[1], from: caret - m[1].length - 1 };
}

/** Puts a person where a name was being typed. A name that means somebody else already is written out. */
export function withMention(
  draft: Draft,
  typed: { q: string; from: number },
  person: { value: string; label: string },
): { draft: Draft; caret: number } {
  const taken = draft.people[person.label] !== undefined && draft.people[person.label] !== person.value;
  const words = taken ? `@[${person.label}](person:${person.value}) ` : `@${person.label} `;
  const end = typed.from + 1 + typed.q.length;
  return {
    draft: {
      text: draft.text.slice(0, typed.from) + words + draft.text.slice(end).replace(/^ /, ""),
      people: taken ? draft.people : { ...draft.people, [person.label]: person.value },
    },
    caret: typed.from + words.length,
  };
}
