import { afterAll, beforeAll, expect, test } from "vitest";
import { accessible, call, closeBrowser, fresh, newContext, newPage, photograph } from "./support";

// An environment manager's day: the catalogue, what runs where, lanes and their map, health and outages.

interface Named {
  id: string;
  name: string;
}

const tag = fresh("").trim();
const key = (word: string) => `${word}-${tag}`.toUpperCase();
const names = { payments: `Payments ${tag}`, ledger: `Ledger ${tag}` };
const ids: Record<string, string> = {};
let outage = "";
let group = "";

const ago = (hours: number) => new Date(Date.now() - hours * 3_600_000).toISOString();

beforeAll(async () => {
  const context = await newContext({ signedIn: true });
  const post = (path: string, data: unknown) => call<Named>(context, "POST", path, data);
  const unitId = (await call<{ items: Named[] }>(context, "GET", "/units")).items[0]?.id;
  const payments = await post("/applications", { name: names.payments, key: key("pay"), unitId });
  const ledger = await post("/applications", { name: names.ledger, key: key("led"), unitId });
  await post("/dependencies", { from: payments.id, to: ledger.id, type: "RUNTIME", criticality: "HIGH" });
  const add = async (word: string, more: object) => {
    ids[word] = (await post("/environments", { key: key(word), name: `${word} ${tag}`, ...more })).id;
    return ids[word];
  };
  const sit = await add("SIT1", {
    application: payments.id,
    usage: "SIT",
    dataClass: "masked",
    dataRefreshedAt: ago(72),
    autoApprove: true,
    techs: ["Kubernetes"],
    colour: "#2f7ed8",
  });
  const uat = await add("UAT1", { application: payments.id, usage: "UAT", dataClass: "synthetic", capacity: 3 });
  const core = await add("LEDGER1", {
    application: ledger.id,
    usage: "SIT",
    dataClass: "masked",
    dataRefreshedAt: ago(9),
  });
  await add("OLD", { application: payments.id, usage: "SIT", status: "Decommissioned" });
  const component = (env: string | undefined, data: object) => post(`/environments/${env}/components`, data);
  await component(sit, { host: "app01", application: payments.id, installedVersion: "4.2.1", summary: true });
  await component(sit, { host: "db01", layer: "Database", name: "postgres", installedVersion: "18.1" });
  await component(uat, { host: "app11", application: payments.id, installedVersion: "4.1.0" });
  await component(core, { host: "app21", application: ledger.id, installedVersion: "2.0" });
  const configure = (env: string | undefined, limit: string) =>
    call(context, "PATCH", `/environments/${env}/configuration`, {
      set: [
        { key: "limits.daily", value: limit },
        { key: "gateway.password", value: `secret ${limit}`, secret: true },
      ],
    });
  await configure(sit, "500");
  await configure(uat, "1000");
  group = (
    await post("/environment-groups", {
      key: key("lane"),
      name: `Lane ${tag}`,
      usage: "SIT",
      unitId,
      members: [sit, core],
      colour: "#7a4fd1",
    })
  ).id;
  await post("/environment-connections", { group, items: [{ source: sit, target: core, direction: "both" }] });
  await post("/health-events", { environment: core, health: "online", at: ago(30), source: "probe" });
  await post("/health-events", {
    environment: core,
    health: "offline",
    at: ago(2),
    source: "probe",
    message: "No answer on 8443",
  });
  await post("/health-events", { environment: sit, health: "online", at: ago(20), source: "probe" });
  await post("/health-events", { environment: sit, health: "issue", at: ago(1), source: "probe", message: "Slow" });
  outage = (await call<{ items: Named[] }>(context, "GET", `/outages?environment=${core}`)).items[0]?.id ?? "";
  expect(outage).not.toBe("");
  await context.close();
});
afterAll(closeBrowser);

