import { intentText } from "./Marks";
import type { Alternative } from "./queries";
import { lengthWords, type Span } from "./span";
import { t } from "./text";

/** What a way out means beside what was wanted, on the reader's clock; the server's sentence where it names no time. */
export function wayHelp(a: Alternative, wanted: Span): string {
  const from = a.from ? Date.parse(a.from) : wanted.from;
  const to = a.to ? Date.parse(a.to) : wanted.to;
  const shift = lengthWords(Math.min(from, wanted.from), Math.max(from, wanted.from));
  switch (a.kind) {
    case "next_slot":
      return t(from >= wanted.from ? "waysOut.help.later" : "waysOut.help.earlier", { shift });
    case "equivalent":
      return from === wanted.from ? t("waysOut.help.equivalent") : t("waysOut.help.equivalentLater", { shift });
    case "share":
      return t("waysOut.help.share", { intent: intentText(a.intent ?? "") });
    case "shorten":
      return t("waysOut.help.shorten", { percent: Math.floor((100 * (to - from)) / (wanted.to - wanted.from)) });
    default:
      return a.message;
  }
}
