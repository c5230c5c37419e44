import { afterAll, expect, test } from "vitest";
import { accessible, base, closeBrowser, fresh, newContext, newPage, photograph } from "./support";

afterAll(closeBrowser);

test("a token is shown once, works, and is refused after it is revoked", async () => {
  const context = await newContext({ signedIn: true });
  const { page, faults } = await newPage(context);
  const name = fresh("CI");
  await page.goto("/settings/tokens");
  await page.getByRole("button", { name: "Make a token" }).first().click();
  const form = page.getByRole("dialog");
  await form.getByLabel("Name").fill(name);
  await accessible(page);
  await form.getByRole("button", { name: "Make a token" }).click();
  const secret = await page.getByLabel("Token", { exact: true }).inputValue();
  await accessible(page);
  await page.getByRole("button", { name: "I have kept it" }).click();
  const use = () => fetch(`${base}/api/v1/me`, { headers: { Authorization: `Bearer ${secret}` } });
  expect((await use()).status).toBe(200);
  await page.getByRole("button", { name: `Actions for ${name}` }).click();
  await page.getByRole("menuitem", { name: "Revoke" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
  await page.getByRole("row").filter({ hasText: name }).getByText("Revoked").waitFor();
  expect((await use()).status).toBe(401);
  expect(await page.content()).not.toContain(secret);
  await accessible(page);
  await photograph(page, "tokens");
  expect(faults).toEqual([]);
  await context.close();
});

test("every settings page stands, wide and narrow, light and dark", async () => {
  for (const [width, dark] of [
    [1280, false],
    [390, true],
  ] as const) {
    const context = await newContext({ signedIn: true, width, dark });
    const { page, faults } = await newPage(context);
    for (const path of ["", "/tokens", "/service-accounts", "/accounts", "/sign-in", "/jobs"]) {
      await page.goto(`/settings${path}`);
      await page.getByRole("heading", { name: "Settings" }).waitFor();
      await page.locator("[aria-busy=true]").first().waitFor({ state: "detached" });
      await accessible(page);
      await photograph(page, `settings${path.replace("/", "-")}-${width}`);
      expect(
        await page.evaluate(() => document.documentElement.scrollWidth),
        `${path} at ${width}`,
      ).toBeLessThanOrEqual(width);
    }
    expect(faults).toEqual([]);
    await context.close();
  }
});
