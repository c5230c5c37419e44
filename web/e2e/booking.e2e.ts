import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { accessible, call, closeBrowser, fresh, newContext, newPage, photograph } from "./support";

// Booking from the first drag to the last approval: what is free is drawn, what clashes finds a way out, what is left in
// conflict is settled, and an approver decides on a phone.

interface Named {
  id: string;
  name: string;
}
interface Booked {
  id: string;
  reference: string;
  title: string;
  status: string;
  from: string;
  to: string;
  environments: Named[];
}

const world = { unit: "", application: "", alpha: "", beta: "", gated: "", name: "" };
const hour = 3_600_000;
const day = 24 * hour;
/** A Monday well ahead, at midnight where the browser is. */
const monday = (() => {
  const d = new Date();
  d.setHours(0, 0, 0, 0);
  d.setDate(d.getDate() + 28 - ((d.getDay() + 6) % 7));
  return d.getTime();
})();
const two = (n: number) => String(n).padStart(2, "0");
const local = (at: number) => {
  const d = new Date(at);
  return `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())}T${two(d.getHours())}:${two(d.getMinutes())}`;
};
const week = () => `from=${local(monday)}&to=${local(monday + 7 * day)}`;

beforeAll(async () => {
  const context = await newContext({ signedIn: true });
  const root = (await call<{ items: Named[] }>(context, "GET", "/units")).items[0] as Named;
  const unit = await call<Named>(context, "POST", "/units", { name: fresh("Payments test"), parentId: root.id });
  const name = fresh("Clearing");
  const key = name.toUpperCase().replace(" ", "-");
  const application = await call<Named>(context, "POST", "/applications", { name, key, unitId: unit.id });
  const environment = (suffix: string, autoApprove: boolean) =>
    call<Named>(context, "POST", "/environments", {
      key: `${key}-${suffix}`,
      name: `${name} ${suffix}`,
      application: application.id,
      usage: autoApprove ? "SIT" : "UAT",
      capacity: 1,
      autoApprove,
      unitId: unit.id,
    });
  world.alpha = (await environment("A", true)).id;
  world.beta = (await environment("B", true)).id;
  world.gated = (await environment("U", false)).id;
  Object.assign(world, { unit: unit.id, application: application.id, name });
  await context.close();
});
afterAll(closeBrowser);

/** Waits until nothing on the page is a placeholder any more. */
async function settled(page: Page) {
  await page.waitForFunction(() => !document.querySelector("main [aria-busy=true], main .mantine-Skeleton-root"));
}

/** Where a moment of a row lies on the timeline: 240 px of names, a header of 48 px and rows of 32 px. */
async function spot(page: Page, row: number, at: number) {
  const box = await page.locator("canvas").first().boundingBox();
  if (!box) throw new Error("no timeline");
  const share = (at - monday) / (7 * day);
  return { x: box.x + 240 + share * (box.width - 240), y: box.y + 48 + row * 32 + 16 };
}

async function drag(page: Page, from: [number, number], to: [number, number]) {
  const a = await spot(page, ...from);
  const b = await spot(page, ...to);
  await page.mouse.move(a.x, a.y);
  await page.mouse.down();
  await page.mouse.move((a.x + b.x) / 2, (a.y + b.y) / 2, { steps: 4 });
  await page.mouse.move(b.x, b.y, { steps: 4 });
  await page.mouse.up();
}

test("a booking is drawn, moved into a clash, led out of it and put back", async () => {
  const context = await newContext({ signedIn: true });
  const { page, faults } = await newPage(context);
  const find = async (title: string) =>
    (await call<{ items: Booked[] }>(context, "GET", `/bookings?application=${world.application}&q=${title}`)).items[0];

  await page.goto(`/schedule?application=${world.application}&${week()}`);
  await page.getByText("3 rows").waitFor();
  await accessible(page);

  // Drawn on the first row: the dialog knows where and when, and says that it is free.
  const dialog = page.getByRole("dialog");
  await drag(page, [0, monday + 9 * hour], [0, monday + 33 * hour]);
  await dialog.getByText("It is yours at once.").waitFor();
  await accessible(page);
  await photograph(page, "booking-dialog");
  await dialog.getByLabel("What for").fill("Regression");
  await dialog.getByRole("button", { name: "Book", exact: true }).click();
  await page.getByText(/is booked/).waitFor();
  const first = await find("Regression");
  expect(first?.status).toBe("approved");
  expect(first?.environments.map((e) => e.id)).toEqual([world.alpha]);

  // The same time in the other environment, then dragged onto the first: refused with ways out.
  await drag(page, [1, monday + 9 * hour], [1, monday + 33 * hour]);
  await dialog.getByText("It is yours at once.").waitFor();
  await dialog.getByLabel("What for").fill("Smoke");
  await dialog.getByRole("button", { name: "Book", exact: true }).click();
  await page.getByText(/is booked: .* B,/).waitFor();
  await dialog.waitFor({ state: "detached" });
  await drag(page, [1, monday + 20 * hour], [0, monday + 20 * hour]);
  await dialog.getByText("An approved booking is in the way.").waitFor();
  await dialog.getByText(`${first?.reference} Regression`).waitFor();
  await accessible(page);
  await photograph(page, "booking-ways-out");
  await dialog.getByRole("button", { name: /^Take the next free time/ }).click();
  await dialog.getByText("It stays approved.").waitFor();
  await dialog.getByRole("button", { name: "Change the booking" }).click();
  await page.getByText(/is now in/).waitFor();
  const moved = await find("Smoke");
  expect(moved?.environments.map((e) => e.id)).toEqual([world.alpha]);
  expect(Date.parse(moved?.from ?? "")).toBeGreaterThanOrEqual(Date.parse(first?.to ?? ""));

  // Undo puts it back.
  await page.getByRole("button", { name: "Undo" }).last().click();
  await expect.poll(async () => (await find("Smoke"))?.environments[0]?.id).toBe(world.beta);
  expect((await find("Smoke"))?.from).toBe(first?.from);

  // The dialog says beforehand that it is taken; the waitlist is one of the ways out.
  await page.goto(`/openings?application=${world.application}&duration=1d`);
  await page
    .getByRole("button", { name: /^Book / })
    .first()
    .waitFor();
  await accessible(page);
  await page.goto(`/schedule?application=${world.application}&${week()}&show=table`);
  await page.getByRole("button", { name: /Regression/ }).click();
  await dialog.getByText("Approved").first().waitFor();
  await accessible(page);
  expect(faults).toEqual([]);
  await context.close();
}, 180_000);

