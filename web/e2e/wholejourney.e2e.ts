import { readFileSync } from "node:fs";
import type { BrowserContext, Locator, Page } from "playwright-core";
import { afterAll, expect, test } from "vitest";
import {
  accessible,
  base,
  call,
  closeBrowser,
  email,
  fresh,
  newContext,
  newPage,
  password,
  photograph,
} from "./support";
import { workbook } from "./workbook";

// From everybody's own spreadsheets to the report of the month, in one go: the sheets are brought in, what they leave open
// is decided, somebody books, conflicts are settled, an approver decides, an environment fails and is put right, and the
// report knows it all. Once at a desk, once on a phone.

interface Named {
  id: string;
  name: string;
}
interface Booked extends Named {
  reference: string;
  title: string;
  status: string;
  environments: Named[];
}

afterAll(closeBrowser);

const two = (n: number) => String(n).padStart(2, "0");
const clock = (at: number) => `${two(new Date(at).getHours())}:${two(new Date(at).getMinutes())}`;
const local = (at: number) => {
  const d = new Date(at);
  return `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())}`;
};
const minute = (at: number) => `${local(at)}T${clock(at)}`;
/** As a spreadsheet writes a day in Vienna, and as one in London does. */
const dotted = (at: number) => local(at).split("-").reverse().join(".");
const slashed = (at: number) => local(at).split("-").reverse().join("/");
const named = (at: number) =>
  new Date(at).toLocaleDateString("en-GB", { day: "numeric", month: "short", year: "numeric" });
const plus = (at: number, days: number, hours = 0) => {
  const d = new Date(at);
  d.setDate(d.getDate() + days);
  d.setHours(d.getHours() + hours);
  return d.getTime();
};
/** The midnight at which the week of the acceptance begins: a Monday early in a month, so that its dates can be misread. */
const monday = (() => {
  const d = new Date();
  d.setHours(0, 0, 0, 0);
  d.setDate(d.getDate() + 21);
  while (d.getDay() !== 1 || d.getDate() > 7) d.setDate(d.getDate() + 1);
  return d.getTime();
})();
const today = new Date().setHours(0, 0, 0, 0);

// What is decided about a sheet is remembered for the next one with the same header; a column that nobody reads makes the
// header of each journey its own.

/** What the environment manager keeps: a title above the header, merged cells, a formula, a double, and a sum below. */
function environmentSheet(tag: string, ben: string): Buffer {
  const env = (word: string) => `${word}-${tag}`.toUpperCase();
  return workbook([
    { name: "Read me", rows: [["Ask Ben before you change anything."], [], [undefined, "Last change", new Date()]] },
    {
      name: "Environments",
      merged: ["A1:H1", "C4:C5", "C6:C7"],
      rows: [
        ["Test environments of the company, all areas"],
        [],
        [
          "System",
          "Long name",
          "App",
          "Stage",
          "Max parallel",
          "Free to book",
          "Cost/h",
          "Lane",
          "Responsible",
          "Data",
          `Checked ${tag}`,
        ],
        [env("SIT1"), `System test 1 ${tag}`, `CRM ${tag}`, "SIT", 1, "yes", 12.5, `Lane A ${tag}`, ben, "masked"],
        [
          env("SIT2"),
          `System test 2 ${tag}`,
          undefined,
          "SIT",
          { formula: "2-1", value: 1 },
          "x",
          "9,50 €",
          `Lane A ${tag}`,
        ],
        [
          env("UAT1"),
          `Acceptance 1 ${tag}`,
          `Billng ${tag}`,
          "Abnahme",
          1,
          "no",
          "1.250,00 €",
          undefined,
          "M. Keller",
          "masked",
        ],
        [env("UAT2"), `Acceptance 2 ${tag}`, undefined, "UAT", 1, "no", 20, undefined, ben, "masked"],
        [],
        [env("SIT1"), "System test 1 (old line)", `CRM ${tag}`, "SIT"],
        ["Sum: 4 systems"],
      ],
    },
    { name: "Lists", hidden: true, rows: [["System", "Long name", "App", "Stage"]] },
  ]);
}

