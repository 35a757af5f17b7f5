import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, type Page, test } from "@playwright/test";
import { userView } from "@/lib/auth/model";
import { watchForErrors } from "../support/browser";
import { closeDatabase } from "../support/database";
import { endAllSessions, session as look } from "../support/lab";
import { expectNoLeaks } from "../support/leaks";
import { forgetAttempts, freshName, login, makeKey, newHome, type Person } from "../support/people";
import { ssh } from "../support/ssh";

const password = "correct-horse-battery";

test.beforeAll(endAllSessions);

test.afterAll(async () => {
  await expectNoLeaks();
  await closeDatabase();
});

async function signUp(page: Page, username: string): Promise<void> {
  await page.goto("/");
  await page
    .getByRole("link", { name: /create (an )?account|sign up|get started/i })
    .first()
    .click();
  await page.getByLabel("User name").fill(username);
  await page.getByLabel("Email").fill(`${username}@example.org`);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Create account" }).click();
  await expect(page).toHaveURL(/\/home/);
}

/** The session page says RUNNING by itself, without a reload. */
async function runningSlug(page: Page): Promise<string> {
  await expect(page).toHaveURL(/\/sessions\/[a-z2-7]{8}$/);
  const heading = page.getByRole("heading", { level: 1 });
  await expect(page.getByText("Running", { exact: true }).first()).toBeVisible({ timeout: 60_000 });
  return (await heading.textContent()) ?? "";
}

async function stopSession(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Stop", exact: true }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Snapshot and stop" }).click();
  await expect(page.getByText("Stopped", { exact: true }).first()).toBeVisible({ timeout: 60_000 });
}

test("from signup to ssh, stop and relaunch, without leaving the pages", async ({ page }) => {
  await forgetAttempts();
  const errors = watchForErrors(page);
  const [username, home] = [freshName("ada"), newHome()];
  const publicKey = await makeKey(home);
  await signUp(page, username);

  await page.getByLabel("New workspace's name").fill("first-light");
  await page.getByLabel("Time limit").selectOption({ label: "2 h" });
  await page.getByRole("button", { name: "Launch", exact: true }).click();
  const key = page.getByLabel("First, your SSH public key");
  await expect(key).toBeFocused();
  await key.fill(readFileSync(join(home, "id_ed25519"), "utf8"));
  await expect(page.getByText(/That is a private key/)).toBeVisible();
  await expect(key).toHaveValue("");
  await key.fill(publicKey);
  await page.getByRole("button", { name: "Add key and launch" }).click();

  const slug = await runningSlug(page);
  const api = await login(username, password);
  const me = await api.call(userView, "GET", "me");
  const ada: Person = { username, password, id: me.id, api, home };
  const session = await look(api, slug);
  // What the page offers to copy is what ssh is run with.
  const shown = await page.locator("code", { hasText: /^ssh / }).first().textContent();
  expect(shown).toBe(session.ssh.command);
  const seen = await ssh(ada, session, "nvidia-smi -L; echo kept > /workspace/note");
  expect(seen).toContain(session.gpu.uuid);
  await expect(
    page.getByText(session.gpu.simulated ? /simulated/i : session.gpu.model).first(),
  ).toBeVisible();

  await stopSession(page);
  await page.getByRole("button", { name: "Launch again on first-light for 2 h" }).click();
  await expect(page).not.toHaveURL(new RegExp(slug));
  const again = await look(api, await runningSlug(page));
  expect(Date.parse(again.stopsAt ?? "") - Date.parse(again.runningAt ?? "")).toBe(2 * 60 * 60_000);
  expect(await ssh(ada, again, "cat /workspace/note")).toBe("kept\n");
  await stopSession(page);

  await page.goto(`/workspaces/${again.workspace.id}`);
  await expect(page.getByRole("heading", { name: "first-light" })).toBeVisible();
  expect(errors).toEqual([]);
});
