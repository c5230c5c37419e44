import type { BrowserContext, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { accessible, call, closeBrowser, fresh, newContext, newPage, photograph, signIn } from "./support";

// Asking for environments, from the first line to the last approval, and asking for a change that takes one away from
// those who have booked it.

interface Named {
  id: string;
  name: string;
}
interface Request {
  id: string;
  reference: string;
  position: { status: string };
  bookings: { reference: string; status: string; environments: Named[] }[];
}

const world = { unit: "", name: "", open: "", gated: "", early: "", late: "" };
const tester = { email: "", password: "a slow barge in june" };
const hour = 3_600_000;
/** A Monday well ahead, at midnight where the browser is. */
const monday = (() => {
  const d = new Date();
  d.setHours(0, 0, 0, 0);
  d.setDate(d.getDate() + 35 - ((d.getDay() + 6) % 7));
  return d.getTime();
})();
const two = (n: number) => String(n).padStart(2, "0");
const local = (at: number) => {
  const d = new Date(at);
  return `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())}T${two(d.getHours())}:${two(d.getMinutes())}`;
};
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
const dayOf = (at: number) => local(at).slice(0, 10);

beforeAll(async () => {
  const context = await newContext({ signedIn: true });
  const root = (await call<{ items: Named[] }>(context, "GET", "/units")).items[0] as Named;
  const unit = await call<Named>(context, "POST", "/units", { name: fresh("Lending test"), parentId: root.id });
  const name = fresh("Scoring");
  const key = name.toUpperCase().replace(" ", "-");
  const application = await call<Named>(context, "POST", "/applications", { name, key, unitId: unit.id });
  const environment = (suffix: string, usage: string, autoApprove: boolean) =>
    call<Named>(context, "POST", "/environments", {
      key: `${key}-${suffix}`,
      name: `${name} ${suffix}`,
      application: application.id,
      usage,
      capacity: 1,
      autoApprove,
      unitId: unit.id,
    });
  world.open = (await environment("S", "SIT", true)).id;
  world.gated = (await environment("U", "UAT", false)).id;
  Object.assign(world, { unit: unit.id, name });
  world.early = fresh("Early");
  world.late = fresh("Late");
  await call(context, "POST", "/booking-time-slots", { name: world.early, from: "06:00", to: "10:00", zone });
  await call(context, "POST", "/booking-time-slots", { name: world.late, from: "18:00", to: "22:00", zone });
  await call(context, "POST", "/booking-request-questions", {
    text: `Is ${name} stubbed?`,
    kind: "yes_no",
    required: true,
    application: application.id,
  });
  await invite(context, unit.id);
  await context.close();
});
afterAll(closeBrowser);

/** A tester of the unit, who asks; the administrator decides. */
async function invite(context: BrowserContext, unit: string) {
  const roles = await call<{ items: { id: string; key: string; name: string }[] }>(context, "GET", "/roles");
  const role = roles.items.find((r) => /contributor/i.test(r.key ?? r.name));
  const email = `${fresh("tester").replace(" ", "-")}@example.com`;
  const invitation = await call<{ link: string }>(context, "POST", "/invitations", {
    email,
    name: "Tess Ter",
    unitId: unit,
    roleId: role?.id,
    roleUnitId: unit,
  });
  const token = new URL(invitation.link, "http://x").searchParams.get("token");
  const theirs = await newContext();
  await call(theirs, "POST", "/invitations/accept", { token, name: "Tess Ter", password: tester.password });
  await theirs.close();
  tester.email = email;
}

async function settled(page: Page) {
  await page.getByRole("heading", { level: 1 }).waitFor();
  await page.waitForFunction(() => !document.querySelector("main [aria-busy=true], main .mantine-Skeleton-root"));
}

async function narrow(page: Page, name: string) {
  const wider = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  expect(wider, `${name} is wider than the screen`).toBeLessThanOrEqual(0);
}

async function choose(page: Page, field: Locator, option: string | RegExp, typed?: string) {
  await field.click();
  if (typed) await field.fill(typed);
  await page.getByRole("option", { name: option }).click();
}

/** Fills a line with an environment at a time slot. */
async function fillLine(page: Page, at: number, environment: string, slot: string) {
  const line = page.getByRole("dialog").getByRole("group", { name: `Line ${at}`, exact: true });
  await choose(page, line.getByRole("combobox", { name: "Environments" }), environment, environment);
  await choose(page, line.getByRole("combobox", { name: "When", exact: true }), new RegExp(`^${slot}`));
  await line.getByLabel(/^Day/).fill(dayOf(monday));
}

test.each([1280, 390])(
  "a request for two time slots is raised and moved on until its booking is approved, at %d px",
  async (width) => {
    const asking = await newContext({ width });
    await signIn(asking, tester);
    const { page, faults } = await newPage(asking);
    const title = fresh("Regression");
    // Each width asks for a week of its own, so that the two do not meet.
    const day = monday + (width === 390 ? 7 * 24 * hour : 0);

    await page.goto("/requests");
    await settled(page);
    await page.getByRole("button", { name: "Ask for environments" }).first().click();
    const form = page.getByRole("dialog");
    await form.getByLabel(/^Title/).fill(title);
    await form.getByLabel(/^From/).fill(local(day));
    await form.getByLabel(/^To/).fill(local(day + 24 * hour));
    await fillLine(page, 1, `${world.name} S`, world.early);
    await form.getByRole("button", { name: "Add a line" }).click();
    await fillLine(page, 2, `${world.name} U`, world.late);
    if (width === 390)
      for (const at of [1, 2])
        await form
          .getByRole("group", { name: `Line ${at}`, exact: true })
          .getByLabel(/^Day/)
          .fill(dayOf(day));
    // Its keepers ask first; nothing that was typed is lost.
    const question = form.getByRole("radiogroup", { name: new RegExp(`Is ${world.name} stubbed`) });
    await question.waitFor();
    await form.getByText("This is not possible").waitFor();
    await form.getByText(/^Answer this first/).waitFor();
    await accessible(page);
    await narrow(page, "the form");
    await photograph(page, `request-form-${width}`);
    await question.getByLabel("No").check();
    await form.getByText("2 bookings are made.").waitFor();
    await form.getByRole("button", { name: "Ask", exact: true }).click();
    await form.waitFor({ state: "detached" });
    await page.getByRole("heading", { level: 1, name: title }).waitFor();
    await settled(page);
    const id = page.url().split("/").pop() as string;
    const asked = await call<Request>(asking, "GET", `/booking-requests/${id}`);
    expect(asked.position.status).toBe("Submitted");
    const status = (r: Request) =>
      Object.fromEntries(r.bookings.map((b) => [b.environments[0]?.name.split(" ").pop(), b.status]));
    expect(status(asked)).toEqual({ S: "approved", U: "requested" });
    // Who asks does not decide.
    expect(await page.getByRole("button", { name: /^Approve/ }).count()).toBe(0);
    await page.getByLabel("Write a comment").fill("The data is loaded by then.");
    await page.getByRole("button", { name: "Comment", exact: true }).click();
    await page.getByRole("paragraph").filter({ hasText: "The data is loaded by then." }).waitFor();
    await asking.close();

    const deciding = await newContext({ signedIn: true, width });
    const manager = await newPage(deciding);
    const keeper = manager.page;
    await keeper.goto(`/requests?isOpen=true&q=${encodeURIComponent(title)}`);
    await keeper.getByText(`${asked.reference} ${title}`).click();
    await settled(keeper);
    await keeper.getByRole("paragraph").filter({ hasText: "The data is loaded by then." }).waitFor();
    await keeper.getByText(/left$/).first().waitFor();
    await accessible(keeper);
    await narrow(keeper, "the request");
    await photograph(keeper, `request-${width}`);
    const dialog = keeper.getByRole("dialog");
    await keeper.getByRole("button", { name: "Move to Approved" }).click();
    await dialog.getByLabel("Note").fill("Agreed in the planning.");
    await accessible(keeper);
    await dialog.getByRole("button", { name: "Move to Approved" }).click();
    await dialog.waitFor({ state: "detached" });
    await keeper.getByText("Agreed in the planning.").first().waitFor();

    const late = asked.bookings.find((b) => b.status === "requested");
    const approve = keeper.getByRole("button", { name: `Approve ${late?.reference}` });
    if (width === 390) expect((await approve.boundingBox())?.height ?? 0).toBeGreaterThanOrEqual(44);
    await approve.click();
    await accessible(keeper);
    await dialog.getByRole("button", { name: "Approve" }).click();
    await dialog.waitFor({ state: "detached" });
    await expect.poll(() => keeper.getByRole("article").getByText("Booked", { exact: true }).count()).toBe(2);
    const done = await call<Request>(deciding, "GET", `/booking-requests/${id}`);
    expect(done.position.status).toBe("Approved");
    expect(status(done)).toEqual({ S: "approved", U: "approved" });

    // The booking and the environment lead back to the request.
    await keeper.getByRole("link", { name: late?.reference }).click();
    await keeper.getByRole("link", { name: `${asked.reference} ${title}` }).click();
    await keeper.waitForURL(`**/booking-requests/${id}`);
    await keeper.goto(`/environments/${world.gated}`);
    await keeper.getByRole("link", { name: `${asked.reference} ${title}` }).click();
    await keeper.waitForURL(`**/booking-requests/${id}`);
    expect([...faults, ...manager.faults]).toEqual([]);
    await deciding.close();
  },
  180_000,
);

test.each([1280, 390])(
  "a change with an outage says whom it hits and goes its way, at %d px",
  async (width) => {
    const context = await newContext({ signedIn: true, width });
    const { page, faults } = await newPage(context);
    const title = fresh("Patch");
    const from = monday + (width === 390 ? 16 : 15) * 24 * hour + 9 * hour;
    const smoke = fresh("Smoke");
    await call(context, "POST", "/bookings", {
      environment: world.open,
      from: new Date(from).toISOString(),
      to: new Date(from + 8 * hour).toISOString(),
      intent: "touch",
      title: smoke,
    });

    await page.goto("/requests/changes");
    await settled(page);
    await page.getByRole("button", { name: "Ask for a change" }).first().click();
    const form = page.getByRole("dialog");
    await form.getByLabel(/^Title/).fill(title);
    await form.getByLabel(/^From/).fill(local(from));
    await form.getByLabel(/^To/).fill(local(from + 6 * hour));
    for (const name of ["S", "U"])
      await choose(
        page,
        form.getByRole("combobox", { name: "Add an environment" }),
        `${world.name} ${name}`,
        `${world.name} ${name}`,
      );
    await form.getByRole("switch", { name: "One after the other" }).check();
    await form.getByText("Nobody has booked these environments then.").waitFor({ state: "detached" });
    await form.getByRole("switch", { name: /are out because of it/ }).check();
    // The end before the beginning is said beside its field, and nothing can be sent.
    await form.getByLabel("Out until").fill(local(from - hour));
    await form.getByText("The end has to be after the beginning.").waitFor();
    expect(await form.getByRole("button", { name: "Ask", exact: true }).isDisabled()).toBe(true);
    await form.getByLabel("Out until").fill(local(from + 2 * hour));
    await form.getByText("An outage is announced for 2 environments.").waitFor();
    await form.getByRole("link", { name: new RegExp(smoke) }).waitFor();
    await accessible(page);
    await narrow(page, "the form");
    await photograph(page, `change-form-${width}`);
    await form.getByRole("button", { name: "Ask", exact: true }).click();
    await form.waitFor({ state: "detached" });
    await page.getByRole("heading", { level: 1, name: title }).waitFor();
    await settled(page);
    await page
      .getByRole("region", { name: "Whom it hits" })
      .getByRole("link", { name: new RegExp(smoke) })
      .first()
      .waitFor();
    await accessible(page);
    await narrow(page, "the change request");
    await photograph(page, `change-${width}`);

    // The second environment waits for the first.
    const dialog = page.getByRole("dialog");
    const move = async (environment: string, to: string) => {
      await page.getByRole("button", { name: `Move ${world.name} ${environment}` }).click();
      await page.getByRole("menuitem", { name: to }).click();
      await dialog.waitFor();
    };
    await move("U", "In progress");
    await dialog.getByText("This is not possible").waitFor();
    await accessible(page);
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    // Whoever closes a dialog is back where it was opened.
    const focused = () => page.evaluate(() => document.activeElement?.getAttribute("aria-label"));
    await expect.poll(focused).toBe(`Move ${world.name} U`);
    await move("S", "In progress");
    await dialog.getByRole("button", { name: "In progress" }).click();
    await dialog.waitFor({ state: "detached" });
    await page.getByRole("listitem").getByText("In progress", { exact: true }).waitFor();

    // Weekly again, and then given up: both say beforehand what they do.
    await page.getByRole("button", { name: "More acts" }).click();
    await page.getByRole("menuitem", { name: "Repeat" }).click();
    await dialog.getByLabel("How many times").fill("2");
    await accessible(page);
    await dialog.getByRole("button", { name: "Repeat" }).click();
    await page.getByText("2 copies were made.").waitFor();
    await page.getByRole("button", { name: "More acts" }).click();
    await page.getByRole("menuitem", { name: "Give it up" }).click();
    await dialog
      .getByText(/outage/i)
      .first()
      .waitFor();
    await dialog.getByRole("button", { name: "Give it up" }).click();
    await dialog.waitFor({ state: "detached" });
    await page.getByText("Cancelled", { exact: true }).first().waitFor();
    expect(faults).toEqual([]);
    await context.close();
  },
  180_000,
);

test.each([
  [1280, false],
  [1280, true],
  [390, false],
  [390, true],
])(
  "every page of requests at %d px, dark %s",
  async (width, dark) => {
    const context = await newContext({ signedIn: true, width, dark });
    const { page, faults } = await newPage(context);
    const pages: Record<string, string> = {
      requests: "/requests",
      "requests-none": "/requests?q=nothing-is-called-so",
      "change-requests": "/requests/changes",
      bench: "/requests/bench",
      "bench-empty": "/requests/bench?release=nobody",
      "request-settings": "/requests/settings",
      "request-missing": "/booking-requests/EB-999999",
      "change-missing": "/environment-change-requests/EC-999999",
    };
    for (const [name, address] of Object.entries(pages)) {
      await page.goto(address);
      await settled(page);
      await accessible(page);
      await narrow(page, name);
      await photograph(page, `${name}-${width}${dark ? "-dark" : ""}`);
    }
    expect(faults).toEqual([]);
    await context.close();
  },
  180_000,
);
