import { expect, test } from "@playwright/test";
import type { SessionView } from "@/lib/sessions/model";
import { signIn } from "../support/browser";
import { closeDatabase } from "../support/database";
import { endAllSessions, launch, stop } from "../support/lab";
import { expectNoLeaks } from "../support/leaks";
import { admin, newPerson, type Person } from "../support/people";

const workspaceName = "unpublished-trial";

let ana: Person;
let eve: Person;
let hers: SessionView;

test.beforeAll(async () => {
  await endAllSessions();
  [ana, eve] = [await newPerson("ana"), await newPerson("eve")];
  hers = await launch(ana, { workspaceName });
});

test.afterAll(async () => {
  await stop(ana.api, hers.slug);
  await expectNoLeaks();
  await closeDatabase();
});

test("another's session and workspace are pages that do not exist", async ({ page, context }) => {
  await signIn(context, eve.api);
  for (const path of [`/sessions/${hers.slug}`, `/workspaces/${hers.workspace.id}`]) {
    const answer = await page.goto(path);
    expect(answer?.status(), path).toBe(404);
    const [title, body] = [await page.title(), await page.content()];
    for (const secret of [workspaceName, ana.username, String(hers.ssh.port)]) {
      expect(title, path).not.toContain(secret);
      expect(body, path).not.toContain(secret);
    }
  }
});

test("no page of one's own tells another's slug, workspace or port", async ({ page, context }) => {
  await signIn(context, eve.api);
  for (const path of ["/home", "/sessions", "/workspaces", "/settings"]) {
    const answer = await page.goto(path);
    expect(answer?.status(), path).toBe(200);
    const [title, body] = [await page.title(), await page.content()];
    for (const secret of [hers.slug, hers.workspace.id, workspaceName, `:${hers.ssh.port}`]) {
      expect(title, path).not.toContain(secret);
      expect(body, path).not.toContain(secret);
    }
  }
});

test("the admin's pages are not there for others", async ({ page, context }) => {
  await signIn(context, eve.api);
  for (const path of [
    "/admin",
    "/admin/users",
    "/admin/sessions",
    "/admin/gpus",
    "/admin/audit",
    "/admin/settings",
  ]) {
    const answer = await page.goto(path);
    expect([403, 404], path).toContain(answer?.status());
    expect(await page.content(), path).not.toContain(ana.username);
  }
});

test("an admin sees another's session as an admin: whose it is, nothing of the owner's to press", async ({
  page,
  context,
}) => {
  await signIn(context, await admin());
  await page.goto("/admin/sessions");
  await page.getByRole("link", { name: hers.slug }).click();
  await expect(page.getByRole("definition").filter({ hasText: ana.username })).toBeVisible();
  await expect(page.getByRole("link", { name: workspaceName })).toHaveCount(0);
  await expect(page.getByText(hers.ssh.command)).toHaveCount(0);
  await page.getByRole("button", { name: "Stop", exact: true }).click();
  await expect(
    page.getByRole("alertdialog", { name: `Stop ${ana.username}'s session ${hers.slug}?` }),
  ).toBeVisible();
  await page.getByRole("button", { name: "Leave it running" }).click();
});

test("without a login every page of the console leads to the sign-in", async ({ page }) => {
  const pages = ["/home", "/sessions", `/sessions/${hers.slug}`, "/workspaces", "/settings", "/admin/users"];
  for (const path of pages) {
    await page.goto(path);
    await expect(page, path).toHaveURL(/\/login/);
    expect(await page.content(), path).not.toContain(workspaceName);
  }
});

test("the owner sees all of it", async ({ page, context }) => {
  await signIn(context, ana.api);
  await page.goto("/home");
  await expect(page.getByText(workspaceName).first()).toBeVisible();
  await page.goto(`/sessions/${hers.slug}`);
  await expect(page).toHaveTitle(new RegExp(hers.slug));
});
