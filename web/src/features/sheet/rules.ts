import type { Tone } from "@/components/StatusBadge";
import type { Bar, Row, Span } from "@/components/timeline";
import type { Clash, ImportChange, Question, SheetImport, ValueChoice } from "./queries";

// What the pages decide by themselves, without asking the server.

export const steps = ["setup", "names", "preview", "result"] as const;
export type StepName = (typeof steps)[number];

export function isWorking(state: SheetImport["state"]): boolean {
  return state === "checking" || state === "running" || state === "undoing";
}

/** Where somebody who opens an import goes on. */
export function stepOf(of: Pick<SheetImport, "state" | "questions">): StepName {
  switch (of.state) {
    case "checked":
      return of.questions.length > 0 ? "names" : "preview";
    case "running":
      return "preview";
    case "done":
    case "undoing":
    case "undone":
      return "result";
    default:
      return "setup";
  }
}

/** The steps that can be gone to. */
export function openSteps(of: Pick<SheetImport, "state">): StepName[] {
  switch (of.state) {
    case "uploaded":
    case "failed":
    case "checking":
      return ["setup"];
    case "checked":
    case "running":
      return ["setup", "names", "preview"];
    default:
      return ["result"];
  }
}

/** The letters of a column counted from 0. */
export function letters(column: number): string {
  let name = "";
  for (let n = column + 1; n > 0; n = Math.floor((n - 1) / 26)) {
    name = String.fromCharCode(65 + ((n - 1) % 26)) + name;
  }
  return name;
}

export function columnOf(letter: string): number {
  return [...letter.toUpperCase()].reduce((n, c) => n * 26 + c.charCodeAt(0) - 64, 0) - 1;
}

/** The sheet that was chosen, its header, and the rows below it. */
export function looked(of: Pick<SheetImport, "sheets" | "choices">) {
  const sheet = of.sheets.find((s) => s.name === of.choices.sheet);
  const header = sheet?.rows.find((r) => r.number === of.choices.headerRow);
  const below = sheet?.rows.filter((r) => r.number > of.choices.headerRow) ?? [];
  const width = Math.max(0, header?.cells.length ?? 0, ...below.map((r) => r.cells.length));
  return { sheet, header: header?.cells ?? [], below, width };
}

/** The first values of a column, without repetitions. */
export function samples(below: { cells: string[] }[], letter: string | undefined, most = 3): string[] {
  if (!letter) return [];
  const at = columnOf(letter);
  const values = below.map((r) => r.cells[at] ?? "").filter((v) => v !== "");
  return [...new Set(values)].slice(0, most);
}

/** A column stands for one field: choosing it for another takes it away from the first. */
export function chooseColumn(columns: Record<string, string>, field: string, letter: string): Record<string, string> {
  const next = Object.fromEntries(Object.entries(columns).filter(([key, at]) => key !== field && at !== letter));
  return letter ? { ...next, [field]: letter } : next;
}

export type Decisions = Record<string, ValueChoice | undefined>;
export const decisionKey = (q: Pick<Question, "kind" | "value">): string => `${q.kind}\n${q.value ?? ""}`;

/** Questions about names that nobody has decided. */
export function undecided(questions: Question[], decisions: Decisions, order: string): Question[] {
  return questions.filter((q) => {
    if (q.kind === "date_order") return order === "";
    const d = decisions[decisionKey(q)];
    return !d || (d.act === "map" && !d.to);
  });
}

/** What was decided before with what is decided now. */
export function withDecisions(
  before: SheetImport["choices"]["values"],
  questions: Question[],
  decisions: Decisions,
): NonNullable<ImportChange["values"]> {
  const out: Record<string, Record<string, ValueChoice>> = {};
  for (const [kind, names] of Object.entries(before)) out[kind] = { ...(names as Record<string, ValueChoice>) };
  for (const q of questions) {
    const d = decisions[decisionKey(q)];
    if (!d || q.kind === "date_order" || (d.act === "map" && !d.to)) continue;
    out[q.kind] = { ...out[q.kind], [q.value ?? ""]: d };
  }
  return out as NonNullable<ImportChange["values"]>;
}

export const actTones: Record<string, Tone> = {
  new: "good",
  changed: "active",
  unchanged: "idle",
  invalid: "bad",
  skipped: "frozen",
};

export const stateTones: Record<string, Tone> = {
  uploaded: "idle",
  checking: "active",
  checked: "attention",
  running: "active",
  done: "good",
  failed: "bad",
  undoing: "active",
  undone: "frozen",
  discarded: "idle",
};

/** How a value of a change reads. */
export function words(value: unknown, nothing: string): string {
  if (value === null || value === undefined || value === "") return nothing;
  if (Array.isArray(value)) return value.length ? value.map((v) => words(v, nothing)).join(", ") : nothing;
  return String(value);
}

/** The clashes as a timeline: a row for each environment, a bar for each booking that clashes in it. */
export function clashRows(clashes: Clash[]): Row[] {
  const rows = new Map<string, Row>();
  for (const c of clashes) {
    const row = rows.get(c.environmentId) ?? { id: c.environmentId, label: c.environment || c.row.label, bars: [] };
    rows.set(c.environmentId, row);
    for (const side of [c.row, c.other]) {
      const id = side.bookingId || `row-${side.number ?? 0}`;
      if (row.bars.some((b) => b.id === id)) continue;
      const mine = side === c.row;
      const bar: Bar = {
        id,
        label: side.reference ? `${side.reference} ${side.label}` : side.label,
        from: Date.parse(side.from),
        to: Date.parse(side.to),
        tone: !mine && c.held ? "good" : "attention",
        tentative: mine || !c.held,
        clash: true,
      };
      row.bars.push(bar);
    }
  }
  return [...rows.values()];
}

/** A stretch of time in which all clashes can be seen, with some room around it. */
export function hull(rows: Row[]): Span | undefined {
  const bars = rows.flatMap((r) => r.bars);
  if (bars.length === 0) return undefined;
  const from = Math.min(...bars.map((b) => b.from));
  const to = Math.max(...bars.map((b) => b.to));
  const room = Math.max((to - from) * 0.05, 3_600_000);
  return { from: from - room, to: to + room };
}
