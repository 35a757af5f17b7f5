import { expect, test } from "@playwright/test";
import { z } from "zod";
import { usageView } from "@/lib/usage/model";
import { Api } from "../support/api";
import { firstLoadBytes, openConsole, signIn, watchForErrors } from "../support/browser";
import { change, closeDatabase, rows } from "../support/database";
import { eventually } from "../support/eventually";
import { gpus, stepMs } from "../support/lab";
import { faultsOf } from "../support/looks";
import { endMonitors } from "../support/monitors";
import { admin, newPerson, type Person } from "../support/people";

let boss: Api;
let ana: Person;
let week: string;

/** Compressed, over the wire, with an empty cache. */
const scriptBudgetBytes = 200_000;

const forget = () => change("DELETE FROM slot_usage WHERE closed_at IS NOT NULL");

test.beforeAll(async () => {
  [boss, ana] = [await admin(), await newPerson("ana")];
  week = (await boss.call(usageView, "GET", "admin/usage")).week;
});

test.afterAll(async () => {
  await endMonitors();
  await forget();
  await closeDatabase();
});

/** Hours of the running week as its worker would have closed them: the week's first ones, whether or not they are over. */
async function closed(
  hours: readonly { held: boolean; actual: string | null; samples: number }[],
): Promise<void> {
  const [gpu] = await gpus(boss);
  const [found] = await rows("SELECT id FROM gpus WHERE public_id = ?", [gpu?.id]);
  const [user] = await rows("SELECT id FROM users WHERE username = ?", [ana.username]);
  const { hours: of } = await boss.call(usageView, "GET", "admin/usage", undefined);
  const first = Date.parse(of.first);
  const values = hours.map(({ held, actual, samples }, hour) => {
    const startsAt = new Date(first + hour * 3_600_000);
    const own = held && actual === ana.username ? samples : 0;
    return [
      found?.id,
      startsAt,
      60,
      samples,
      startsAt,
      null,
      startsAt,
      held ? user?.id : null,
      own,
      actual,
      samples,
    ];
  });
  const columns =
    "gpu_id, starts_at, samples, busy_samples, looked_at, busy_at, closed_at, assigned_id, assigned_samples, actual, actual_samples";
  await change(`REPLACE INTO slot_usage (${columns}) VALUES ?`, [values]);
}

test("a week shows who held and who used each hour, in a picture and in words", async ({ page, context }) => {
  await closed([
    { held: true, actual: ana.username, samples: 55 },
    { held: true, actual: null, samples: 0 },
    { held: true, actual: null, samples: 0 },
    { held: true, actual: "guest", samples: 30 },
    { held: false, actual: "guest", samples: 60 },
  ]);
  await signIn(context, boss);
  const errors = watchForErrors(page);
  await openConsole(page, "/admin/weeks");
  await page.getByRole("link", { name: `Usage in the week of ${week}` }).click();
  await expect(page.getByRole("heading", { level: 1 })).toContainText("Usage from");
  const person = page.getByRole("table", { name: "Hours by person" }).getByRole("row");
  await expect(person.filter({ hasText: ana.username })).toContainText(/4 h0\.92 h23%2 h1 h/);
  await expect(person.filter({ hasText: "guest" })).toContainText("2 h");
  const misfits = page.getByRole("table", { name: "Hours not used as held" }).getByRole("row");
  await expect(misfits.filter({ hasText: "Used by guest" })).toContainText("1 hour");
  await expect(misfits.filter({ hasText: "Idle" })).toContainText("2 hours");
  const cell = page.locator("[data-hour='3']").first();
  await cell.hover();
  await expect(page.getByText(`held by ${ana.username}; guest on it in 30 of 60 minutes`)).toBeVisible();
  expect(await faultsOf(page, "usage")).toEqual([]);
  expect(errors).toEqual([]);
  for (const path of [`/admin/weeks/${week}`, "/admin/gpus"])
    expect(await firstLoadBytes(boss, path), path).toBeLessThan(scriptBudgetBytes);
  expect((await boss.send("GET", `admin/export-usage?week=${week}`)).text).toContain(
    ",guest,by_another,60,30,",
  );
});

test("an admin makes a monitor, which reports, is seen to, and is revoked", async ({ page, context }) => {
  await signIn(context, boss);
  const errors = watchForErrors(page);
  await openConsole(page, "/admin/gpus");
  await page.getByRole("button", { name: "New monitor" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Create token" }).click();
  await expect(dialog.getByRole("alert").first()).toBeVisible();
  await dialog.getByLabel("Name").fill("collector");
  await dialog.getByRole("button", { name: "Create token" }).click();
  await expect(dialog).toContainText("This is the only time its token is shown.");
  const token = /mf_[\w-]{43}/.exec((await dialog.textContent()) ?? "")?.[0] ?? "";
  expect(await faultsOf(page, "the token", { coloursOnly: true })).toEqual([]);
  await page.setViewportSize({ width: 1440, height: 900 });
  await dialog.getByRole("button", { name: "I have stored it" }).click();

  const monitor = new Api(token);
  const report = { timestamp: new Date().toISOString(), usage: { "0": ["guest"] } };
  expect((await monitor.send("POST", "gpu-status", report)).status).toBe(200);
  expect((await monitor.send("GET", "gpus")).status).toBe(403);
  const mark = page.getByRole("table", { name: "GPUs" }).getByText("guest on it").filter({ visible: true });
  await expect(mark).toBeVisible({ timeout: 20_000 });
  expect(await faultsOf(page, "/admin/gpus")).toEqual([]);
  await page.setViewportSize({ width: 1440, height: 900 });

  // Whoever is not signed in hears what the GPU does, and of nobody.
  const live = z.object({ gpus: z.array(z.object({ state: z.string(), users: z.null() })) });
  await eventually("strangers hear of it", stepMs, async () => {
    const { gpus: seen } = await new Api().call(live, "GET", "gpu-live-status");
    return seen.some(({ state }) => state === "used") ? true : undefined;
  });

  await page.getByRole("button", { name: "Revoke monitor collector" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Revoke" }).click();
  await expect(page.getByText("No monitor")).toBeVisible();
  expect((await monitor.send("POST", "gpu-status", report)).status).toBe(401);
  expect(errors).toEqual([]);
});

test("names leave the lab only once an admin says so", async ({ page, context }) => {
  await signIn(context, boss);
  await openConsole(page, "/admin/settings");
  const names = page.getByRole("switch", { name: "Show names without signing in" });
  await expect(names).not.toBeChecked();
  await names.click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Show names" }).click();
  await expect(names).toBeChecked();
  const live = z.object({ gpus: z.array(z.object({ users: z.array(z.string()), node: z.null() })) });
  await new Api().call(live, "GET", "gpu-live-status");
  await names.click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Keep names" }).click();
  await expect(names).not.toBeChecked();
});