/** Everybody's bookings as one German spreadsheet saved them: semicolons, Windows-1252, dates in every spelling. */
function bookingSheet(tag: string, ben: string, cleo: string): Buffer {
  const env = (word: string) => `${word}-${tag}`.toUpperCase();
  // Tuesday, or Monday where the day has the number of its month and nothing could be misread.
  const slash = new Date(plus(monday, 1)).getDate() === new Date(plus(monday, 1)).getMonth() + 1 ? 0 : 1;
  const rows = [
    ["Buchungen aller Bereiche"],
    [],
    ["Ticket", "Umgebung", "Von", "Bis", "Zweck", "Tester", "Freigabe", `Stand ${tag}`],
    [
      `${tag}-1`,
      env("SIT1"),
      `${dotted(plus(today, -1))} 08:00`,
      `${dotted(plus(today, 6))} 18:00`,
      `Regression ${tag}`,
      ben,
      "bestätigt",
      "",
    ],
    [`${tag}-2`, env("SIT1"), local(plus(today, 2)), local(plus(today, 3)), `Lasttest ${tag}`, cleo, "bestätigt", ""],
    [`${tag}-3`, env("UAT1"), named(monday), named(plus(monday, 2)), `Abnahme ${tag}`, ben, "vorläufig", ""],
    [
      `${tag}-4`,
      env("UAT1"),
      `${slashed(plus(monday, slash))} 10:00`,
      `${slashed(plus(monday, slash))} 18:00`,
      `Übung ${tag}`,
      cleo,
      "open",
      "",
    ],
    [
      `${tag}-4`,
      env("UAT1"),
      `${slashed(plus(monday, slash))} 10:00`,
      `${slashed(plus(monday, slash))} 18:00`,
      `Übung ${tag}`,
      cleo,
      "open",
      "",
    ],
    [
      `${tag}-5`,
      `Systemtest zwei ${tag}`,
      dotted(monday),
      dotted(plus(monday, 1)),
      `Migration ${tag}`,
      "m.keller",
      "",
      "",
    ],
    [`${tag}-6`, `MAINFRAME9 ${tag}`, dotted(monday), dotted(plus(monday, 1)), `Batch ${tag}`, "", "", ""],
    [`${tag}-7`, env("SIT2"), "31.02.2027", "01.03.2027", `Kein Tag ${tag}`, "", "", ""],
  ];
  return Buffer.from(rows.map((r) => r.join(";")).join("\r\n"), "latin1");
}

/** Waits until nothing on the page is a placeholder any more. */
async function settled(page: Page) {
  await page.getByRole("heading").first().waitFor();
  await page.waitForFunction(() => !document.querySelector("main [aria-busy=true], main .mantine-Skeleton-root"));
}

/**
 * Keeps a picture of what the reader sees, light and dark, and lets axe look: at the desk when it is light, on the phone
 * when it is dark. Nothing is wider than the screen.
 */
async function look(page: Page, name: string) {
  const width = page.viewportSize()?.width ?? 0;
  const beyond = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  expect(beyond, `${name} is wider than the screen`).toBeLessThanOrEqual(0);
  for (const scheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme: scheme });
    await page.locator(`html[data-mantine-color-scheme=${scheme}]`).waitFor({ state: "attached" });
    await photograph(page, `journey-${name}-${width}${scheme === "dark" ? "-dark" : ""}`);
    if ((scheme === "dark") === width < 768) await accessible(page);
  }
  await page.emulateMedia({ colorScheme: "light" });
}

/** Chooses in a list that offers its options beside the page. */
async function choose(page: Page, box: Locator, option: string | RegExp) {
  await box.click();
  await page.getByRole("option", { name: option }).click();
}

/** Who is there before the sheets come: two people who book, and one application under its right name. */
async function prepare(tag: string) {
  const context = await newContext({ signedIn: true });
  const post = <T>(path: string, data: unknown) => call<T>(context, "POST", path, data);
  const unitId = (await call<{ items: Named[] }>(context, "GET", "/units")).items[0]?.id;
  const ben = `ben.${tag}@example.com`;
  const cleo = `cleo.${tag}@example.com`;
  await post("/persons", { name: `Ben Osei ${tag}`, email: ben });
  await post("/persons", { name: `Cleo Marsh ${tag}`, email: cleo });
  const billing = await post<Named>("/applications", {
    name: `Billing ${tag}`,
    key: `BILL-${tag}`.toUpperCase(),
    unitId,
  });
  await context.close();
  return { ben, cleo, billing: billing.id };
}

/** Hands a file over as somebody would who chooses it. */
async function upload(page: Page, name: string, buffer: Buffer) {
  const mimeType = name.endsWith("x")
    ? "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    : "text/csv";
  await page.locator("input[type=file]").setInputFiles({ name, mimeType, buffer });
  await page.getByRole("heading", { name: "Columns" }).waitFor();
}

