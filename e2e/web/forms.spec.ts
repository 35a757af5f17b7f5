import { expect, test } from "@playwright/test";
import { workspaceView } from "@/lib/workspaces/model";
import { openConsole, signIn } from "../support/browser";
import { closeDatabase } from "../support/database";
import { freshName, makeKey, newcomer, newHome, type Person } from "../support/people";

const notAnswered = "The lab did not answer. Check the connection and try again.";

let eve: Person;

test.beforeAll(async () => {
  eve = await newcomer("eve");
});

test.afterAll(closeDatabase);

test.beforeEach(async ({ context }) => {
  await signIn(context, eve.api);
});

test("a dialog keeps what was typed while the lab is out of reach", async ({ page, context }) => {
  await openConsole(page, "/workspaces");
  const name = freshName("kept");
  await page.getByRole("button", { name: "New workspace" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill(name);
  await context.setOffline(true);
  await dialog.getByRole("button", { name: "Create" }).click();
  await expect(dialog.getByText(notAnswered)).toBeVisible();
  await expect(dialog.getByLabel("Name")).toHaveValue(name);
  await context.setOffline(false);
  await dialog.getByRole("button", { name: "Create" }).click();
  await expect(page.getByRole("heading", { level: 1, name })).toBeVisible();
});

test("so do the launch form and the forms in settings", async ({ page, context }) => {
  const publicKey = await makeKey(newHome());
  await openConsole(page, "/home");
  await page.getByLabel("Workspace", { exact: true }).selectOption({ label: "New workspace" });
  await page.getByLabel("New workspace's name").fill("typed-in-vain");
  await page.getByRole("button", { name: "Launch", exact: true }).click();
  const key = page.getByLabel("First, your SSH public key");
  await key.fill(publicKey);
  await context.setOffline(true);
  await page.getByRole("button", { name: "Add key and launch" }).click();
  await expect(page.getByText(notAnswered)).toBeVisible();
  await expect(key).toHaveValue(publicKey);
  await expect(page.getByLabel("New workspace's name")).toHaveValue("typed-in-vain");

  await context.setOffline(false);
  await openConsole(page, "/settings");
  await page.getByLabel("Public key").fill(publicKey);
  await page.getByRole("button", { name: "New token" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill("nightly");
  await dialog.getByLabel("Expires after").selectOption("7");
  await context.setOffline(true);
  await dialog.getByRole("button", { name: "Create token" }).click();
  await expect(dialog.getByText(notAnswered)).toBeVisible();
  await expect(dialog.getByLabel("Name")).toHaveValue("nightly");
  await expect(dialog.getByLabel("Expires after")).toHaveValue("7");
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await page.getByRole("button", { name: "Add key" }).click();
  await expect(page.getByText(notAnswered)).toBeVisible();
  await expect(page.getByLabel("Public key")).toHaveValue(publicKey);
});

test("a token's life is what was chosen, and its secret is not lost by accident", async ({ page }) => {
  await openConsole(page, "/settings");
  await page.getByRole("button", { name: "New token" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Expires after").selectOption("7");
  await dialog.getByRole("button", { name: "Create token" }).click();
  await expect(dialog.getByText("Give it a name.")).toBeVisible();
  await expect(dialog.getByLabel("Expires after")).toHaveValue("7");
  await dialog.getByLabel("Name").fill("weekly");
  await dialog.getByRole("button", { name: "Create token" }).click();
  const secret = dialog.locator("code", { hasText: /^mf_/ });
  await expect(secret).toBeVisible();
  await page.keyboard.press("Escape");
  await page.mouse.click(5, 5);
  await expect(secret).toBeVisible();
  await dialog.getByRole("button", { name: "I have stored it" }).click();
  await expect(dialog).toBeHidden();
  // Seven days less a moment; the page's clock may be a moment behind.
  await expect(page.getByRole("row", { name: /weekly/ })).toContainText(/in [67] d/);
  // The row goes with the dialog that asked; the focus does not go with them.
  await page.getByRole("button", { name: "Revoke API token weekly" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Revoke" }).click();
  await expect(page.getByText("API token weekly revoked")).toBeVisible();
  await expect(page.locator("#main")).toBeFocused();
});

test("Launch on it picks that workspace, and a name that there is gets no second one", async ({ page }) => {
  await openConsole(page, "/home");
  await page.getByRole("link", { name: "Workspaces", exact: true }).first().click();
  const name = freshName("chosen");
  await page.getByRole("button", { name: "New workspace" }).click();
  await page.getByRole("dialog").getByLabel("Name").fill(name);
  await page.getByRole("dialog").getByRole("button", { name: "Create" }).click();
  await page.getByRole("link", { name: "Launch on it" }).click();
  const workspace = page.getByLabel("Workspace", { exact: true });
  await expect(workspace.locator("option:checked")).toHaveText(name);
  await workspace.selectOption({ label: "New workspace" });
  await page.getByLabel("New workspace's name").fill(name.toUpperCase());
  await expect(page.getByText(/You have one of that name/)).toBeVisible();
  await expect(page.getByRole("button", { name: "Launch", exact: true })).toBeDisabled();
});

test("an operation is told from its start to its end, a deletion after the page is gone", async ({
  page,
}) => {
  const name = freshName("short-lived");
  const made = await eve.api.call(workspaceView, "POST", "external/workspaces", { name });
  await openConsole(page, `/workspaces/${made.id}`);
  const take = page.getByRole("button", { name: "Take a snapshot" });
  await take.click();
  await page.getByRole("dialog").getByRole("button", { name: "Take it now" }).click();
  // From the moment that the dialog is gone nothing else can be begun.
  await expect(page.getByRole("dialog")).toBeHidden();
  await expect(page.getByText(/^(Taking a snapshot|Snapshot taken)$/)).toBeVisible();
  await expect(
    page.getByRole("status").filter({ hasText: "Snapshot taken. It is in the list" }),
  ).toBeAttached();
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel(`Type ${name} to confirm`).fill(name);
  await dialog.getByRole("button", { name: "Delete for good" }).click();
  await expect(page).toHaveURL(/\/workspaces$/);
  await expect(page.getByText(`Workspace ${name} deleted`)).toBeVisible();
});
