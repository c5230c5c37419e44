import { afterAll, expect, test } from "vitest";
import { accessible, base, closeBrowser, email, newContext, newPage, password, photograph } from "./support";

afterAll(closeBrowser);

test("a wrong password is refused in words, the right one leads to the page that was asked for", async () => {
  const context = await newContext();
  const { page, faults } = await newPage(context);
  await page.goto("/people/teams?unit=");
  await page.waitForURL(/\/sign-in\?next=/);
  await accessible(page);
  await photograph(page, "sign-in");
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password", { exact: true }).fill("certainly not this one");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("alert").getByText("The email or the password is wrong").waitFor();
  await accessible(page);
  expect(await page.getByLabel("Email").inputValue()).toBe(email);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL(/\/people\/teams/);
  await page.getByRole("heading", { name: "People" }).waitFor();
  expect(faults).toEqual([]);
  await context.close();
});

test("a sign-in that failed at a provider says why, in both themes", async () => {
  for (const dark of [false, true]) {
    const context = await newContext({ dark });
    const { page, faults } = await newPage(context);
    await page.goto("/sign-in?problem=oidc_not_invited");
    await page.getByRole("alert").getByText("Nobody invited you to Millrace yet. Ask an administrator.").waitFor();
    await accessible(page);
    await page.goto("/sign-in?problem=something_new");
    await page.getByRole("alert").getByText("Quote this code to an administrator: something_new").waitFor();
    expect(faults).toEqual([]);
    await context.close();
  }
});

test("signing out ends the session and forgets what was on the screen", async () => {
  const context = await newContext({ signedIn: true });
  const { page, faults } = await newPage(context);
  await page.goto("/people");
  await page.getByRole("button", { name: "Your menu" }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await page.waitForURL(/\/sign-in/);
  const answer = await context.request.get("/api/v1/me");
  expect(answer.status()).toBe(401);
  await page.goto("/people");
  await page.waitForURL(/\/sign-in\?next=/);
  expect(faults).toEqual([]);
  await context.close();
});

test("an address of somebody else is not gone to after signing in", async () => {
  const context = await newContext();
  const { page } = await newPage(context);
  await page.goto("/sign-in?next=//evil.example/take");
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { name: "Home" }).waitFor();
  expect(new URL(page.url()).origin).toBe(new URL(base).origin);
  await context.close();
});

test("the theme is chosen once and stays", async () => {
  const context = await newContext({ signedIn: true });
  const { page, faults } = await newPage(context);
  await page.goto("/");
  await page.getByRole("button", { name: "Your menu" }).click();
  await page.getByText("Dark", { exact: true }).click();
  await page.reload();
  await page.getByRole("heading", { name: "Home" }).waitFor();
  expect(await page.locator("html").getAttribute("data-mantine-color-scheme")).toBe("dark");
  await accessible(page);
  await photograph(page, "home-dark");
  expect(faults).toEqual([]);
  await context.close();
});