async function mapColumn(page: Page, field: string, column: string) {
  await choose(page, page.getByRole("combobox", { name: `Column of the sheet: ${field}`, exact: true }), column);
}

/** Says what a name of the sheet means that is not known. */
async function decide(page: Page, name: string, act: "Create" | "Skip" | { suggested: string } | { record: string }) {
  const question = page.getByRole("radiogroup", { name, exact: true });
  if (typeof act === "string") return question.getByRole("radio", { name: act }).check();
  if ("suggested" in act) return question.getByRole("button", { name: act.suggested }).click();
  await question.getByRole("radio", { name: "It means" }).check();
  const box = question.getByRole("combobox", { name: `Record that ${name} means` });
  await box.fill(act.record);
  await page
    .getByRole("option", { name: new RegExp(`^${act.record}`) })
    .first()
    .click();
}

async function bringEnvironments(page: Page, tag: string, ben: string) {
  await page.getByRole("button", { name: "Table", exact: true }).click();
  await page.getByRole("menuitem", { name: "Import spreadsheets" }).click();
  await page.getByRole("heading", { name: "Import spreadsheets" }).waitFor();
  await look(page, "imports");
  await upload(page, `environments ${tag}.xlsx`, environmentSheet(tag, ben));
  await mapColumn(page, "Capacity", "E: Max parallel");
  await mapColumn(page, "Auto approve", "F: Free to book");
  await look(page, "environments-columns");
  await page.getByRole("button", { name: "Check the sheet" }).click();

  await page.getByRole("heading", { name: "Applications", level: 2 }).waitFor();
  await decide(page, `CRM ${tag}`, "Create");
  await decide(page, `Billng ${tag}`, { suggested: `Billing ${tag}` });
  await decide(page, "Abnahme", { record: "UAT" });
  await decide(page, "M. Keller", "Skip");
  await decide(page, `Lane A ${tag}`, "Create");
  await look(page, "environments-names");
  await page.getByRole("button", { name: "Check again" }).click();

  await page.getByText("4 new", { exact: true }).waitFor();
  await page.getByText("2 faulty", { exact: true }).waitFor();
  await look(page, "environments-preview");
  await page.getByLabel("Import the good rows and leave the faulty ones out").check();
  await page.getByRole("button", { name: "Check again" }).click();
  await page.getByRole("button", { name: "Import 4 rows" }).click();
  await page.getByRole("heading", { name: "Imported", level: 2 }).waitFor();
  await look(page, "environments-imported");
  await page.getByRole("link", { name: "Import another sheet" }).click();
}

async function bringBookings(page: Page, tag: string, ben: string, cleo: string) {
  await upload(page, `bookings ${tag}.csv`, bookingSheet(tag, ben, cleo));
  await mapColumn(page, "Status", "G: Freigabe");
  await look(page, "bookings-columns");
  await page.getByRole("button", { name: "Check the sheet" }).click();

  await page.getByRole("heading", { name: "Environments", level: 2 }).waitFor();
  await decide(page, `Systemtest zwei ${tag}`, { record: `SIT2-${tag}`.toUpperCase() });
  await decide(page, `MAINFRAME9 ${tag}`, "Skip");
  await decide(page, "m.keller", "Skip");
  await page.getByRole("radio", { name: "Day first: 3 April" }).check();
  await look(page, "bookings-names");
  await page.getByRole("button", { name: "Check again" }).click();

  // Who booked twice is shown before anything is saved; of one pair the later waits, the other is left to be settled.
  await page.getByRole("heading", { name: "2 pairs of bookings do not go together" }).waitFor();
  expect((await bookings(page, tag)).length).toBe(0);
  await look(page, "bookings-clashes");
  await choose(page, page.getByRole("combobox", { name: "What becomes of row 5" }), "Put on the waitlist");
  await page.getByRole("button", { name: "Apply and check again" }).click();
  await page.getByRole("button", { name: "Apply and check again" }).waitFor({ state: "detached" });
  await page.getByLabel("Import the good rows and leave the faulty ones out").check();
  await page.getByRole("button", { name: "Check again" }).click();
  await page.getByRole("button", { name: "Import 5 rows" }).click();
  await page.getByRole("heading", { name: "Imported", level: 2 }).waitFor();
  await look(page, "bookings-imported");
  const kept = Object.fromEntries((await bookings(page, tag)).map((b) => [b.title.replace(` ${tag}`, ""), b.status]));
  expect(kept).toEqual({
    Regression: "approved",
    Lasttest: "waiting",
    Abnahme: "requested",
    Übung: "requested",
    Migration: "approved",
  });
}

