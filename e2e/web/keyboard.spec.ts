import { expect, type Page, test } from "@playwright/test";
import { accessibilityFaults, holdBack, openConsole, signIn } from "../support/browser";
import { closeDatabase } from "../support/database";
import { newcomer } from "../support/people";

test.afterAll(closeDatabase);

test.beforeEach(async ({ page, context }) => {
  const { api } = await newcomer("keys");
  await signIn(context, api);
  await openConsole(page, "/home");
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
      const outlined =
        style.outlineStyle !== "none" && !/^(transparent|rgba\(.*, 0\))$/.test(style.outlineColor);
      const visible = outlined || style.boxShadow !== "none";
      return { name: element.getAttribute("aria-label") ?? element.textContent?.trim() ?? "", visible };
    });
    if (!at) break;
    expect(at.visible, `focus on "${at.name}"`).toBe(true);
    reached.add(at.name);
  }
  for (const name of ["Home", "Sessions", "Workspaces", "Settings", "Launch"])
    expect(reached).toContain(name);
});

async function palette(page: Page, verb: string): Promise<void> {
  await page.keyboard.press("Control+k");
  const field = page.getByRole("dialog").getByRole("combobox");
  await field.fill(verb);
  await page.keyboard.press("Enter");
}

test("verbs of the palette work on their own page too, as often as one likes", async ({ page }) => {
  const launch = page.getByRole("button", { name: "Launch", exact: true });
  for (const _time of ["first", "second"]) {
    await palette(page, "Launch a session");
    await expect(launch).toBeFocused();
    await page.getByRole("link", { name: "All sessions" }).focus();
  }
  await page.goto("/workspaces");
  for (const _time of ["first", "second"]) {
    await palette(page, "Create a workspace");
    const dialog = page.getByRole("dialog", { name: "New workspace" });
    await expect(dialog.getByLabel("Name")).toBeFocused();
    await page.keyboard.press("Escape");
    await expect(dialog).toBeHidden();
  }
});

test("what is typed before the palette's code has come runs no shortcut", async ({ page }) => {
  const letGo = await holdBack(page, "**/_next/static/**");
  await page.keyboard.press("Control+k");
  await page.keyboard.type("gw");
  letGo();
  await expect(page.getByRole("dialog", { name: "Go to or do" })).toBeVisible();
  await expect(page).toHaveURL(/\/home/);
});

test("a dialog that closes gives the focus back", async ({ page }) => {
  const link = page.getByRole("link", { name: "All sessions" });
  for (const key of ["Control+k", "?"]) {
    await link.focus();
    await page.keyboard.press(key);
    await expect(page.getByRole("dialog")).toBeVisible();
    await page.keyboard.press("Escape");
    await expect(link).toBeFocused();
  }
  // The menu's entry is out of sight by then; its button is not.
  const menu = page.getByRole("button", { name: /Account of/ });
  await menu.click();
  await page.getByRole("button", { name: "Keyboard shortcuts" }).click();
  await expect(page.getByRole("dialog")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(menu).toBeFocused();

  await page.goto("/workspaces");
  const make = page.getByRole("button", { name: "New workspace" });
  await make.click();
  await expect(page.getByRole("dialog").getByLabel("Name")).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(make).toBeFocused();
});

test("keys that work alone rest under an overlay, and can be switched off", async ({ page }) => {
  await page.getByRole("button", { name: /Account of/ }).click();
  await page.keyboard.type("gw");
  await page.keyboard.press("Escape");
  await page.keyboard.press("?");
  const list = page.getByRole("dialog", { name: "Keyboard shortcuts" });
  await list.getByRole("switch", { name: "Keys that work alone" }).click();
  await page.keyboard.press("Escape");
  await expect(list).toBeHidden();
  await page.keyboard.type("gw?");
  await page.keyboard.press("Control+k");
  await expect(page.getByRole("dialog", { name: "Go to or do" })).toBeVisible();
  await expect(page.getByRole("dialog")).toHaveCount(1);
  await expect(page).toHaveURL(/\/home/);
});

test("axe finds nothing in the palette, the list of keys and a dialog", async ({ page }) => {
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    for (const key of ["Control+k", "?"]) {
      await page.getByRole("link", { name: "All sessions" }).focus();
      await page.keyboard.press(key);
      await expect(page.getByRole("dialog")).toBeVisible();
      expect(await accessibilityFaults(page), `${key}, ${colorScheme}`).toEqual([]);
      await page.keyboard.press("Escape");
      await expect(page.getByRole("dialog")).toBeHidden();
    }
  }
  await page.goto("/workspaces");
  await page.getByRole("button", { name: "New workspace" }).click();
  await expect(page.getByRole("dialog").getByLabel("Name")).toBeFocused();
  expect(await accessibilityFaults(page)).toEqual([]);
});
