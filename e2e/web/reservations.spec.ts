import { expect, type Page, test } from "@playwright/test";
import { z } from "zod";
import type { Api } from "../support/api";
import { cell, drawOver, newBidder, pressInBar, selectionBar } from "../support/auction";
import { firstLoadBytes, openConsole, signIn, watchForErrors } from "../support/browser";
import { change, closeDatabase } from "../support/database";
import { endAllSessions } from "../support/lab";
import { faultsOf } from "../support/looks";
import { admin, type Person } from "../support/people";
import { book, bookings, endReservations, reserveAll } from "../support/reservations";

// Each goes on where the one before it left the calendar.
test.describe.configure({ mode: "serial" });

let boss: Api;
let ana: Person;
let ben: Person;
let gpuCount: number;

test.beforeAll(async () => {
  await endAllSessions();
  boss = await admin();
  gpuCount = await reserveAll(boss);
  [ana, ben] = [await newBidder(boss, "ana", "10"), await newBidder(boss, "ben", "10")];
});

test.afterAll(async () => {
  await endReservations();
  await closeDatabase();
});

/** Hours are counted from today's first: tomorrow's nine o'clock is there whatever the time is. */
const nine = 24 + 9;
const slot = (page: Page, hour: number, gpu = 0) => cell(page, gpuCount, hour, gpu);
const list = (page: Page) => page.getByRole("table", { name: "Reservations" });

test("two people book: by drag and by keys, each sees the other, and a conflict is told by its hour", async ({
  browser,
}) => {
  const [anas, bens] = [await browser.newContext(), await browser.newContext()];
  await signIn(anas, ana.api);
  await signIn(bens, ben.api);
  const [page, other] = [await anas.newPage(), await bens.newPage()];
  const errors = [watchForErrors(page), watchForErrors(other)].flat();
  // Where nothing is auctioned, GPU time is what can be booked.
  await openConsole(page, "/schedule");
  await expect(page).toHaveURL(/\/schedule\/reserve$/);
  await openConsole(other, "/schedule/reserve");
  await expect(page.getByText("Nothing booked yet")).toBeVisible();

  await slot(page, nine).hover();
  await page.mouse.down();
  await slot(page, nine + 3).hover();
  await expect(selectionBar(page)).toContainText("4 hours at 0.5 credits: 2 credits; leaves 8 credits");
  await page.mouse.up();
  // A rate that changes once it was shown is taken by nobody who doesn't know of it.
  for (const [micros, rate, now] of [
    [600_000, "0.6 credits an hour", "now costs 0.6 credits, not 0.5 credits: 4 hours cost 2.4 credits."],
    [500_000, "0.5 credits an hour", "now costs 0.5 credits, not 0.6 credits: 4 hours cost 2 credits."],
  ] as const) {
    await change(`UPDATE gpus SET rate = ${micros} WHERE present`);
    await pressInBar(page, "Book 4 hours");
    await expect(selectionBar(page).getByRole("alert")).toContainText(now);
    await expect(page.getByRole("list", { name: "Rates" })).toContainText(rate);
  }
  await pressInBar(page, "Book 4 hours");
  await expect(slot(page, nine + 3)).toHaveAttribute("data-look", "mine");
  await expect(list(page).getByRole("row").nth(1)).toContainText(/Booked.*4 hours.*2 credits/);
  await expect(slot(other, nine)).toHaveAttribute("data-look", "others");

  // By keys alone: to the hour after hers, on by one, and booked. What is hers stops it the other way.
  await other.getByRole("grid").locator("[tabindex='0']").focus();
  await other.keyboard.press("Home");
  await other.keyboard.press("PageDown");
  for (let step = 0; step < 13; step++) await other.keyboard.press("ArrowDown");
  await expect(slot(other, nine + 4)).toBeFocused();
  await other.keyboard.press("Shift+ArrowUp");
  await expect(selectionBar(other)).toContainText(`beyond are ${ana.username}’s hours`);
  await other.keyboard.press("Shift+ArrowDown");
  await other.keyboard.press("Shift+ArrowDown");
  await expect(slot(other, nine + 5)).toHaveAttribute("aria-selected", "true");
  await other.keyboard.press("Enter");
  await expect(slot(other, nine + 5)).toHaveAttribute("data-look", "mine");
  await expect(slot(page, nine + 5)).toHaveAttribute("data-look", "others");
  expect(errors).toEqual([]);

  // The page does not hear that he books meanwhile.
  await page.route("**/api/v2/reservations/**", (route) => route.abort());
  await book(ben.api, 0, nine + 8, 1);
  await drawOver(page, slot(page, nine + 7), slot(page, nine + 9));
  await pressInBar(page, "Book 3 hours");
  await expect(selectionBar(page).getByRole("alert")).toContainText(
    new RegExp(`GPU 0 .*17:00.*${ben.username} has it`),
  );
  await anas.close();
  await bens.close();
});

