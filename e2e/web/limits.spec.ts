import { readFileSync } from "node:fs";
import { expect, type Page, test } from "@playwright/test";
import { z } from "zod";
import { labSettingsView, userView } from "@/lib/auth/model";
import { limitsView, type SessionView } from "@/lib/sessions/model";
import { workspaceView } from "@/lib/workspaces/model";
import { signIn, watchForErrors } from "../support/browser";
import { change, closeDatabase } from "../support/database";
import { endAllSessions, gpus, launch, session as look, stop } from "../support/lab";
import { expectNoLeaks } from "../support/leaks";
import { faultsOf } from "../support/looks";
import { admin, newPerson, type Person } from "../support/people";

let ana: Person;
let boss: Awaited<ReturnType<typeof admin>>;

test.beforeAll(async () => {
  await endAllSessions();
  [ana, boss] = [await newPerson("ana"), await admin()];
});

test.afterAll(async () => {
  await endAllSessions();
  await expectNoLeaks();
  await closeDatabase();
});

async function expectAccessible(page: Page): Promise<void> {
  expect(await faultsOf(page, page.url())).toEqual([]);
  await page.setViewportSize({ width: 1440, height: 900 });
}

test("an admin finds somebody, gives them limits, and sees them in the list, the audit log and the file", async ({
  page,
  context,
}) => {
  await signIn(context, boss);
  const errors = watchForErrors(page);
  await page.goto("/admin/users");
  await page.getByLabel("Find by name or email").fill(ana.username);
  const row = page.getByRole("row").filter({ hasText: ana.username });
  await expect(page.getByRole("row")).toHaveCount(2);
  await row.getByRole("button", { name: `Change limits of ${ana.username}` }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByLabel("GPU-hours a week")).toHaveValue("");
  await dialog.getByLabel("GPU-hours a week").fill("12.5");
  await dialog.getByLabel("Disk in GB").fill("120");
  await dialog.getByLabel("Longest session in minutes").fill("240");
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(dialog).toBeHidden();
  await expect(row.getByText("12.5 h", { exact: true })).toBeVisible();
  await expect(row.getByText("120 GB", { exact: true })).toBeVisible();
  await page.setViewportSize({ width: 390, height: 900 });
  for (const control of [
    row.getByRole("combobox", { name: `Role of ${ana.username}` }),
    row.getByRole("button", { name: `Change limits of ${ana.username}` }),
    row.getByRole("switch", { name: `${ana.username} may use the internal side` }),
    row.getByRole("switch", { name: `${ana.username} may sign in` }),
  ]) {
    await expect(control).toBeInViewport({ ratio: 1 });
  }
  await page.setViewportSize({ width: 1440, height: 900 });

  const download = page.waitForEvent("download");
  await page.getByRole("link", { name: "Export CSV" }).click();
  const file = readFileSync(await (await download).path(), "utf8");
  expect(file.split("\r\n")).toHaveLength(3);
  expect(file).toContain(`${ana.username},`);
  expect(file).toContain(",12.5,120,240,");

  await page.goto(`/admin/audit?resource=${ana.id}`);
  await expect(page.getByRole("cell", { name: "user.update", exact: true })).toBeVisible();
  await expect(page.getByText(/maxGpuMinutesPerWeek: null → 750/)).toBeVisible();
  // By name, and by key to all that the entry has.
  await expect(page.getByRole("cell", { name: ana.username, exact: true }).first()).toBeVisible();
  const opener = page.getByRole("button", { name: /^All of entry \d+, user\.update$/ }).first();
  await opener.focus();
  await page.keyboard.press("Enter");
  await expect(opener).toHaveAttribute("aria-expanded", "true");
  await expect(page.getByText("Its id", { exact: true })).toBeVisible();
  await expect(page.getByRole("definition").filter({ hasText: ana.id })).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Clear" }).click();
  await expect(page).toHaveURL(/\/admin\/audit$/);
  await page.goBack();
  await expect(page).toHaveURL(new RegExp(`resource=${ana.id}$`));
  await expect(page.getByLabel("What")).toHaveValue(ana.id);
  await page.getByRole("button", { name: "Clear" }).click();
  await page.getByLabel("Action").fill("list.export");
  await expect(page).toHaveURL(/\?action=list\.export$/);
  await expect(page.getByRole("cell", { name: "users", exact: true }).first()).toBeVisible();
  await page.getByLabel("Who").fill("nobody-at-all");
  await expect(page.getByText("Nothing fits")).toBeVisible();
  await expectAccessible(page);
  // The rail's link leads to the log without any filter, and the fields follow it.
  await page.getByRole("link", { name: "Audit log", exact: true }).first().click();
  await expect(page).toHaveURL(/\/admin\/audit$/);
  await expect(page.getByLabel("Who")).toHaveValue("");
  await expect(page.getByText("Nothing fits")).toBeHidden();
  expect(errors).toEqual([]);
});

test("a list that could not be asked for is not shown as an empty one", async ({ page, context }) => {
  await signIn(context, boss);
  await page.goto("/admin/audit");
  const asked = /\/api\/v2\/admin\/audit\?/;
  await page.route(asked, (route) =>
    route.fulfill({
      status: 503,
      headers: { "x-request-id": "req_0123" },
      json: { status: 503, detail: "The database does not answer just now." },
    }),
  );
  await page.getByLabel("Who").fill("nobody-at-all");
  await expect(page.getByText("The entries could not be loaded")).toBeVisible();
  await expect(page.getByText("Nothing fits")).toBeHidden();
  await page.unroute(asked);
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(page.getByText("Nothing fits")).toBeVisible();
});

