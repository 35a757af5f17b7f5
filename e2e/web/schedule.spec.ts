import { expect, type Page, test } from "@playwright/test";
import { z } from "zod";
import type { Api } from "../support/api";
import {
  auctionAll,
  cell,
  drawOver,
  endAuction,
  newBidder,
  openWeek,
  pressInBar,
  selectionBar,
  weekOf,
} from "../support/auction";
import { holdBack, openConsole, signIn, watchForErrors } from "../support/browser";
import { closeDatabase } from "../support/database";
import { eventually } from "../support/eventually";
import { endAllSessions, stepMs } from "../support/lab";
import { faultsOf } from "../support/looks";
import { admin, type Person } from "../support/people";

// Each goes on where the one before it left the week.
test.describe.configure({ mode: "serial" });

let boss: Api;
let ana: Person;
let ben: Person;
let gpuCount: number;
let week: string;

test.beforeAll(async () => {
  await endAllSessions();
  boss = await admin();
  gpuCount = (await auctionAll(boss)).length;
  week = await openWeek(boss);
  [ana, ben] = [await newBidder(boss, "ana", "20"), await newBidder(boss, "ben", "20")];
});

test.afterAll(async () => {
  await endAuction();
  await closeDatabase();
});

const slot = (page: Page, hour: number, gpu = 0) => cell(page, gpuCount, hour, gpu);

test("two people bid: what one does the other sees, and who was outbid is told until they look", async ({
  browser,
}) => {
  const [anas, bens] = [await browser.newContext(), await browser.newContext()];
  await signIn(anas, ana.api);
  await signIn(bens, ben.api);
  const [page, other] = [await anas.newPage(), await bens.newPage()];
  const errors = [watchForErrors(page), watchForErrors(other)].flat();
  await openConsole(page, "/schedule");
  await openConsole(other, `/schedule/${week}`);

  await drawOver(page, slot(page, 30), slot(page, 33));
  await expect(selectionBar(page)).toContainText("4 hours selected");
  await expect(selectionBar(page)).toContainText("4 credits, which leaves 16");
  await pressInBar(page, "Bid on 4 hours");
  await expect(slot(page, 33)).toHaveAttribute("data-look", "mine");
  // What was bid on stays selected, and no message lies over what undoes it.
  await expect(page.locator("[data-slot=toast]")).toContainText("You lead 4 hours more");
  await expect(selectionBar(page)).toContainText("Undoing frees 4 credits");
  await selectionBar(page).getByRole("button", { name: "Undo 4 bids" }).click({ trial: true });
  await expect(selectionBar(page).getByText("16", { exact: true })).toBeVisible();
  await expect(slot(other, 30)).toHaveAttribute("data-look", "others");

  // By keys alone: past what lies before the hours, over midnight, and the bid.
  await other.keyboard.press("Tab");
  await other.keyboard.press("Tab");
  await expect(other.getByRole("link", { name: "Skip to the hours" })).toBeFocused();
  await other.keyboard.press("Enter");
  await expect(other.getByRole("grid").locator("[tabindex='0']")).toBeFocused();
  await other.keyboard.press("PageDown");
  for (let step = 0; step < 6; step++) await other.keyboard.press("ArrowDown");
  await expect(slot(other, 30)).toBeFocused();
  await other.keyboard.press("Shift+ArrowDown");
  await expect(slot(other, 31)).toHaveAttribute("aria-selected", "true");
  await expect(selectionBar(other)).toContainText("4 credits, which leaves 16");
  await other.keyboard.press("Enter");
  await expect(slot(other, 31)).toHaveAttribute("data-look", "mine");
  // What he has bid on is shown, and joins nothing that he chooses next: it could be outbid by then.
  await expect(other.locator("[data-slot=toast]")).toContainText("You lead 2 hours more");
  await expect(selectionBar(other)).toContainText("2 hours selected");
  await other.keyboard.press("ArrowDown");
  await other.keyboard.press("Enter");
  await expect(selectionBar(other).getByRole("button", { name: "Bid on 1 hour" })).toBeEnabled();
  await expect(slot(other, 31)).toHaveAttribute("aria-selected", "false");
  await other.keyboard.press("Escape");

  await expect(page.getByText("Outbid on 2 hours")).toBeVisible();
  await expect(slot(page, 31)).toHaveAttribute("data-unseen", "");
  await page.reload();
  await expect(page.getByText("Outbid on 2 hours")).toBeVisible();
  await page.getByRole("button", { name: "Seen" }).click();
  await expect(page.getByText(/Outbid on/)).toHaveCount(0);
  await page.reload();
  await expect(slot(page, 31)).toHaveAttribute("data-look", "outbid");
  await expect(slot(page, 31)).not.toHaveAttribute("data-unseen");

  await slot(page, 31).click();
  await pressInBar(page, "History");
  const history = page.getByRole("dialog");
  await expect(history.getByRole("row")).toContainText(["Would have won", ana.username, ben.username]);
  await page.keyboard.press("Escape");

  await slot(page, 33).click();
  await pressInBar(page, "Undo 1 bid");
  await expect(slot(page, 33)).not.toHaveAttribute("data-look");
  await expect(slot(other, 33)).not.toHaveAttribute("data-look");
  expect(errors).toEqual([]);
  await anas.close();
  await bens.close();
});

