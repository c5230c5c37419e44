import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { accessible, call, closeBrowser, fresh, newContext, newPage, photograph } from "./support";

afterAll(closeBrowser);

interface Named {
  id: string;
  name: string;
}

/** A repository with a few commits and two release tags. */
function repository(): string {
  const dir = mkdtempSync(join(tmpdir(), "millrace-repo-"));
  const git = (at: string, ...args: string[]) =>
    execFileSync("git", ["-C", dir, "-c", "user.name=Ada", "-c", "user.email=ada@example.com", ...args], {
      env: { ...process.env, GIT_AUTHOR_DATE: at, GIT_COMMITTER_DATE: at },
    });
  git("", "init", "-q", "-b", "main");
  for (let i = 0; i < 6; i++) {
    const at = new Date(Date.now() - (20 - i) * 86_400_000).toISOString();
    writeFileSync(join(dir, "a.txt"), `${i}\n`);
    git(at, "add", "a.txt");
    git(at, "commit", "-q", "-m", `Step ${i}`);
    if (i % 2) git(at, "tag", "-a", `v1.${i}`, "-m", `Release ${i}`);
  }
  return dir;
}

test("applications are added, found, connected and seen on the map", async () => {
  const context = await newContext({ signedIn: true });
  const { page, faults } = await newPage(context);
  const units = await call<{ items: Named[] }>(context, "GET", "/units");
  const unitId = units.items[0]?.id;
  const [one, two] = [fresh("Ledger"), fresh("Portal")];
  const key = (name: string) => name.toUpperCase().replace(" ", "-");
  const ledger = await call<Named>(context, "POST", "/applications", { name: one, key: key(one), unitId });
  const portal = await call<Named>(context, "POST", "/applications", { name: two, key: key(two), unitId });

  await page.goto(`/applications?q=${encodeURIComponent(one)}`);
  await page.getByRole("link", { name: one }).click();
  await page.getByRole("dialog").getByText(key(one)).first().waitFor();
  await accessible(page);
  await page.getByRole("dialog").getByRole("link", { name: "Open the page" }).first().click();
  await page.getByRole("heading", { name: one }).waitFor();
  await page.getByRole("link", { name: /^Dependencies/ }).click();
  await page.getByRole("button", { name: "Add what needs it" }).click();
  await page.getByRole("combobox", { name: "Application" }).fill(two);
  await page.getByRole("option", { name: two }).click();
  await accessible(page);
  await page.getByRole("button", { name: "Add the dependency" }).click();
  await page.getByRole("link", { name: two }).waitFor();
  await accessible(page);

  await page.goto(`/applications/map?view=map&focus=${ledger.id}`);
  await page.locator(".react-flow__node-item").filter({ hasText: two }).click();
  await page.waitForURL(new RegExp(`chosen=${portal.id}`));
  await accessible(page);
  await photograph(page, "dependency-map");
  await page.getByText("Table", { exact: true }).click();
  await page.getByRole("row").filter({ hasText: two }).getByText(one).waitFor();
  await accessible(page);
  expect(faults).toEqual([]);
  await context.close();
});

test("a git repository is connected and run, and its metrics lead to their items", async () => {
  const context = await newContext({ signedIn: true });
  const { page, faults } = await newPage(context);
  const dir = repository();
  const name = fresh("Shop");
  const units = await call<{ items: Named[] }>(context, "GET", "/units");
  await call(context, "POST", "/applications", {
    name,
    key: name.toUpperCase().replace(" ", "-"),
    unitId: units.items[0]?.id,
    repositories: [{ url: dir }],
  });
  try {
    await page.goto("/connections/new");
    await page.getByRole("button", { name: /^Git repository/ }).click();
    await page.getByLabel("Name", { exact: true }).fill(name);
    await page.getByLabel(/Address or path/).fill(dir);
    await accessible(page);
    await page.getByRole("button", { name: "Save and go on" }).click();
    await page.getByRole("button", { name: "Verify" }).click();
    await page.getByText("It answers").waitFor();
    await page.getByRole("checkbox").first().click();
    await page.getByText("1 chosen").waitFor();
    await accessible(page);
    await page.getByRole("button", { name: "Run now" }).click();
    await page.waitForURL(/\/runs$/);
    await page.getByRole("row").filter({ hasText: "Succeeded" }).waitFor({ timeout: 60_000 });
    await accessible(page);
    await photograph(page, "connection-runs");

    await page.goto("/delivery");
    const tile = page.getByRole("button", { name: /^Deployment frequency/ });
    await tile.click();
    const drawer = page.getByRole("dialog");
    await drawer.getByText(/^Left out/).click();
    await page.waitForURL(/items=excluded/);
    await accessible(page);
    await photograph(page, "delivery");
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
  expect(faults).toEqual([]);
  await context.close();
});

test("a cause is corrected by hand and given back", async () => {
  const context = await newContext({ signedIn: true });
  const { page, faults } = await newPage(context);
  const name = fresh("Payments");
  const application = name.toUpperCase().replace(" ", "-");
  const units = await call<{ items: Named[] }>(context, "GET", "/units");
  await call(context, "POST", "/applications", { name, key: application, unitId: units.items[0]?.id });
  const ago = (hours: number) => new Date(Date.now() - hours * 3_600_000).toISOString();
  await call(context, "POST", "/deployments", {
    application,
    environment: "production",
    result: "SUCCESS",
    version: "7.1",
    startedAt: ago(30),
    finishedAt: ago(29),
  });
  const incident = await call<{ id: string }>(context, "POST", "/incidents", {
    application,
    title: `${name} is slow`,
    environment: "production",
    startedAt: ago(28),
    resolvedAt: ago(26),
  });
  await page.goto(`/delivery/incidents/${incident.id}`);
  await page.getByRole("button", { name: "Correct the cause" }).click();
  await page.getByRole("radio", { name: /^No deployment/ }).click();
  await page.getByLabel(/^Reason/).fill("The supplier's line was cut.");
  await accessible(page);
  await page.getByRole("button", { name: "Save the cause" }).click();
  await page.getByText("The supplier's line was cut.").first().waitFor();
  await accessible(page);
  await photograph(page, "incident");
  const release = page.getByRole("region", { name: "Cause" }).getByRole("button", { name: "Back to automatic" });
  await release.click();
  await page.getByRole("dialog").getByRole("button", { name: "Back to automatic" }).click();
  await release.waitFor({ state: "detached" });
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await accessible(page);
  expect(faults).toEqual([]);
  await context.close();
});
