import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { expect, test } from "vitest";

// Imports only point down: app → features → components → api, lib; and no feature knows another.

const src = resolve(__dirname);
const files = readdirSync(src, { recursive: true, withFileTypes: true })
  .filter((f) => f.isFile() && /\.tsx?$/.test(f.name) && !f.name.endsWith(".d.ts"))
  .map((f) => join(f.parentPath, f.name));

function layer(path: string): string {
  const parts = relative(src, path).split("/");
  return parts[0] === "features" ? `features/${parts[1]}` : (parts[0] ?? "");
}

function imports(file: string): string[] {
  const text = readFileSync(file, "utf8");
  return [...text.matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g)].flatMap((m) => {
    const name = m[1] ?? "";
    if (name.startsWith("@/")) return [join(src, name.slice(2))];
    return name.startsWith(".") ? [resolve(dirname(file), name)] : [];
  });
}

const may: Record<string, (to: string) => boolean> = {
  lib: (to) => to === "lib",
  api: (to) => ["api", "lib"].includes(to),
  components: (to) => ["components", "api", "lib"].includes(to),
  app: () => true,
};

export function faults(all: [string, string[]][]): string[] {
  return all.flatMap(([file, targets]) => {
    const from = layer(file);
    const rule = from.startsWith("features/")
      ? (to: string) => to === from || ["components", "api", "lib"].includes(to)
      : (may[from] ?? (() => true));
    return targets.filter((t) => !rule(layer(t))).map((t) => `${relative(src, file)} imports ${relative(src, t)}`);
  });
}

test("imports only point down and features do not know each other", () => {
  expect(files.length).toBeGreaterThan(50);
  expect(faults(files.map((f) => [f, imports(f)]))).toEqual([]);
});

test("the rule sees a breach", () => {
  const breach: [string, string[]][] = [
    [join(src, "features/people/X.tsx"), [join(src, "features/identity/Y")]],
    [join(src, "components/X.tsx"), [join(src, "features/people/Y")]],
    [join(src, "lib/x.ts"), [join(src, "api/client")]],
  ];
  expect(faults(breach)).toHaveLength(3);
});
