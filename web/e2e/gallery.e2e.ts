import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build, type PreviewServer, preview } from "vite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { accessible, closeBrowser, newContext, photograph } from "./support";

// The gallery is no part of the product: it is built here, into a folder that is gone afterwards.
const root = new URL("..", import.meta.url).pathname;
const outDir = mkdtempSync(join(tmpdir(), "millrace-gallery-"));
let server: PreviewServer;

beforeAll(async () => {
  const common = { root, mode: "gallery", logLevel: "error" } as const;
  await build({ ...common, build: { outDir, emptyOutDir: true, minify: false, reportCompressedSize: false } });
  server = await preview({ ...common, build: { outDir }, preview: { port: 0, host: "127.0.0.1" } });
});
afterAll(async () => {
  await closeBrowser();
  await server?.close();
  rmSync(outDir, { recursive: true, force: true });
});

// Both themes and both widths, each once: the whole page is much for axe.
test.each([
  [1280, false],
  [390, true],
])("every shared component stands in every state at %d px, dark: %s", async (width, dark) => {
  const context = await newContext({ width, dark });
  const page = await context.newPage();
  const faults: string[] = [];
  page.on("pageerror", (e) => faults.push(e.message));
  page.on("console", (m) => {
    if (m.type() === "error" || m.type() === "warning") faults.push(m.text());
  });
  const address = server.resolvedUrls?.local[0] ?? "";
  await page.goto(`${address}dev/gallery`);
  await page.getByRole("heading", { name: "Gallery" }).waitFor();
  // The charts draw, the lists that load have loaded, and the one that never answers keeps its skeleton.
  await page.locator("canvas").nth(1).waitFor();
  await page.getByText("Record 1", { exact: true }).first().waitFor();
  await page.getByText("You may not see this").waitFor();
  await page.getByText("internal", { exact: false }).first().waitFor();
  expect(await page.locator("[aria-busy=true]").count()).toBeGreaterThan(0);
  const empty = await page
    .locator("main > section")
    .evaluateAll((parts) => parts.filter((p) => (p as HTMLElement).offsetHeight < 48).map((p) => p.textContent));
  expect(empty, "parts that show nothing").toEqual([]);
  await accessible(page);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
  await photograph(page, `gallery-${width}${dark ? "-dark" : ""}`);

  const dialog = page.getByRole("dialog");
  await page.getByRole("button", { name: "Drawer", exact: true }).click();
  await dialog.getByText("Members").waitFor();
  await accessible(page, "[role=dialog]");
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });

  await page.getByRole("button", { name: "Confirm", exact: true }).click();
  const act = dialog.getByRole("button", { name: "Delete the team" });
  expect(await act.isDisabled()).toBe(true);
  await dialog.getByRole("textbox").fill("Card Issuing");
  await act.click();
  await dialog.getByText("The team is the owner of an open release.").waitFor();
  await accessible(page, "[role=dialog]");
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });

  await page.getByRole("button", { name: "Stale edit" }).click();
  await dialog.getByText("General Ledger").waitFor();
  await accessible(page, "[role=dialog]");
  expect(faults).toEqual([]);
  await context.close();
});
