import { intentText } from "./Marks";
import type { Move, Proposal } from "./queries";
import { spanWords } from "./span";

/** What a move changes, each as before and after: the environment, the time, the intent. */
export function moveWords(m: Pick<Move, "before" | "after">): [string, string][] {
  const [before, after] = [m.before[0], m.after[0]];
  if (!before || !after) return [];
  const names = (places: Move["before"]) => places.map((p) => p.environment.name).join(", ");
  const out: [string, string][] = [];
  if (names(m.before) !== names(m.after)) out.push([names(m.before), names(m.after)]);
  if (before.from !== after.from || before.to !== after.to)
    out.push([spanWords(before.from, before.to), spanWords(after.from, after.to)]);
  if (before.intent !== after.intent) out.push([intentText(before.intent), intentText(after.intent)]);
  return out;
}

/** The moves that can still be accepted. */
export function movesLeft(p: Pick<Proposal, "moves">): Move[] {
  return p.moves.filter((m) => !m.result?.accepted);
}