test("lab settings are kept, refused in their field, and what another admin changes meanwhile stays", async ({
  page,
  context,
}) => {
  const before = await boss.call(labSettingsView, "GET", "admin/settings");
  await signIn(context, boss);
  try {
    await page.goto("/admin/settings");
    const kept = page.getByLabel("Snapshots kept of those taken at stops");
    const factor = page.getByLabel("Space with snapshots, times the quota");
    await kept.fill("60");
    await boss.call(labSettingsView, "PATCH", "admin/settings", { spaceFactor: before.spaceFactor + 1 });
    await page.getByRole("button", { name: "Save" }).click();
    await expect(page.getByText("Lab settings saved").first()).toBeVisible();
    await expect(factor).toHaveValue(String(before.spaceFactor + 1));
    await page.reload();
    await expect(kept).toHaveValue("60");
    await kept.fill("100000");
    await page.getByRole("button", { name: "Save" }).click();
    await expect(page.getByText("A whole number between 1 and 10000.").first()).toBeVisible();
    await expectAccessible(page);
  } finally {
    await boss.call(labSettingsView, "PATCH", "admin/settings", before);
  }
});

test("a drained GPU takes nobody new, says why, and its session goes on", async ({ page, context }) => {
  const bea = await newPerson("bea");
  const held: SessionView = await launch(ana, { workspaceName: "held" });
  const all = await gpus(ana.api);
  const gpu = all.find(({ id }) => id === held.gpu.id);
  await signIn(context, boss);
  await page.goto("/admin/gpus");
  await page.getByRole("button", { name: `Change GPU ${gpu?.index} of ${gpu?.node}` }).click();
  const dialog = page.getByRole("dialog");
  try {
    await dialog.getByLabel("Service").selectOption("draining");
    await dialog.getByRole("button", { name: "Save" }).click();
    await expect(dialog.getByText(/Say why/)).toBeVisible();
    await dialog.getByLabel("Reason").fill("New fans on Friday");
    await expectAccessible(page);
    await dialog.getByRole("button", { name: "Save" }).click();
    await expect(page.getByRole("row").filter({ hasText: "New fans on Friday" })).toContainText("Draining");

    const wanting = { gpuId: held.gpu.id, workspaceName: "elsewhere" };
    const refused = await bea.api.refused("POST", "external/sessions", wanting);
    expect(refused.detail).toContain(`GPU ${gpu?.index} is draining: New fans on Friday.`);
    // An open page that finds somebody else signed in loads anew, and would cut off the way to the next.
    await page.goto("about:blank");
    await context.clearCookies();
    await signIn(context, ana.api);
    await page.goto(`/sessions/${held.slug}`);
    await expect(page.getByText(`GPU ${gpu?.index} is draining: New fans on Friday.`)).toBeVisible();
    await expectAccessible(page);
    expect((await look(ana.api, held.slug)).state).toBe("RUNNING");
  } finally {
    await boss.call(z.unknown(), "PATCH", `admin/gpus/${held.gpu.id}`, { state: "available" });
  }
  await stop(ana.api, held.slug);
});

test("the owner sees the limits, extends up to them, and is warned of a full disk", async ({
  page,
  context,
}) => {
  await boss.call(userView, "PATCH", `admin/users/${ana.id}`, {
    maxDurationMinutes: 180,
    maxGpuHoursPerWeek: 40,
  });
  await signIn(context, ana.api);
  const errors = watchForErrors(page);
  await page.goto("/home");
  await expect(page.getByText("GPU-hours this week")).toBeVisible();
  // Nothing longer than what is allowed is on offer.
  await expect(page.getByLabel("Time limit").locator("option")).toHaveText(["1 h", "2 h", "3 h"]);
  const live = await launch(ana, { workspaceName: "held", ttlMinutes: 60 });
  await page.goto(`/sessions/${live.slug}`);
  await page.getByRole("button", { name: "Extend" }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByRole("button", { name: "+4 h" })).toBeDisabled();
  await expectAccessible(page);
  await expect(dialog.getByText(/^At most until \d\S* .*\(in .*\): sessions/)).toBeVisible();
  await dialog.getByRole("button", { name: "+30 min" }).click();
  await expect(dialog).toBeHidden();
  await expect(page.getByText("Extended", { exact: true })).toBeVisible();
  await page.getByRole("button", { name: "Extend" }).click();
  await dialog.getByRole("button", { name: "Until the limit" }).click();
  await expect(dialog).toBeHidden();
  const extended = await look(ana.api, live.slug);
  expect(Date.parse(extended.stopsAt ?? "") - Date.parse(extended.runningAt ?? "")).toBe(180 * 60_000);
  await page.getByRole("button", { name: "Extend" }).click();
  await expect(dialog.getByText(/may not run longer/)).toBeVisible();
  await page.keyboard.press("Escape");
  await stop(ana.api, live.slug);

  // One that no session has used is measured by nobody, so the figure stays.
  const full = await ana.api.call(workspaceView, "POST", "external/workspaces", {
    name: "full",
    quotaGb: 10,
  });
  await change("UPDATE workspaces SET used_bytes = quota_gb * 1073741824 * 0.965 WHERE public_id = ?", [
    full.id,
  ]);
  await page.goto(`/workspaces/${full.id}`);
  await expect(page.getByText("Workspace full is 96 % full")).toBeVisible();
  await expectAccessible(page);
  await page.goto("/home");
  await expect(page.getByText("Workspace full is 96 % full")).toBeVisible();
  await page.goto("/settings");
  await expect(page.getByRole("heading", { name: "Your limits" })).toBeVisible();
  const limits = await ana.api.call(limitsView, "GET", "me/limits");
  expect(limits).toMatchObject({ maxDurationMinutes: 180, gpuHours: { limit: 40 } });
  expect(errors).toEqual([]);
});
