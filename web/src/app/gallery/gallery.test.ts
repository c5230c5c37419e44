import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

// What another part of the gallery shows already, or what needs a server.
const elsewhere = new Set(["RecordHistory", "Slot", "Stakeholders"]);

test("the gallery shows every shared component", () => {
  const page = readFileSync(join(import.meta.dirname, "GalleryPage.tsx"), "utf8");
  const names = readdirSync(join(import.meta.dirname, "../../components"))
    .filter((f) => /^[A-Z]\w*\.tsx$/.test(f))
    .map((f) => f.replace(".tsx", ""));
  expect(names).toContain("MetricTile");
  expect(names.filter((n) => !elsewhere.has(n) && !page.includes(`"@/components/${n}"`))).toEqual([]);
});