test("what is booked is extended and cancelled, from the calendar and from the list; what is due is said first", async ({
  page,
  context,
}) => {
  await signIn(context, ana.api);
  await openConsole(page, "/schedule/reserve");
  // From her own at nine o'clock no hour follows: he has it.
  await slot(page, nine + 1).click();
  await expect(selectionBar(page)).toContainText("cancelling is free until");
  await expect(selectionBar(page).getByRole("button", { name: "Start by itself" })).toBeVisible();
  await pressInBar(page, /^Cancel/);
  const question = page.getByRole("alertdialog");
  await expect(question).toContainText("You get 2 credits back");
  await question.getByRole("button", { name: "Cancel it" }).click();
  await expect(slot(page, nine + 1)).not.toHaveAttribute("data-look");
  await expect(list(page).getByRole("row").nth(1)).toContainText("Cancelled");

  // On past its end, on another GPU.
  const gpu = gpuCount - 1;
  await drawOver(page, slot(page, nine, gpu), slot(page, nine + 1, gpu));
  await pressInBar(page, "Book 2 hours");
  await expect(slot(page, nine + 1, gpu)).toHaveAttribute("data-look", "mine");
  await expect(selectionBar(page)).toContainText("Nothing chosen");
  await drawOver(page, slot(page, nine + 1, gpu), slot(page, nine + 2, gpu));
  await expect(selectionBar(page)).toContainText("1 hour more at 0.5 credits");
  await pressInBar(page, "Book 1 hour more");
  await expect(slot(page, nine + 2, gpu)).toHaveAttribute("data-look", "mine");
  await list(page)
    .getByRole("button", { name: /^Extend/ })
    .click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Until").selectOption({ index: 1 });
  await expect(dialog).toContainText("1 credit, which leaves");
  await dialog.getByRole("button", { name: "Book 2 hours more" }).click();
  await expect(slot(page, nine + 4, gpu)).toHaveAttribute("data-look", "mine");

  // The hour that runs can be booked too; who gives it back pays the next one.
  const { now, hours } = await bookings(ana.api);
  const running = Math.floor((Date.parse(now) - Date.parse(hours.first)) / 3_600_000);
  await book(ana.api, 0, running, 4);
  const row = list(page).getByRole("row").nth(1);
  await expect(row).toContainText("Running");
  await row.getByRole("button", { name: /^Cancel/ }).click();
  await expect(question).toContainText("You pay 0.5 credits for the hour after the one that runs");
  await question.getByRole("button", { name: "Cancel it" }).click();
  await expect(row).toContainText(/Cancelled/);
  await openConsole(page, "/wallet");
  const lines = page.getByRole("table", { name: "Statement" }).getByRole("row");
  await expect(lines.nth(1)).toContainText(/Reserved hour, cancelled too late to be free.*GPU 0 on .*−0\.5/);
});

test("days ahead have pages, a phone books by taps, and all of it is accessible in both schemes", async ({
  page,
  context,
  browser,
}) => {
  await signIn(context, ana.api);
  await openConsole(page, "/schedule/reserve");
  expect(await faultsOf(page, "/schedule/reserve")).toEqual([]);
  expect(await firstLoadBytes(ana.api, "/schedule/reserve")).toBeLessThan(200_000);
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.getByRole("link", { name: "Later days" }).click();
  await expect(page).toHaveURL(/\/schedule\/reserve\/\d{4}-\d\d-\d\d$/);
  await expect(page.getByRole("link", { name: "Earlier days" })).toBeVisible();

  const phone = await browser.newContext({ hasTouch: true, viewport: { width: 390, height: 844 } });
  await signIn(phone, ben.api);
  const his = await phone.newPage();
  await openConsole(his, "/schedule/reserve");
  const { now, hours, zone } = await bookings(ben.api);
  // The day's first hours are over: it is shown from the present one on.
  const running = Math.floor((Date.parse(now) - Date.parse(hours.first)) / 3_600_000);
  await expect(slot(his, running)).toBeInViewport();
  const inTwoDays = new Date(Date.parse(hours.first) + 60 * 3_600_000);
  const weekday = new Intl.DateTimeFormat("en-US", { weekday: "short", timeZone: zone }).format(inTwoDays);
  await his.getByRole("button", { name: new RegExp(`^${weekday} `) }).tap();
  await slot(his, 48 + 20).tap();
  await slot(his, 48 + 22).tap();
  await expect(selectionBar(his)).toContainText("3 hours at 0.5 credits");
  await selectionBar(his).getByRole("button", { name: "Book 3 hours" }).tap();
  await expect(slot(his, 48 + 22)).toHaveAttribute("data-look", "mine");
  await phone.close();
});

test("an administrator sets the rate and the limits", async ({ page, context }) => {
  await signIn(context, boss);
  await openConsole(page, "/admin/gpus");
  const last = page.getByRole("button", { name: new RegExp(`^Change GPU ${gpuCount - 1} of`) });
  await last.click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByLabel("Its hours")).toHaveValue("reservation");
  await dialog.getByLabel("An hour costs").fill("0");
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(dialog).toContainText("More than 0.");
  await dialog.getByLabel("An hour costs").fill("0.75");
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(dialog).toBeHidden();
  await expect(page.getByRole("table", { name: "GPUs" })).toContainText("Booked, 0.75 credits");

  await openConsole(page, "/admin/settings");
  await page.getByLabel("Hours at once").fill("12");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Lab settings saved")).toBeVisible();
  expect((await bookings(boss)).limits.maxHours).toBe(12);
  await page.getByLabel("Hours at once").fill("24");
  await page.getByRole("button", { name: "Save" }).click();
  await expect.poll(async () => (await bookings(boss)).limits.maxHours).toBe(24);
  expect(await faultsOf(page, "/admin/settings")).toEqual([]);
});

test("what is chosen is let go when a GPU is booked no more: the same places are other hours", async ({
  page,
  context,
}) => {
  await change("DELETE FROM slots WHERE state = 'reserved'");
  await signIn(context, ana.api);
  await openConsole(page, "/schedule/reserve");
  await slot(page, nine, gpuCount - 1).click();
  await expect(selectionBar(page)).toContainText("1 hour at");
  const { gpus } = await bookings(boss);
  await boss.call(z.unknown(), "PATCH", `admin/gpus/${gpus[0]?.id}`, { mode: "on-demand" });
  // What lies under the pointer is described, and no more.
  await expect(selectionBar(page)).not.toContainText("1 hour at");
  await expect(selectionBar(page).getByRole("button", { name: "Book 1 hour" })).toHaveCount(0);
});
