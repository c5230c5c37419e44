import { afterAll, beforeAll, expect, test } from "vitest";
import { accessible, call, closeBrowser, fresh, newContext, newPage, photograph } from "./support";

// An environment manager brings the team's plan in: columns, unknown names, clashes, and back again.

const tag = fresh("").trim();
const key = (word: string) => `${word}-${tag}`.toUpperCase();

beforeAll(async () => {
  const context = await newContext({ signedIn: true });
  const unitId = (await call<{ items: { id: string }[] }>(context, "GET", "/units")).items[0]?.id;
  for (const word of ["SIT1", "SIT2"]) {
    await call(context, "POST", "/environments", { key: key(word), name: key(word), unitId, autoApprove: true });
  }
  const soon = (day: number) => new Date(Date.UTC(2031, 2, day, 9)).toISOString();
  await call(context, "POST", "/bookings", {
    environment: key("SIT2"),
    from: soon(10),
    to: soon(11),
    title: `There before ${tag}`,
    intent: "change_code",
  });
  await context.close();
});
afterAll(closeBrowser);

/**
 * The plan as each look brings it: with rows of its own, so that none of them is known already, and with a column of its own,
 * so that nothing is remembered of how a sheet with the same header was read.
 */
const plan = (name: string) => `Test plan of the quarter
Environment,Start,End,Purpose,Status,${name}
${key("SIT1")},2031-03-04,2031-03-05,Regression ${tag} ${name},confirmed,
${key("SIT1")},2031-03-05,2031-03-06,Load test ${tag} ${name},,
${key("SIT2")},2031-03-10,2031-03-12,Acceptance ${tag} ${name},,
${key("SIT")}3,2031-03-10,2031-03-12,Unknown ${tag} ${name},,
${key("SIT1")},2031-02-31,2031-03-12,No such day ${tag} ${name},,
`;

for (const look of [
  { width: 1280, dark: false },
  { width: 390, dark: false },
  { width: 1280, dark: true },
  { width: 390, dark: true },
]) {
  const name = `${look.width}-${look.dark ? "dark" : "light"}`;
  test(`a plan is brought in and taken back at ${name}`, { timeout: 180_000 }, async () => {
    const context = await newContext({ ...look, signedIn: true });
    const { page, faults } = await newPage(context);
    await page.goto("/environments/import");
    await page.getByRole("heading", { name: "Import spreadsheets" }).waitFor();
    await accessible(page);
    await photograph(page, `sheet-list-${name}`);
    await page.getByLabel("Pasted table").fill(plan(name));
    await page.getByRole("button", { name: "Upload" }).click();
    await page.getByRole("heading", { name: "Columns" }).waitFor();
    expect(page.url()).toContain("/environments/import/");
    await accessible(page);
    await photograph(page, `sheet-setup-${name}`);
    await page.getByRole("button", { name: "Check the sheet" }).click();

    await page.getByRole("heading", { name: "Environments", level: 2 }).waitFor();
    await accessible(page);
    await photograph(page, `sheet-names-${name}`);
    // It can be left and found again.
    await page.reload();
    await page.getByRole("radio", { name: "Skip" }).click();
    await page.getByRole("button", { name: "Check again" }).click();

    await page.getByText("1 faulty").waitFor();
    await page.getByRole("heading", { name: /pairs? of bookings/ }).waitFor();
    await accessible(page);
    await photograph(page, `sheet-preview-${name}`);
    await page.getByLabel("Import the good rows and leave the faulty ones out").check();
    await page.getByRole("button", { name: "Check again" }).click();
    await page.getByRole("button", { name: /^Import 3 rows$/ }).click();

    await page.getByRole("heading", { name: "Imported", level: 2 }).waitFor();
    await accessible(page);
    await photograph(page, `sheet-result-${name}`);
    await page.getByRole("button", { name: "Take back" }).click();
    await page.getByText(/bookings are cancelled/).waitFor();
    await accessible(page);
    await photograph(page, `sheet-undo-${name}`);
    await page.getByRole("dialog").getByRole("button", { name: "Take back" }).click();
    await page.getByRole("heading", { name: "This import was taken back" }).waitFor();
    expect(faults).toEqual([]);
    await context.close();
  });
}