test("an environment is found, opened, given a version and compared", async () => {
  const context = await newContext({ signedIn: true });
  const { page, faults } = await newPage(context);
  await page.goto(`/environments?q=${tag}`);
  await page.getByRole("link", { name: `SIT1 ${tag}` }).click();
  const drawer = page.getByRole("dialog");
  await drawer.getByText(key("SIT1")).first().waitFor();
  await drawer.getByText("Issue").first().waitFor();
  await accessible(page);
  await drawer.getByRole("link", { name: "Stack" }).click();
  await page.getByRole("button", { name: /^Version of postgres/ }).click();
  await page.getByRole("textbox", { name: "Version of postgres" }).fill("18.2");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Version of postgres: 18.2. Change it" }).waitFor();
  await page.getByRole("button", { name: "Version history of postgres" }).click();
  await page.getByRole("dialog").getByText("before 18.1").waitFor();
  await accessible(page);
  await page.keyboard.press("Escape");

  await page.goto(`/environments/${ids.SIT1}/compare`);
  await page.getByRole("combobox", { name: `Compare SIT1 ${tag} with` }).fill(`UAT1 ${tag}`);
  await page.getByRole("option", { name: `UAT1 ${tag}` }).click();
  await page.getByText(`Newer in SIT1 ${tag}`).waitFor();
  await page.getByRole("cell", { name: "(hidden)" }).first().waitFor();
  await accessible(page);
  expect(faults).toEqual([]);
  await context.close();
});

test("an environment is added by its form and deleted after its consequences were told", async () => {
  const context = await newContext({ signedIn: true });
  const { page, faults } = await newPage(context);
  const mine = key("FORM");
  await page.goto("/environments");
  await page.getByRole("button", { name: "Add an environment" }).first().click();
  const form = page.getByRole("dialog");
  await form.getByRole("button", { name: "Add an environment" }).click();
  await form.getByText("Give it a key.").waitFor();
  await form.getByRole("textbox", { name: "Key" }).fill(mine);
  await form.getByRole("combobox", { name: "Application" }).fill(names.payments);
  await page.getByRole("option", { name: names.payments }).click();
  await accessible(page);
  await form.getByRole("button", { name: "Add an environment" }).click();
  await form.waitFor({ state: "detached" });
  await page.goto(`/environments?q=${mine}`);
  await page.getByRole("link", { name: mine }).first().click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  const sure = page.getByRole("dialog", { name: `Delete ${mine}` });
  await sure.getByText("Nothing else hangs on it").waitFor();
  await accessible(page);
  await sure.getByRole("button", { name: "Delete" }).click();
  await page.getByText("Nothing matches").waitFor();
  expect(faults).toEqual([]);
  await context.close();
});

test("a lane with a version and masked data is found, with reasons for what does not fit", async () => {
  const context = await newContext({ signedIn: true });
  const { page, faults } = await newPage(context);
  await page.goto("/environments/find");
  await page.getByText("Lane", { exact: true }).click();
  await page.getByRole("combobox", { name: "Application" }).fill(names.payments);
  await page.getByRole("option", { name: names.payments }).click();
  await page.getByRole("textbox", { name: "Version" }).fill(">=4.2");
  await page.getByRole("link", { name: `Lane ${tag}` }).waitFor();
  await page.getByText(`SIT1 ${tag} has ${names.payments} 4.2.1.`).waitFor();
  await accessible(page);
  await page.getByText("Environment", { exact: true }).first().click();
  await page.getByText(`UAT1 ${tag} has ${names.payments} 4.1.0, not >=4.2.`).waitFor();
  // The address restores the question.
  await page.reload();
  await page.getByText(`UAT1 ${tag} has ${names.payments} 4.1.0, not >=4.2.`).waitFor();
  expect(faults).toEqual([]);
  await context.close();
});

