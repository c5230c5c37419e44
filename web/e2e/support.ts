import { mkdirSync } from "node:fs";
import { AxeBuilder } from "@axe-core/playwright";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { expect, inject } from "vitest";

// One browser for all journeys; each journey gets a context of its own.

export const base = inject("base");
export const email = inject("email");
export const password = inject("password");

let browser: Browser | undefined;

export async function newContext(
  options: { width?: number; dark?: boolean; signedIn?: boolean } = {},
): Promise<BrowserContext> {
  browser ??= await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
  const context = await browser.newContext({
    baseURL: base,
    viewport: { width: options.width ?? 1280, height: 800 },
    colorScheme: options.dark ? "dark" : "light",
    reducedMotion: "reduce",
  });
  context.setDefaultTimeout(15_000);
  if (options.signedIn) await signIn(context);
  return context;
}

export async function closeBrowser(): Promise<void> {
  await browser?.close();
  browser = undefined;
}

/** Signs in through the API, with the cookie in the context's jar, as the page itself would. */
export async function signIn(context: BrowserContext, who = { email, password }): Promise<void> {
  const answer = await context.request.post("/api/v1/auth/sign-in", { data: who, headers: { Origin: base } });
  expect(answer.status(), await answer.text()).toBe(200);
}

/** Calls the API as the signed-in reader of the context. */
export async function call<T>(context: BrowserContext, method: string, path: string, data?: unknown): Promise<T> {
  const answer = await context.request.fetch(`/api/v1${path}`, { method, data, headers: { Origin: base } });
  expect(answer.ok(), `${method} ${path}: ${answer.status()} ${await answer.text()}`).toBe(true);
  return answer.status() === 204 ? (undefined as T) : ((await answer.json()) as T);
}

/** A page that fails the journey when a script throws or the Content-Security-Policy stops something. */
export async function newPage(context: BrowserContext): Promise<{ page: Page; faults: string[] }> {
  const page = await context.newPage();
  const faults: string[] = [];
  page.on("pageerror", (e) => faults.push(e.message));
  page.on("console", (m) => {
    if (m.type() === "error" && /Content Security Policy|Uncaught/.test(m.text())) faults.push(m.text());
  });
  return { page, faults };
}

/** No breach of WCAG 2.2 AA that axe can see, on the page or in one part of it. */
export async function accessible(page: Page, part = "html"): Promise<void> {
  const { violations } = await new AxeBuilder({ page })
    .include(part)
    .withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"])
    .analyze();
  const said = violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(" ")).join(", ")}`);
  expect(said, `axe on ${page.url()}`).toEqual([]);
}

/** Keeps a picture in e2e/results to look at. */
export async function photograph(page: Page, name: string): Promise<void> {
  const folder = new URL("./results/", import.meta.url).pathname;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: `${folder}${name}.png` });
}

/** A word no other journey uses. */
export function fresh(word: string): string {
  return `${word} ${Math.random().toString(36).slice(2, 8)}`;
}
