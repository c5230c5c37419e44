import { intentText } from "./Marks";
import type { Move, Proposal } from "./queries";
import { spanWords } from "./span";

/** Where a booking stands in a settlement: environments, time and intent. */
export function placeWords(places: Move["before"]): string {
  const first = places[0];
  if (!first) return "";
  const names = places.map((p) => p.environment.name).join(", ");
  return `${names}, ${spanWords(first.from, first.to)} (${intentText(first.intent)})`;
}

/** The moves that can still be accepted. */
export function movesLeft(p: Proposal): Move[] {
  return p.moves.filter((m) => !m.result?.accepted);
}