test("a lane shows its map, and connections are added in a batch", async () => {
  const context = await newContext({ signedIn: true });
  const { page, faults } = await newPage(context);
  await page.goto(`/environment-groups/${group}/map?view=map`);
  await page
    .locator(".react-flow__node-item")
    .filter({ hasText: `LEDGER1 ${tag}` })
    .click();
  await page.waitForURL(/chosen=/);
  await accessible(page);
  await photograph(page, "environment-map");
  await page.getByRole("navigation", { name: "Parts of this page" }).getByRole("link", { name: "Connections" }).click();
  await page.getByRole("button", { name: "Add connections" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("combobox", { name: "Sources" }).click();
  await page.getByRole("option", { name: `LEDGER1 ${tag}` }).click();
  // The list of the one would lie over the other.
  await page.keyboard.press("Tab");
  await dialog.getByRole("combobox", { name: "Targets" }).click();
  await page
    .getByRole("option", { name: `SIT1 ${tag}` })
    .last()
    .click();
  await dialog.getByText(`LEDGER1 ${tag} → SIT1 ${tag}`).waitFor();
  await page.keyboard.press("Tab");
  await dialog.getByRole("button", { name: "Add 1 connection" }).click();
  await dialog.waitFor({ state: "detached" });
  await page.getByRole("row").nth(2).waitFor();
  await accessible(page);
  expect(faults).toEqual([]);
  await context.close();
});

test("an outage tells whom it hurts, gets its cause and ends", async () => {
  const context = await newContext({ signedIn: true });
  const { page, faults } = await newPage(context);
  await page.goto(`/health?q=${tag}`);
  await page.getByRole("button", { name: /^Offline/ }).click();
  await page.waitForURL(/health=offline/);
  await page.getByRole("link", { name: "Open the outage" }).click();
  await page.getByRole("heading", { level: 1 }).waitFor();
  await page.getByRole("link", { name: `SIT1 ${tag}` }).waitFor();
  await accessible(page);
  const suspect = page.getByRole("button", { name: /^Mark as cause: / }).first();
  if (await suspect.isVisible()) await suspect.click();
  else {
    await page.getByRole("button", { name: "Write the cause" }).click();
    await page.getByRole("textbox", { name: "Cause" }).fill("Full disk");
    await page.getByRole("dialog").getByRole("button", { name: "Mark as cause" }).click();
  }
  await page.getByText(/^Marked as the cause: /).waitFor();
  await page.getByRole("button", { name: "End the outage" }).click();
  await accessible(page);
  await page.getByRole("dialog").getByRole("button", { name: "End the outage" }).click();
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await page.locator("header").getByText("Ended").waitFor();
  expect(faults).toEqual([]);
  await context.close();
});

test.each([
  [1280, false],
  [1280, true],
  [390, false],
  [390, true],
])(
  "the pages of environments stand at %d px, dark: %s",
  async (width, dark) => {
    const at = `/environments/${ids.SIT1}`;
    const lane = `/environment-groups/${group}`;
    const pages = {
      environments: `/environments?q=${tag}`,
      "environment-drawer": `/environments?q=${tag}&open=${ids.SIT1}`,
      "environment-groups": `/environment-groups?q=${tag}`,
      "environment-map": `/environments/map?groups=${group}`,
      find: `/environments/find?usage=&tech=Kubernetes`,
      health: `/health?q=${tag}`,
      "health-groups": `/health?q=${tag}&by=group`,
      outages: `/outages?q=${tag}`,
      outage: `/outages/${outage}`,
      environment: at,
      "environment-health": `/environments/${ids.LEDGER1}/health`,
      "environment-stack": `${at}/stack`,
      "environment-configuration": `${at}/configuration`,
      "environment-compare": `${at}/compare?with=${ids.UAT1}`,
      "environment-connections": `${at}/connections`,
      "environment-stakeholders": `${at}/stakeholders`,
      "environment-history": `${at}/history`,
      group: lane,
      "group-connections": `${lane}/connections`,
      "group-map": `${lane}/map`,
    };
    const context = await newContext({ signedIn: true, width, dark });
    const { page, faults } = await newPage(context);
    for (const [name, path] of Object.entries(pages)) {
      await page.goto(path);
      await page.getByRole("heading", { level: 1 }).first().waitFor();
      await page.locator("main [aria-busy=true]").first().waitFor({ state: "detached" });
      await accessible(page);
      await photograph(page, `${name}-${width}${dark ? "-dark" : ""}`);
      const beyond = await page.evaluate(() =>
        [...document.querySelectorAll<HTMLElement>("main *")]
          // What scrolls inside its own box may be wider than the screen; the page may not.
          .filter((e) => !e.closest("table, nav, pre, .react-flow"))
          .filter((e) => e.getBoundingClientRect().right > window.innerWidth + 1)
          .map((e) => `${e.tagName} ${e.textContent?.slice(0, 40)}`),
      );
      expect(beyond, `wider than the screen on ${path}`).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth), path).toBeLessThanOrEqual(width);
    }
    expect(faults).toEqual([]);
    await context.close();
  },
  240_000,
);
