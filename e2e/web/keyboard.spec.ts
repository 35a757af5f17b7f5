import { expect, test } from "@playwright/test";
import { signIn } from "../support/browser";
import { closeDatabase } from "../support/database";
import { newcomer } from "../support/people";

test.afterAll(closeDatabase);

test.beforeEach(async ({ page, context }) => {
  const { api } = await newcomer("keys");
  await signIn(context, api);
  await page.goto("/home");
  await expect(page.getByRole("button", { name: "Launch", exact: true })).toBeVisible();
});

test("the palette reaches every page", async ({ page }) => {
  for (const [typed, url] of [
    ["sessions", /\/sessions$/],
    ["workspaces", /\/workspaces$/],
    ["settings", /\/settings/],
    ["home", /\/home/],
  ] as const) {
    await page.keyboard.press("Control+k");
    await expect(page.getByRole("dialog")).toBeVisible();
    await page.getByRole("combobox").fill(`go to ${typed}`);
    await page.keyboard.press("Enter");
    await expect(page).toHaveURL(url);
    await expect(page.getByRole("dialog")).toBeHidden();
  }
});

test("? lists the keys, Escape closes, g then a letter goes places", async ({ page }) => {
  await page.getByRole("heading", { level: 1 }).click();
  await page.keyboard.press("?");
  const list = page.getByRole("dialog");
  await expect(list).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(list).toBeHidden();
  await page.keyboard.press("g");
  await page.keyboard.press("w");
  await expect(page).toHaveURL(/\/workspaces$/);
});

test("everything on the home page can be reached and is seen to be reached by Tab", async ({ page }) => {
  const reached = new Set<string>();
  for (let step = 0; step < 60; step++) {
    await page.keyboard.press("Tab");
    const at = await page.evaluate(() => {
      const element = document.activeElement;
      if (!(element instanceof HTMLElement) || element === document.body) return null;
      const style = getComputedStyle(element);
      const visible = style.outlineStyle !== "none" || style.boxShadow !== "none";
      return { name: element.getAttribute("aria-label") ?? element.textContent?.trim() ?? "", visible };
    });
    if (!at) break;
    expect(at.visible, `focus on "${at.name}"`).toBe(true);
    reached.add(at.name);
  }
  for (const name of ["Home", "Sessions", "Workspaces", "Settings", "Launch"])
    expect(reached).toContain(name);
});
