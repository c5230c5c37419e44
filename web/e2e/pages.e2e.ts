import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { accessible, call, closeBrowser, fresh, newContext, newPage, photograph } from "./support";

// Every page of delivery and connections with records in it: wide and narrow, light and dark.

const repository = mkdtempSync(join(tmpdir(), "millrace-pages-"));
const pages: Record<string, string> = {};

interface Named {
  id: string;
}

beforeAll(async () => {
  const context = await newContext({ signedIn: true });
  const name = fresh("Claims Payout of the whole group");
  const application = fresh("CLAIMS").replace(" ", "-").toUpperCase();
  const unit = (await call<{ items: Named[] }>(context, "GET", "/units")).items[0]?.id;
  await call(context, "POST", "/applications", { name, key: application, unitId: unit });
  const ago = (hours: number) => new Date(Date.now() - hours * 3_600_000).toISOString();
  const address = `https://git.example.com/insurance/${application.toLowerCase()}`;
  const sha = "8ba8a628c0ffee".padEnd(40, "0");
  const id = fresh("").trim();
  const post = (path: string, data: unknown) => call<Named>(context, "POST", path, data);
  await post("/commits", {
    repository: address,
    commit: sha,
    message: "Settle twice",
    authoredAt: ago(60),
    committedAt: ago(60),
  });
  const change = await post("/change-requests", {
    repository: address,
    externalId: `${id}-1`,
    title: "Settle a claim only once even when the answer of the payment came late",
    status: "MERGED",
    createdAt: ago(50),
    mergedAt: ago(40),
    mergeCommitSha: sha,
  });
  const deployment = await post("/deployments", {
    application,
    environment: "production-eu-central-1",
    environmentClass: "PRODUCTION",
    result: "SUCCESS",
    version: "2026.11.20",
    repository: address,
    commit: sha,
    startedAt: ago(30),
    finishedAt: ago(29),
  });
  const incident = await post("/incidents", {
    application,
    title: "Claims were paid twice",
    key: `INC-${application}-1`,
    environment: "production-eu-central-1",
    startedAt: ago(28),
    resolvedAt: ago(26),
  });
  const item = await post("/work-items", {
    application,
    title: "A claim is settled once",
    externalId: `${id}-7`,
    key: `${application}-7`,
    type: "REQUIREMENT",
    status: "DONE",
    createdAt: ago(70),
    resolvedAt: ago(29),
  });

  // A repository that no application claims, so that its releases are not mapped.
  const git = (...args: string[]) =>
    execFileSync("git", ["-C", repository, "-c", "user.name=Ada", "-c", "user.email=ada@example.com", ...args]);
  git("init", "-q", "-b", "main");
  writeFileSync(join(repository, "a.txt"), "1\n");
  git("add", "a.txt");
  git("commit", "-q", "-m", "Begin");
  git("tag", "-a", "v1.0", "-m", "Release");
  const connection = await post("/connections", {
    kind: "git",
    name: fresh("Nobody's repository"),
    unitId: unit,
    settings: { url: repository, paths: "no" },
  });
  const at = `/connections/${connection.id}`;
  const found = await call<{ items: object[] }>(context, "GET", `${at}/available-scopes`);
  const add = found.items.map((s) => Object.fromEntries(Object.entries(s).filter(([k]) => k !== "chosen")));
  await call(context, "PATCH", `${at}/scopes`, { add });
  await post(`${at}/runs`, { kind: "PULL" });
  let state: string | undefined;
  for (let i = 0; i < 100 && state !== "SUCCEEDED"; i++) {
    await new Promise((resolve) => setTimeout(resolve, 200));
    state = (await call<{ lastRun?: { state: string } }>(context, "GET", at)).lastRun?.state;
  }
  expect(state).toBe("SUCCEEDED");
  const events = await post("/connections", {
    kind: "cdevents",
    name: fresh("Build server"),
    unitId: unit,
    settings: {},
  });
  await post("/mapping-rules", { kind: "service", match: "glob", pattern: `${id}/*`, application });
  await context.close();

  Object.assign(pages, {
    delivery: "/delivery",
    "delivery-items": "/delivery?metric=deployment_frequency&items=excluded",
    deployments: "/delivery/deployments",
    deployment: `/delivery/deployments/${deployment.id}`,
    changes: "/delivery/changes",
    change: `/delivery/changes/${change.id}`,
    incidents: "/delivery/incidents",
    incident: `/delivery/incidents/${incident.id}`,
    "work-items": "/delivery/work-items",
    "work-item": `/delivery/work-items/${item.id}`,
    connections: "/connections",
    unmapped: "/connections/unmapped",
    rules: "/connections/rules",
    accounts: "/connections/accounts",
    connection: at,
    "connection-scopes": `${at}/scopes`,
    "connection-rules": `${at}/rules`,
    "connection-runs": `${at}/runs`,
    "connection-unmapped": `${at}/unmapped`,
    "connection-webhooks": `/connections/${events.id}/webhooks`,
  });
});
afterAll(async () => {
  rmSync(repository, { recursive: true, force: true });
  await closeBrowser();
});

test.each([
  [1280, false],
  [1280, true],
  [390, false],
  [390, true],
])(
  "delivery and connections stand at %d px, dark: %s",
  async (width, dark) => {
    const context = await newContext({ signedIn: true, width, dark });
    const { page, faults } = await newPage(context);
    for (const [name, path] of Object.entries(pages)) {
      await page.goto(path);
      await page.getByRole("heading", { level: 1 }).first().waitFor();
      await page.locator("[aria-busy=true]").first().waitFor({ state: "detached" });
      await accessible(page);
      await photograph(page, `${name}-${width}${dark ? "-dark" : ""}`);
      const beyond = await page.evaluate(() =>
        [...document.querySelectorAll<HTMLElement>("main *")]
          // What scrolls inside its own box may be wider than the screen; the page may not.
          .filter((e) => !e.closest("table, nav, pre"))
          .filter((e) => e.getBoundingClientRect().right > window.innerWidth + 1)
          .map((e) => `${e.tagName} ${e.textContent?.slice(0, 40)}`),
      );
      expect(beyond, `wider than the screen on ${path}`).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth), path).toBeLessThanOrEqual(width);
    }
    expect(faults).toEqual([]);
    await context.close();
  },
  180_000,
);

test("a phone shows a list as cards with three facts", async () => {
  const context = await newContext({ signedIn: true, width: 390 });
  const { page } = await newPage(context);
  for (const path of ["deployments", "changes", "incidents", "work-items", "connections", "rules", "unmapped"]) {
    await page.goto(pages[path] ?? "");
    const card = page.locator("main li[data-row='0']");
    await card.waitFor();
    expect(await card.locator("dt").count(), path).toBe(3);
    expect(await page.getByRole("table").count(), path).toBe(0);
  }
  await context.close();
});
