import type { Connection, Stack, StackComponent } from "./queries";

// What the pages work out themselves, without the page.

const day = 86_400_000;

/** Whole days since the data was refreshed; undefined when nobody recorded it. */
export function dataAgeDays(refreshedAt: string | null | undefined, now = Date.now()): number | undefined {
  if (!refreshedAt) return undefined;
  const at = Date.parse(refreshedAt);
  return Number.isNaN(at) ? undefined : Math.max(0, Math.floor((now - at) / day));
}

/** Whether a text demands something of a version in the way the server reads it: ">=4.2", "4.2", ">=4.2,<5". */
export function isConstraint(text: string): boolean {
  const parts = text.split(",").map((p) => p.trim());
  return parts.every((p) => /^(>=|<=|≥|≤|==|>|<|=)?\s*[^<>=≥≤,\s][^<>=≥≤,]*$/.test(p));
}

export interface Branch {
  /** Undefined stands for the components on no host. */
  host: Stack["hosts"][number] | undefined;
  layers: { name: string; components: StackComponent[] }[];
}

/**
 * The stack as a tree: hosts, their layers in the order the server gave, and the components whose name, layer, host or
 * version contains the words. A host whose own name matches keeps all of its components.
 */
export function asTree(stack: Stack, words = ""): Branch[] {
  const q = words.trim().toLowerCase();
  const has = (...texts: (string | undefined)[]) => texts.some((s) => s?.toLowerCase().includes(q));
  const branch = (host: Branch["host"], components: StackComponent[]): Branch[] => {
    const kept =
      !q || has(host?.name) ? components : components.filter((c) => has(c.name, c.layer, c.installedVersion));
    if (q && !kept.length && !has(host?.name)) return [];
    if (!host && !kept.length) return [];
    const layers = new Map<string, StackComponent[]>();
    for (const c of kept) layers.set(c.layer ?? "", [...(layers.get(c.layer ?? "") ?? []), c]);
    return [{ host, layers: [...layers].map(([name, list]) => ({ name, components: list })) }];
  };
  return [...stack.hosts.flatMap((h) => branch(h, h.components)), ...branch(undefined, stack.components)];
}

/** What is drawn of a row of the batch editor. */
export interface ConnectionDraft {
  source: string;
  target: string;
  type: string;
  direction: Connection["direction"];
}

/**
 * The connections a batch adds: from every source to every target, without an environment to itself and without what
 * is connected already by that type.
 */
export function batch(
  sources: string[],
  targets: string[],
  type: string,
  direction: Connection["direction"],
  known: Pick<Connection, "sourceId" | "targetId" | "typeId">[],
): { drafts: ConnectionDraft[]; known: number } {
  const there = new Set(known.map((c) => `${c.sourceId} ${c.targetId} ${c.typeId}`));
  const all = sources.flatMap((source) =>
    targets.filter((target) => target !== source).map((target) => ({ source, target, type, direction })),
  );
  const drafts = all.filter((d) => !there.has(`${d.source} ${d.target} ${d.type}`));
  return { drafts, known: all.length - drafts.length };
}

/** Lines of "key = value" as items to set; the first line that is none is named by its number. */
export function readItems(text: string): { items: { key: string; value: string }[]; faultyLine?: number } {
  const items: { key: string; value: string }[] = [];
  const lines = text.split(/\r?\n/);
  for (const [i, raw] of lines.entries()) {
    const line = raw.trim();
    if (!line || line.startsWith("#")) continue;
    const at = line.indexOf("=");
    const key = line.slice(0, at).trim();
    if (at < 1 || !key) return { items, faultyLine: i + 1 };
    items.push({ key, value: line.slice(at + 1).trim() });
  }
  return { items };
}

export interface Need {
  application: string;
  version: string;
}

/** The applications a search asks for, as they stand in the address: "id~>=4.2|id". */
export function readNeeds(text: string | undefined): Need[] {
  return (text ?? "").split("|").flatMap((part) => {
    const [application = "", version = ""] = part.split("~", 2);
    return application ? [{ application, version }] : [];
  });
}

export function writeNeeds(needs: Need[]): string | undefined {
  const text = needs
    .filter((n) => n.application)
    .map((n) => (n.version.trim() ? `${n.application}~${n.version.trim().replaceAll(/[|~]/g, "")}` : n.application))
    .join("|");
  return text || undefined;
}
