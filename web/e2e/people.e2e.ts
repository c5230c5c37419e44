import { afterAll, expect, test } from "vitest";
import { accessible, call, closeBrowser, fresh, newContext, newPage, photograph } from "./support";

afterAll(closeBrowser);

test("an administrator builds the tree, adds and invites a person, and the person comes in", async () => {
  const context = await newContext({ signedIn: true });
  const { page, faults } = await newPage(context);
  const division = fresh("Retail");
  const name = fresh("Grace");
  const address = `${name.replace(" ", ".").toLowerCase()}@example.com`;

  await page.goto("/people/organisation");
  const root = page.getByRole("treeitem").first();
  await root.getByRole("button", { name: /^Actions for/ }).click();
  await page.getByRole("menuitem", { name: /^Add below/ }).click();
  await page.getByLabel("Name").fill(division);
  await accessible(page);
  await page.getByRole("dialog").getByRole("button", { name: "Add a unit" }).click();
  await page.getByRole("treeitem", { name: division }).waitFor();
  await accessible(page);
  await photograph(page, "organisation");

  await page.goto("/people");
  await page.getByRole("button", { name: "Add a person" }).click();
  const form = page.getByRole("dialog");
  await form.getByLabel("Name", { exact: true }).fill(name);
  await form.getByLabel("Email", { exact: true }).fill(address);
  await form.getByRole("combobox", { name: "Unit" }).click();
  await page.getByRole("option", { name: division }).click();
  await accessible(page);
  await form.getByRole("button", { name: "Add a person" }).click();
  const link = await page.getByLabel("Invitation link").inputValue();
  await accessible(page);
  await page.getByRole("button", { name: "I have kept it" }).click();
  await page.getByRole("link", { name }).click();
  await page.getByRole("dialog").getByText("Pending").waitFor();
  await accessible(page);
  await photograph(page, "person");

  const theirs = await newContext();
  const guest = await newPage(theirs);
  await guest.page.goto(new URL(link, "http://x").pathname + new URL(link, "http://x").search);
  await accessible(guest.page);
  await guest.page.getByLabel("Password", { exact: true }).fill("nine small boats");
  await guest.page.getByLabel("Password again").fill("nine small boots");
  await guest.page.getByRole("button", { name: "Finish my account" }).click();
  await guest.page.getByText("The two passwords differ.").waitFor();
  await guest.page.getByLabel("Password again").fill("nine small boats");
  await guest.page.getByRole("button", { name: "Finish my account" }).click();
  await guest.page.getByRole("heading", { name: "Home" }).waitFor();
  expect(guest.faults).toEqual([]);
  await theirs.close();

  // The administrator's page follows without being loaded again.
  await page.getByRole("dialog").getByText("Active", { exact: true }).waitFor();
  expect(faults).toEqual([]);
  await context.close();
});

test("two people edit one team: the later one sees both versions and chooses", async () => {
  const context = await newContext({ signedIn: true });
  const { page, faults } = await newPage(context);
  const name = fresh("Ledger");
  const units = await call<{ items: { id: string }[] }>(context, "GET", "/units");
  const team = await call<{ id: string }>(context, "POST", "/teams", { name, unitId: units.items[0]?.id });

  await page.goto(`/people/teams?open=${team.id}`);
  await page.getByRole("dialog").getByRole("button", { name: "Edit" }).click();
  const form = page.getByRole("dialog", { name: `Edit the team ${name}` });
  await form.getByLabel("Description").fill("Mine");
  const answer = await context.request.fetch(`/api/v1/teams/${team.id}`, {
    method: "PATCH",
    data: { description: "Theirs" },
    headers: { "If-Match": '"1"', Origin: new URL(page.url()).origin },
  });
  expect(answer.status(), await answer.text()).toBe(200);
  await form.getByRole("button", { name: "Save" }).click();
  const stale = page.getByRole("dialog", { name: /Somebody changed/ });
  await stale.getByText("Theirs").waitFor();
  await accessible(page);
  await photograph(page, "stale");
  await stale.getByLabel("Description: Saved meanwhile").check();
  await stale.getByRole("button", { name: "Save the chosen values" }).click();
  await stale.waitFor({ state: "hidden" });
  const now = await call<{ description: string }>(context, "GET", `/teams/${team.id}`);
  expect(now.description).toBe("Theirs");
  expect(faults).toEqual([]);
  await context.close();
});