/** What is booked of the world of one journey. */
async function bookings(page: Page, tag: string) {
  return (await call<{ items: Booked[] }>(page.context(), "GET", `/bookings?q=${tag}&limit=100`)).items;
}

async function seeSchedule(page: Page, tag: string, phone: boolean) {
  await page.getByRole("link", { name: "Show the schedule" }).click();
  const regression = page.getByRole("button", { name: `Regression ${tag}` }).first();
  if (!phone) {
    await page.getByRole("button", { name: "Book", exact: true }).waitFor();
    await settled(page);
    await look(page, "schedule");
    await page.getByRole("button", { name: "Show as a table" }).click();
  }
  await regression.waitFor();
  await look(page, phone ? "schedule" : "schedule-table");
}

/** The timeline has 240 px of names, a header of 48 px and rows of at least 32 px. */
async function drag(page: Page, span: [number, number], from: number, to: number) {
  const box = await page.locator("canvas").first().boundingBox();
  if (!box) throw new Error("no timeline");
  const x = (at: number) => box.x + 240 + ((at - span[0]) / (span[1] - span[0])) * (box.width - 240);
  await page.mouse.move(x(from), box.y + 64);
  await page.mouse.down();
  await page.mouse.move((x(from) + x(to)) / 2, box.y + 64, { steps: 4 });
  await page.mouse.move(x(to), box.y + 64, { steps: 4 });
  await page.mouse.up();
}

/** From Wednesday to Thursday of the week of the acceptance: drawn with the mouse, or said on the phone. */
async function book(page: Page, tag: string, application: string, phone: boolean) {
  const week: [number, number] = [monday, plus(monday, 7)];
  const [from, to] = [plus(monday, 2, 10), plus(monday, 3, 10)];
  await page.goto(`/schedule?application=${application}&from=${minute(week[0])}&to=${minute(week[1])}`);
  const dialog = page.getByRole("dialog");
  if (phone) {
    await page.getByText(`Abnahme ${tag}`).first().waitFor();
    await page.getByRole("button", { name: "Book", exact: true }).click();
    await dialog.getByRole("combobox", { name: "Environment" }).fill(`UAT1-${tag}`.toUpperCase());
    await page.getByRole("option", { name: new RegExp(`Acceptance 1 ${tag}`) }).click();
    await dialog.getByLabel("From").fill(minute(from));
    await dialog.getByLabel("To", { exact: true }).fill(minute(to));
  } else {
    await page.getByText("2 rows").waitFor();
    await drag(page, week, to, from);
  }
  // Nothing approved is in the way, but others have asked; the dialog says so before anybody asks.
  await dialog.getByText("Others have asked for the same").waitFor();
  await dialog.getByText(`Abnahme ${tag}`).waitFor();
  await look(page, "booking");
  await dialog.getByLabel("What for").fill(`Cutover ${tag}`);
  await dialog.getByRole("button", { name: "Ask for it" }).click();
  await page.getByText(/waits for approval/).waitFor();
  await dialog.waitFor({ state: "detached" });
  expect((await bookings(page, tag)).find((b) => b.title === `Cutover ${tag}`)?.environments[0]?.name).toBe(
    `Acceptance 1 ${tag}`,
  );
}

