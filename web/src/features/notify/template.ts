/** The names of placeholders in a text, each once. */
export function placeholdersIn(text: string): string[] {
  return [...new Set([...text.matchAll(/\[\[([^[\]]*)\]\]/g)].map((m) => m[1] ?? ""))];
}

/** Placeholders of a template that nobody fills. */
export function unknownPlaceholders(texts: string[], known: string[]): string[] {
  return placeholdersIn(texts.join("\n")).filter((name) => !known.includes(name));
}

/** Puts a text where the caret is, in the place of what is selected. */
export function insertAt(text: string, words: string, from: number, to: number): { text: string; caret: number } {
  return { text: text.slice(0, from) + words + text.slice(to), caret: from + words.length };
}