test("a pasted list shows its errors by row and column before anything is saved", async () => {
  const context = await newContext({ signedIn: true });
  const { page, faults } = await newPage(context);
  const good = `${fresh("linus").replace(" ", ".")}@example.com`;
  await page.goto("/people/import");
  await page.getByLabel("Paste a table").fill(`Name,Email,Unit\nLinus,${good},\nKen,not an address,No such unit\n`);
  await page.getByRole("button", { name: "Show what would happen" }).click();
  const faulty = page.getByRole("row").filter({ hasText: "Ken" });
  await faulty.getByText("Email").waitFor();
  await faulty.getByText("Unit", { exact: true }).waitFor();
  await accessible(page);
  await photograph(page, "import");
  const before = await call<{ items: unknown[] }>(context, "GET", `/persons?q=${encodeURIComponent(good)}`);
  expect(before.items).toHaveLength(0);
  await page.getByLabel("Leave out rows with errors").check();
  await page.getByRole("button", { name: "Import 1 record" }).click();
  await page.getByText("The import is done").waitFor();
  const after = await call<{ items: unknown[] }>(context, "GET", `/persons?q=${encodeURIComponent(good)}`);
  expect(after.items).toHaveLength(1);
  expect(faults).toEqual([]);
  await context.close();
});

test("the list is worked by keyboard alone and its address restores it", async () => {
  const context = await newContext({ signedIn: true });
  const { page, faults } = await newPage(context);
  const word = fresh("zz").replace(" ", "");
  const units = await call<{ items: { id: string }[] }>(context, "GET", "/units");
  for (const n of [1, 2, 3]) {
    await call(context, "POST", "/persons", {
      name: `${word} ${n}`,
      email: `${word}${n}@example.com`,
      unitId: units.items[0]?.id,
    });
  }
  await page.goto(`/people?q=${word}`);
  await page.getByText("3 rows").waitFor();
  await page.locator('[data-row="0"]').focus();
  await page.keyboard.press("j");
  await page.keyboard.press("x");
  await page.getByText("1 selected").first().waitFor();
  await accessible(page);
  await page.keyboard.press("Enter");
  await page.getByRole("dialog", { name: `${word} 2` }).waitFor();
  const address = page.url();
  expect(address).toContain("open=");
  await page.goBack();
  await page.getByRole("dialog").waitFor({ state: "hidden" });
  await page.goto(address);
  await page.getByRole("dialog", { name: `${word} 2` }).waitFor();
  expect(faults).toEqual([]);
  await context.close();
});

test("a role is granted on a unit and withdrawn, and both stand in the history", async () => {
  const context = await newContext({ signedIn: true });
  const { page, faults } = await newPage(context);
  const name = fresh("Radia");
  const units = await call<{ items: { id: string; name: string }[] }>(context, "GET", "/units");
  const person = await call<{ id: string }>(context, "POST", "/persons", {
    name,
    email: `${name.replace(" ", ".").toLowerCase()}@example.com`,
    unitId: units.items[0]?.id,
  });
  await page.goto("/people/grants");
  await page.getByRole("button", { name: "Grant a role" }).first().click();
  const form = page.getByRole("dialog");
  await form.getByRole("combobox", { name: "Person" }).fill(name);
  await page.getByRole("option", { name }).click();
  await form.getByRole("combobox", { name: "Role" }).click();
  await page.getByRole("option", { name: "Viewer" }).click();
  await form.getByRole("combobox", { name: "On the unit" }).click();
  await page.getByRole("option", { name: units.items[0]?.name }).first().click();
  await accessible(page);
  await form.getByRole("button", { name: "Grant", exact: true }).click();
  await page.getByRole("row").filter({ hasText: name }).waitFor();
  await page.getByRole("button", { name: `Actions for Viewer, ${name}` }).click();
  await page.getByRole("menuitem", { name: "Withdraw" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Withdraw" }).click();
  await page.getByRole("row").filter({ hasText: name }).waitFor({ state: "hidden" });

  await page.goto(`/history?subjectKind=person&subjectId=${person.id}`);
  await page.getByText(`added ${name}`).first().waitFor();
  await accessible(page);
  await page.goto(`/history?q=${encodeURIComponent(name)}`);
  await page
    .getByText(/withdrew Viewer/)
    .first()
    .waitFor();
  await page
    .getByText(/granted Viewer/)
    .first()
    .click();
  await page.getByRole("dialog").getByText("What changed").waitFor();
  await accessible(page);
  await photograph(page, "history");
  expect(faults).toEqual([]);
  await context.close();
});