async function settle(page: Page, tag: string, application: string) {
  await page.goto(`/conflicts?application=${application}`);
  await page.getByText("2 conflicts", { exact: true }).waitFor();
  await look(page, "conflicts");
  await page.getByRole("button", { name: "Propose a settlement" }).click();
  await page.getByText("Clears all 2 conflicts").waitFor();
  await look(page, "settlement");
  await page.getByRole("button", { name: /^Accept (the move|all \d+ moves)$/ }).click();
  await page.getByText("0 conflicts", { exact: true }).waitFor();
  await look(page, "settled");

  await page.getByRole("link", { name: /^Approvals/ }).click();
  const card = page.getByRole("article").filter({ hasText: `Abnahme ${tag}` });
  await card.waitFor();
  // What the reader asked for waits for somebody else.
  expect(
    await page
      .getByRole("article")
      .filter({ hasText: `Cutover ${tag}` })
      .count(),
  ).toBe(0);
  await look(page, "approvals");
  await card.getByRole("button", { name: /^Approve/ }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Approve" }).click();
  await page.getByText(/is approved/).waitFor();
  await card.waitFor({ state: "detached" });
  expect((await bookings(page, tag)).find((b) => b.title === `Abnahme ${tag}`)?.status).toBe("approved");
}

/** A pipeline deploys, and half an hour later a monitor finds nobody at home. It may report health and nothing else. */
async function fail(context: BrowserContext, tag: string, began: number) {
  const environment = `SIT1-${tag}`.toUpperCase();
  await call(context, "POST", "/deployments", {
    application: `CRM ${tag}`,
    environment,
    version: "4.2.0",
    externalId: `deploy-${tag}`,
    result: "SUCCESS",
    startedAt: new Date(began - 35 * 60_000).toISOString(),
    finishedAt: new Date(began - 30 * 60_000).toISOString(),
  });
  const { token } = await call<{ token: string }>(context, "POST", "/tokens", {
    name: `Monitor ${tag}`,
    scopes: ["health.report_health", "environment.view_environment"],
  });
  const answer = await fetch(`${base}/api/v1/health-events/alertmanager`, {
    method: "POST",
    headers: { "Content-Type": "application/json", Authorization: `Bearer ${token}` },
    body: JSON.stringify({
      version: "4",
      status: "firing",
      alerts: [
        {
          status: "firing",
          labels: { alertname: "Front door does not answer", severity: "critical", environment },
          annotations: { summary: "No answer on 8443" },
          startsAt: new Date(began).toISOString(),
          fingerprint: tag,
        },
      ],
    }),
  });
  expect(answer.status, await answer.text()).toBe(200);
}

async function putRight(page: Page, tag: string) {
  await page.goto(`/health?q=SIT1-${tag}`);
  await page.getByRole("link", { name: "Open the outage" }).click();
  const title = (await page.getByRole("heading", { level: 1 }).textContent()) ?? "";
  // Whom it hurts, and who did what before.
  await page.getByRole("link", { name: new RegExp(`^BK-\\d+ Regression ${tag}`) }).waitFor();
  const suspect = page.getByRole("button", { name: /^Mark as cause: .*4\.2\.0/ }).first();
  await suspect.waitFor();
  await look(page, "outage");
  await suspect.click();
  await page.getByText(/^Marked as the cause: .*4\.2\.0/).waitFor();
  await page.getByRole("button", { name: "End the outage" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "End the outage" }).click();
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await page.getByText("Ended", { exact: true }).first().waitFor();
  await look(page, "outage-ended");
  return title;
}

async function report(page: Page, tag: string, month: string, outage: string) {
  await page.goto(`/reports/environments?month=${month}`);
  await settled(page);
  const tile = (name: string) => page.getByRole("button", { name: new RegExp(`^${name}`) });
  for (const name of ["Unplanned outages", "Booked"])
    expect(await tile(name).textContent()).toMatch(new RegExp(`${name}[\\d.,]*[1-9]`));
  await look(page, "report");
  const [file] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: "XLSX", exact: true }).click(),
  ]);
  expect(file.suggestedFilename()).toMatch(/\.xlsx$/);
  expect(
    readFileSync(await file.path())
      .subarray(0, 2)
      .toString(),
  ).toBe("PK");

  // Every number leads to what it is made of.
  await tile("Unplanned outages").click();
  await page.waitForURL(/\/outages\?/);
  await page.getByText(outage).first().waitFor();
  await look(page, "report-outages");
  await page.goBack();
  await tile("Booked").click();
  await page.waitForURL(/\/bookings\?/);
  await page
    .getByText(new RegExp(`Regression ${tag}`))
    .first()
    .waitFor();
  await look(page, "report-bookings");
}

test.each([
  ["at a desk", 1280],
  ["on a phone", 390],
])(
  "from spreadsheets to the report of the month, %s",
  async (_, width) => {
    const tag = fresh("").trim();
    const phone = width < 768;
    const { ben, cleo, billing } = await prepare(tag);
    const context = await newContext({ width });
    const { page, faults } = await newPage(context);
    page.setDefaultTimeout(30_000);
    await page.setViewportSize({ width, height: phone ? 844 : 800 });
    await page.goto("/environments");
    await page.getByLabel("Email").fill(email);
    await page.getByLabel("Password", { exact: true }).fill(password);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.waitForURL(/\/environments/);

    await bringEnvironments(page, tag, ben);
    await bringBookings(page, tag, ben, cleo);
    await seeSchedule(page, tag, phone);
    await book(page, tag, billing, phone);
    await settle(page, tag, billing);
    const began = Date.now() - 40 * 60_000;
    await fail(context, tag, began);
    const outage = await putRight(page, tag);
    await report(page, tag, local(began).slice(0, 7), outage);
    expect(faults).toEqual([]);
    await context.close();
  },
  600_000,
);
