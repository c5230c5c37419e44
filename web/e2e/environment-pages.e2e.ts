import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { accessible, call, closeBrowser, fresh, newContext, newPage, photograph } from "./support";

// What stands around environments: their costs and history, the report, the calendar and the settings.

interface Named {
  id: string;
  name: string;
}

const tag = fresh("").trim();
const key = (word: string) => `${word}-${tag}`.toUpperCase();
const hour = 3_600_000;
const iso = (at: number) => new Date(at).toISOString();
/** A Tuesday in the future at nine, so that no journey meets what another one books. */
const day = (n: number) => Date.UTC(2032, 4, 4 + n, 9);
const paths: Record<string, string> = {};
let environment = "";

beforeAll(async () => {
  const context = await newContext({ signedIn: true });
  const post = (path: string, data: unknown) => call<Named>(context, "POST", path, data);
  const unitId = (await call<{ items: Named[] }>(context, "GET", "/units")).items[0]?.id;
  const application = (await post("/applications", { name: `Gateway ${tag}`, key: key("gate"), unitId })).id;
  environment = (
    await post("/environments", {
      key: key("SIT1"),
      name: `SIT1 ${tag}`,
      application,
      usage: "SIT",
      techs: [tag],
      autoApprove: true,
      costPerHour: 250,
    })
  ).id;
  await post("/environments", { key: key("UAT1"), name: `UAT1 ${tag}`, application, usage: "UAT" });
  for (const n of [1, 2, 3, 4, 5]) {
    const name = `Lane ${n} of many that share it ${tag}`;
    await post("/environment-groups", { key: key(`lane${n}`), name, unitId, members: [environment] });
  }
  const book = (env: string, from: number, hours: number, title: string) =>
    post("/bookings", {
      environment: key(env),
      from: iso(from),
      to: iso(from + hours * hour),
      title: `${title} ${tag}`,
      intent: "change_code",
      release: `R-${tag}`,
    });
  await book("SIT1", day(0), 10, "Regression");
  await book("UAT1", day(1), 6, "First");
  await book("UAT1", day(1) + 2 * hour, 6, "Second");
  await post(`/environments/${environment}/components`, { host: "app01", name: "gateway", installedVersion: "1.0" });
  const topics = await call<{ items: { topic: string }[] }>(context, "GET", "/mail-templates");
  await context.close();
  const at = `/environments/${environment}`;
  Object.assign(paths, {
    report: "/reports/environments?month=2032-05",
    "environment-cost": `${at}/cost?month=2032-05`,
    "environment-history": `${at}/history`,
    calendar: "/calendar",
    freezes: "/calendar/freezes",
    holidays: "/calendar/holidays",
    maintenance: "/calendar/maintenance-windows",
    "working-time": "/calendar/working-time",
    "freeze-types": "/calendar/freeze-types",
    "settings-lists": "/settings/lists",
    "settings-fields": "/settings/fields",
    "settings-workflows": "/settings/workflows",
    "settings-workflow": "/settings/workflows/booking_request",
    "settings-notifications": "/settings/notifications",
    "settings-templates": "/settings/mail-templates",
    "settings-template": `/settings/mail-templates/${topics.items[0]?.topic}`,
    "settings-deliveries": "/settings/mail-deliveries",
    inbox: "/inbox",
    conflicts: "/conflicts?after=2032-05-01&before=2032-05-31",
    import: "/environments/import",
  });
});
afterAll(closeBrowser);

const settled = async (page: Page) => {
  await page.getByRole("heading", { level: 1 }).first().waitFor();
  await page.locator("main [aria-busy=true]").first().waitFor({ state: "detached" });
};

test.each([
  [1280, false],
  [1280, true],
  [390, false],
  [390, true],
])(
  "the report, the calendar and the settings stand at %d px, dark: %s",
  async (width, dark) => {
    const context = await newContext({ signedIn: true, width, dark });
    const { page, faults } = await newPage(context);
    for (const [name, path] of Object.entries(paths)) {
      await page.goto(path);
      await settled(page);
      await accessible(page);
      await photograph(page, `around-${name}-${width}${dark ? "-dark" : ""}`);
      expect(await page.evaluate(() => document.documentElement.scrollWidth), path).toBeLessThanOrEqual(width);
      expect(await page.title(), path).toMatch(/^\S.* · Millrace$/);
    }
    expect(faults).toEqual([]);
    await context.close();
  },
  300_000,
);

test("an environment of many groups takes one line, and its drawer names them all", async () => {
  const context = await newContext({ signedIn: true });
  const { page } = await newPage(context);
  await page.goto(`/environments?q=${tag}`);
  const rows = page.locator("tbody tr[data-row]");
  await rows.nth(1).waitFor();
  const heights = await rows.evaluateAll((all) => all.map((r) => Math.round(r.getBoundingClientRect().height)));
  expect(new Set(heights).size, String(heights)).toBe(1);
  await rows.first().getByText("+4").waitFor();
  await page.getByRole("link", { name: `SIT1 ${tag}` }).click();
  for (const n of [1, 2, 3, 4, 5])
    await page.getByRole("dialog").getByText(`Lane ${n} of many that share it ${tag}`).waitFor();
  await context.close();
});

