import { expect, type Page, test } from "@playwright/test";
import { accessibilityFaults, openConsole, signIn } from "../support/browser";
import { closeDatabase } from "../support/database";
import { newcomer } from "../support/people";

test.afterAll(closeDatabase);

test.beforeEach(async ({ context }) => {
  // Nobody's key is known yet, so Launch needs a part of the page's code that comes only then.
  await signIn(context, (await newcomer("eve")).api);
});

/** Every part of the page's code that is still to come is cut off, until the page is asked for anew. */
async function cutCode(page: Page): Promise<void> {
  let cutting = true;
  page.on("request", (request) => {
    if (request.isNavigationRequest()) cutting = false;
  });
  await page.route("**/_next/static/chunks/**", (route) =>
    cutting ? route.abort("connectionfailed") : route.continue(),
  );
}

test("a page whose code did not come tries itself again and needs no press", async ({ page }) => {
  await openConsole(page, "/home");
  await expect(page.getByText("You have no SSH key yet")).toBeVisible();
  await cutCode(page);
  const stream = page.waitForResponse((answer) => new URL(answer.url()).pathname === "/api/v2/live");
  await page.getByRole("button", { name: "Launch", exact: true }).click();
  await stream;
  await page.getByRole("button", { name: "Launch", exact: true }).click();
  await expect(page.getByLabel("First, your SSH public key")).toBeFocused();
});

test("after several tries it says so, and a press tries again", async ({ page }) => {
  await openConsole(page, "/home");
  // As four tries that failed just now leave it.
  await page.evaluate("sessionStorage.setItem('medforge-tries', '4')");
  await cutCode(page);
  await page.getByRole("button", { name: "Launch", exact: true }).click();
  await expect(page.getByText("The connection to the lab was lost")).toBeVisible();
  expect(await accessibilityFaults(page)).toEqual([]);
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Home" })).toBeVisible();
});