test("what can't be paid is not offered, and what is refused names its hour and marks it", async ({
  page,
  context,
}) => {
  await signIn(context, ana.api);
  await openConsole(page, "/schedule");
  await page.getByText("Same hours daily").click();
  await drawOver(page, slot(page, 48), slot(page, 24 * 4 + 23, gpuCount - 1));
  await expect(selectionBar(page)).toContainText(`${24 * 3 * gpuCount} hours selected`);
  await expect(selectionBar(page)).toContainText("more than you have");
  await expect(selectionBar(page).getByRole("button", { name: /^Bid/ })).toBeDisabled();
  await page.keyboard.press("Escape");
  await expect(page.locator(".slot-patch")).toHaveCount(0);

  // The page does not hear that she bids elsewhere meanwhile.
  await page.route("**/api/v2/schedule/**", (route) => route.abort());
  const { gpus, hours } = await weekOf(ana.api, week);
  const at = new Date(Date.parse(hours.first) + 50 * 3_600_000).toISOString();
  await ana.api.call(z.unknown(), "POST", "schedule/bids", { gpuId: gpus[0]?.id, slot: at });
  await drawOver(page, slot(page, 49), slot(page, 51));
  await pressInBar(page, "Bid on 3 hours");
  await expect(selectionBar(page).getByRole("alert")).toContainText(/GPU 0 .*02:00.*you lead it already/);
  await expect(page.locator(".slot-patch[data-failed]")).toHaveCount(1);
});

test("the week is usable on a phone, and accessible at every width and in both schemes", async ({
  page,
  context,
}) => {
  await signIn(context, ana.api);
  await openConsole(page, `/schedule/${week}`);
  expect(await faultsOf(page, "/schedule")).toEqual([]);
  await page.setViewportSize({ width: 390, height: 844 });
  await page.getByRole("button", { name: /^Tue / }).click();
  await slot(page, 24 * 3 + 9).click();
  await expect(selectionBar(page)).toContainText(/Tue .* 09:00/);
  await expect(slot(page, 30)).toBeHidden();
});

test("an administrator closes the bidding; what was won can be given back, what was not be taken", async ({
  page,
  context,
  browser,
}) => {
  await signIn(context, boss);
  await openConsole(page, "/admin/weeks");
  expect(await faultsOf(page, "/admin/weeks")).toEqual([]);
  await page.setViewportSize({ width: 1440, height: 900 });
  await openConsole(page, "/admin/gpus");
  await page.getByRole("button", { name: /^Change GPU 0 of/ }).click();
  await page.getByLabel("Its hours").selectOption({ label: "On demand" });
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("dialog")).toContainText("has hours that are sold or bid on");
  await openConsole(page, "/admin/weeks");
  await page.getByRole("button", { name: "Close bidding" }).click();
  const asked = page.getByRole("alertdialog");
  await expect(asked).toContainText(/Bidding would close in .* leads? \d+ hours.* 50 % lapse at once/);
  await asked.getByRole("button", { name: "Close bidding" }).click();
  await expect(page.getByRole("row").filter({ hasText: week })).toContainText("Sold");
  await eventually("the week is settled", stepMs, async () =>
    (await weekOf(ana.api, week)).status === "executing" ? true : undefined,
  );

  const anas = await browser.newContext();
  await signIn(anas, ana.api);
  const hers = await anas.newPage();
  await openConsole(hers, `/schedule/${week}`);
  await slot(hers, 32).click();
  // The calendar shows what was done before the page has all of it: what she chooses then stays chosen.
  const letGo = await holdBack(hers, "**/api/v2/schedule/overview");
  await pressInBar(hers, "Release 1 hour");
  await hers.getByRole("alertdialog").getByRole("button", { name: "Give back" }).click();
  await expect(slot(hers, 32)).not.toHaveAttribute("data-look");
  await slot(hers, 40).click();
  letGo();
  await expect(hers.locator("[data-slot=toast]")).toContainText("1 hour given back");
  await pressInBar(hers, "Take 1 hour");
  await expect(slot(hers, 40)).toHaveAttribute("data-look", "mine");
  await openConsole(hers, "/home");
  await expect(hers.getByRole("region", { name: "My GPU time" })).toContainText(/You hold GPU 0 of .* next/);

  await openConsole(hers, "/wallet");
  const lines = hers.getByRole("table", { name: "Statement" }).getByRole("row");
  await expect(lines.nth(1)).toContainText(/Taken hour.*−1/);
  await expect(lines.nth(2)).toContainText(/Hour given back.*\+0\.34/);
  await anas.close();
});