test("what is in conflict is settled and then approved on a phone", async () => {
  const context = await newContext({ signedIn: true });
  const { page, faults } = await newPage(context);
  // Whoever approves here may have asked as well.
  await page.goto(`/booking-policies?unit=${world.unit}`);
  await page.getByRole("switch", { name: "Approvers may approve what they asked for themselves" }).check();
  await page.getByRole("button", { name: /^Give .* these rules$/ }).click();
  await page.getByText("Own rules").waitFor();
  await accessible(page);

  const iso = (at: number) => new Date(at).toISOString();
  const ask = (title: string, from: number, to: number) =>
    call<Booked>(context, "POST", "/bookings", {
      environment: world.gated,
      from: iso(monday + from * hour),
      to: iso(monday + to * hour),
      intent: "change_code",
      title,
    });
  await ask("Acceptance", 9, 40);
  await ask("Rehearsal", 30, 60);

  await page.goto(`/conflicts?application=${world.application}`);
  await page.getByText("1 conflict", { exact: true }).waitFor();
  await accessible(page);
  await page.getByRole("button", { name: "Propose a settlement" }).click();
  await page.getByText("Clears the 1 conflict").waitFor();
  await page.getByText("Proven to be the best").waitFor();
  await accessible(page);
  await photograph(page, "settlement");
  await page.getByRole("button", { name: "Accept the move" }).click();
  await page.getByText("Done", { exact: true }).waitFor();
  await page.getByText("0 conflicts").waitFor();
  await context.close();

  const pocket = await newContext({ signedIn: true, width: 390 });
  const phone = await newPage(pocket);
  await phone.page.goto(`/approvals?unit=${world.unit}`);
  const card = phone.page.getByRole("article").filter({ hasText: "Acceptance" });
  await card.waitFor();
  await accessible(phone.page);
  await photograph(phone.page, "approvals-390");
  const button = card.getByRole("button", { name: /^Approve/ });
  expect((await button.boundingBox())?.height ?? 0).toBeGreaterThanOrEqual(44);
  await button.click();
  await phone.page.getByRole("dialog").getByRole("button", { name: "Approve" }).click();
  await phone.page.getByText(/is approved/).waitFor();
  await expect.poll(() => card.count()).toBe(0);

  const other = phone.page.getByRole("article").filter({ hasText: "Rehearsal" });
  await other.getByRole("button", { name: /^Reject/ }).click();
  const reject = phone.page.getByRole("dialog").getByRole("button", { name: "Reject" });
  expect(await reject.isDisabled()).toBe(true);
  await phone.page.getByRole("dialog").getByLabel("Reason").fill("The release was put off.");
  await reject.click();
  await phone.page.getByText(/is rejected/).waitFor();
  const left = await call<{ items: Booked[] }>(pocket, "GET", `/bookings?environment=${world.gated}`);
  expect(Object.fromEntries(left.items.map((b) => [b.title, b.status]))).toEqual({
    Acceptance: "approved",
    Rehearsal: "rejected",
  });
  expect([...faults, ...phone.faults]).toEqual([]);
  await pocket.close();
}, 180_000);

test.each([
  [1280, false],
  [1280, true],
  [390, false],
  [390, true],
])(
  "every page of booking at %d px, dark %s",
  async (width, dark) => {
    const context = await newContext({ signedIn: true, width, dark });
    const { page, faults } = await newPage(context);
    const booking = (await call<{ items: Booked[] }>(context, "GET", `/bookings?application=${world.application}`))
      .items[0];
    const pages: Record<string, string> = {
      schedule: `/schedule?application=${world.application}&${week()}`,
      "schedule-groups": "/schedule?view=groups",
      "schedule-overview": `/schedule?view=overview&${week()}`,
      "schedule-table": `/schedule?show=table&${week()}`,
      bookings: "/bookings",
      booking: `/bookings/${booking?.id}`,
      "booking-missing": "/bookings/BK-999999",
      approvals: "/approvals",
      conflicts: "/conflicts",
      openings: "/openings?duration=3d",
      "calendar-feeds": "/calendar-feeds",
      "booking-policies": "/booking-policies",
      "booking-decision": `/bookings/${booking?.id}/decision?token=worn`,
    };
    for (const [name, address] of Object.entries(pages)) {
      await page.goto(address);
      await page.getByRole("heading", { level: 1 }).waitFor();
      await settled(page);
      await accessible(page);
      const wider = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      expect(wider, `${name} is wider than the screen`).toBeLessThanOrEqual(0);
      await photograph(page, `${name}-${width}${dark ? "-dark" : ""}`);
    }
    expect(faults).toEqual([]);
    await context.close();
  },
  240_000,
);