test("what was found is booked for the time it is needed", async () => {
  const context = await newContext({ signedIn: true });
  const { page, faults } = await newPage(context);
  await page.goto(`/environments/find?tech=${tag}`);
  await page.getByLabel("Needed from").fill("2032-05-04T01:00");
  await page.getByLabel("Needed until").fill("2032-05-04T00:00");
  await page.getByText("It must end after it begins.").waitFor();
  await page.getByLabel("Needed until").fill("2032-05-05T23:00");
  await page.getByText("1 booking in the way").waitFor();
  await page.getByLabel("Needed from").fill("2032-05-20T09:00");
  await page.getByLabel("Needed until").fill("2032-05-20T12:00");
  await page.getByText("Free then").waitFor();
  await accessible(page);
  await page.getByRole("button", { name: `Book SIT1 ${tag}` }).click();
  const form = page.getByRole("dialog");
  expect(await form.getByLabel("From", { exact: true }).inputValue()).toBe("2032-05-20T09:00");
  expect(await form.getByLabel("To", { exact: true }).inputValue()).toBe("2032-05-20T12:00");
  await form.getByLabel("What for").fill(`Found ${tag}`);
  await form.getByRole("button", { name: "Book", exact: true }).click();
  await form.waitFor({ state: "detached" });
  await page.getByText("1 booking in the way").waitFor();
  expect(faults).toEqual([]);
  await context.close();
});

test("a cost leads to its bookings", async () => {
  const context = await newContext({ signedIn: true });
  const { page } = await newPage(context);
  await page.goto(`/environments/${environment}/cost?month=2032-05`);
  await page.getByRole("tab", { name: "By release" }).click();
  const row = page.getByRole("row").filter({ hasText: `R-${tag}` });
  // Ten hours at 2.50.
  await row.getByRole("cell", { name: "25.00" }).waitFor();
  await page.getByRole("tab", { name: "By unit" }).click();
  await page.getByRole("tabpanel").getByRole("link").first().click();
  await page.getByRole("link", { name: `Regression ${tag}` }).waitFor();
  expect(page.url()).toContain("bookingUnit=");
  expect(await page.getByText(`Second ${tag}`).count()).toBe(0);
  await context.close();
});

test("the history of an environment is narrowed by its address and by its chips", async () => {
  const context = await newContext({ signedIn: true });
  const { page } = await newPage(context);
  await page.goto(`/environments/${environment}/history`);
  await settled(page);
  const lines = page.locator("main section li");
  await lines.filter({ hasText: "gateway came as 1.0" }).waitFor();
  const all = await lines.count();
  await page.getByText("Versions", { exact: true }).click();
  await lines.filter({ hasText: "gateway came as 1.0" }).waitFor({ state: "detached" });
  expect(page.url()).toContain("kinds=change,outage,booking");
  expect(await lines.count()).toBeLessThan(all);
  await page.goto(`/environments/${environment}/history?kinds=booking&from=2032-05-01&to=2032-05-31`);
  await lines.filter({ hasText: `Regression ${tag}` }).waitFor();
  await accessible(page);
  await context.close();
});

test("the schedule is named after its rows and its saved view, prints, and fills the screen", async () => {
  const context = await newContext({ signedIn: true });
  const { page, faults } = await newPage(context);
  await page.goto("/schedule?view=groups");
  await page.getByRole("heading", { level: 1, name: "Schedule by group" }).waitFor();
  expect(await page.title()).toBe("Schedule by group · Millrace");
  await page.getByRole("button", { name: "Saved views" }).click();
  await page.getByLabel("Name of this view").fill(`Lanes ${tag}`);
  await page.getByRole("button", { name: "Save the view" }).click();
  await page.getByText(`View “Lanes ${tag}”`).waitFor();
  await page.keyboard.press("Escape");
  await page.goto("/conflicts");
  await settled(page);
  expect(await page.title()).toBe("Conflicts · Schedule · Millrace");
  await page.goto("/schedule");
  await page.getByRole("button", { name: "Saved views" }).click();
  await page.getByRole("button", { name: `Lanes ${tag}`, exact: true }).click();
  await page.getByRole("heading", { level: 1, name: "Schedule by group" }).waitFor();

  await page.getByRole("button", { name: "Full screen" }).click();
  await page.getByRole("button", { name: "Leave full screen" }).waitFor();
  const filled = await page.locator("[data-full]").evaluate((e) => e.getBoundingClientRect().width / innerWidth);
  expect(filled).toBe(1);
  await page.getByRole("button", { name: "Leave full screen" }).click();

  await page.evaluate(() => window.dispatchEvent(new Event("beforeprint")));
  await page.emulateMedia({ media: "print" });
  await page.getByRole("heading", { level: 2, name: /^Schedule, / }).waitFor();
  expect(await page.locator("main canvas:visible").count()).toBeGreaterThan(0);
  expect(await page.getByRole("application").isVisible()).toBe(false);
  expect(faults).toEqual([]);
  await context.close();
});
