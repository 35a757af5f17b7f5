import { expect, test } from "@playwright/test";
import { accessibilityFaults, openConsole, signIn } from "../support/browser";
import { closeDatabase } from "../support/database";
import { newcomer } from "../support/people";

test.afterAll(closeDatabase);

test.beforeEach(async ({ context }) => {
  // Nobody's key is known yet, so Launch needs a part of the page's code that comes only then.
  await signIn(context, (await newcomer("eve")).api);
});

const chunks = "**/_next/static/chunks/**";

test("a page whose code did not come tries itself again and needs no press", async ({ page }) => {
  await openConsole(page, "/home");
  await expect(page.getByText("You have no SSH key yet")).toBeVisible();
  await page.route(chunks, (route) => route.abort("connectionfailed"), { times: 1 });
  const stream = page.waitForResponse((answer) => new URL(answer.url()).pathname === "/api/v2/live");
  await page.getByRole("button", { name: "Launch", exact: true }).click();
  await stream;
  await expect(page.getByRole("heading", { level: 1, name: "Home" })).toBeVisible();
  await page.getByRole("button", { name: "Launch", exact: true }).click();
  await expect(page.getByLabel("First, your SSH public key")).toBeFocused();
});

test("after several tries it says so, and a press tries again", async ({ page }) => {
  await openConsole(page, "/home");
  // As four tries that failed just now leave it.
  await page.evaluate("sessionStorage.setItem('medforge-tries', '4 ' + Date.now())");
  await page.route(chunks, (route) => route.abort("connectionfailed"), { times: 1 });
  await page.getByRole("button", { name: "Launch", exact: true }).click();
  await expect(page.getByText("The connection to the lab was lost")).toBeVisible();
  expect(await accessibilityFaults(page)).toEqual([]);
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Home" })).toBeVisible();
});
