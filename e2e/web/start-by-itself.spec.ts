import { expect, type Page, test } from "@playwright/test";
import { z } from "zod";
import { sshKeyView } from "@/lib/auth/model";
import { type GpuHoursView, gpuHoursView } from "@/lib/schedule/hours-model";
import { plannedStartView } from "@/lib/sessions/planned-model";
import type { Api } from "../support/api";
import { auctionAll, cell, endAuction, newBidder, openWeek, weekOf } from "../support/auction";
import { openConsole, signIn, watchForErrors } from "../support/browser";
import { change, closeDatabase } from "../support/database";
import { eventually } from "../support/eventually";
import { endAllSessions, gpus, inState, stepMs } from "../support/lab";
import { faultsOf } from "../support/looks";
import { admin, makeKey, type Person } from "../support/people";

// Each goes on where the one before it left the hours.
test.describe.configure({ mode: "serial" });

const [minuteMs, hourMs] = [60_000, 3_600_000];
/** Of the hour that runs: the lab's zone is whole hours from UTC. */
const leftMs = () => hourMs - (Date.now() % hourMs);

let boss: Api;
let ana: Person;
let ids: string[];

test.beforeAll(async () => {
  // Nothing starts in an hour's last minute, and the first test takes about one.
  test.setTimeout(5 * minuteMs);
  await eventually(
    "the hour does not turn just now",
    4 * minuteMs,
    () => leftMs() > 3 * minuteMs || undefined,
  );
  await endAllSessions();
  boss = await admin();
  ids = await auctionAll(boss);
  await openWeek(boss);
  // Whatever earlier tests sold of these hours.
  await change(
    `UPDATE slots SET state = 'released', user_id = NULL, price = 0
     WHERE state = 'sold' AND starts_at BETWEEN UTC_TIMESTAMP() - INTERVAL 1 HOUR AND UTC_TIMESTAMP() + INTERVAL 6 HOUR`,
  );
  ana = await newBidder(boss, "ana", "20");
  const publicKey = await makeKey(ana.home);
  await ana.api.call(sshKeyView, "POST", "me/ssh-keys", { name: "laptop", publicKey });
  // So that no session of hers ends while these tests run.
  if (leftMs() < 10 * minuteMs) await takeNext(ids[0]);
});

test.afterAll(async () => {
  await endAllSessions();
  await endAuction();
  await closeDatabase();
});

async function hoursOf(gpuId: string | undefined): Promise<GpuHoursView> {
  const all = await ana.api.call(z.array(gpuHoursView), "GET", "schedule/hours");
  const found = all.find((gpu) => gpu.gpuId === gpuId);
  if (!found) throw new Error(`No hours of ${gpuId}`);
  return found;
}

/** Ana has the hour behind the present one. */
async function takeNext(gpuId: string | undefined): Promise<string> {
  const { present } = await hoursOf(gpuId);
  const slot = new Date(Date.parse(present.slot) + hourMs).toISOString();
  await ana.api.call(z.unknown(), "POST", "schedule/slots/take", { gpuId, slot });
  return slot;
}

const form = (page: Page) => page.getByRole("form", { name: "Launch a session" });
const option = async (index: number) => {
  const gpu = (await gpus(ana.api)).find(({ id }) => id === ids[index]);
  return new RegExp(`^GPU ${gpu?.index} on ${gpu?.node},`);
};
/** Chooses a GPU in the launch form, by device. */
async function choose(page: Page, index: number): Promise<void> {
  const wanted = await option(index);
  const label = await form(page)
    .getByLabel("GPU", { exact: true })
    .locator("option", { hasText: wanted })
    .textContent();
  await form(page)
    .getByLabel("GPU", { exact: true })
    .selectOption({ label: label ?? "" });
}

test("the launch form takes the hour that is missing, launches in it, and says until when it goes on", async ({
  page,
  context,
}) => {
  const errors = watchForErrors(page);
  await signIn(context, ana.api);
  await openConsole(page, "/home");
  await choose(page, 0);
  await expect(form(page)).toContainText(/Nobody holds GPU 0 on/);
  await expect(form(page).getByRole("button", { name: "Launch", exact: true })).toBeDisabled();
  expect(await faultsOf(page, "/home, an hour that can be taken")).toEqual([]);
  await page.setViewportSize({ width: 1440, height: 900 });
  await form(page).getByRole("button", { name: "Take it for 1 credit and launch" }).click();
  await expect(page).toHaveURL(/\/sessions\/[a-z2-7]{8}$/);
  const slug = page.url().slice(-8);
  const session = await inState(ana.api, slug, ["RUNNING"]);
  expect(session).toMatchObject({ gpu: { id: ids[0] }, endsBy: "held_hours" });
  const { present } = await hoursOf(ids[0]);
  expect(present.person).toBe(ana.username);
  expect(session.heldUntil).toBe(present.until);
  expect(errors).toEqual([]);
});

test("where the hours end soon, the session's page takes the next one", async ({ page, context }) => {
  const [session] = await ana.api.call(
    z.array(z.looseObject({ slug: z.string(), heldUntil: z.iso.datetime() })),
    "GET",
    "external/sessions?active=true",
  );
  const until = Date.parse(session?.heldUntil ?? "");
  await signIn(context, ana.api);
  // As it will look twenty minutes before.
  await page.clock.setSystemTime(until - 20 * 60_000);
  await openConsole(page, `/sessions/${session?.slug}`);
  await expect(page.getByText(/Your hours on this GPU end at/)).toBeVisible();
  await expect(page.getByText("Nobody holds the next one")).toBeVisible();
  expect(await faultsOf(page, "a session whose hours end")).toEqual([]);
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.getByRole("button", { name: "Take it for 1 credit" }).click();
  await expect(page.getByText(/Your hours on this GPU end at/)).toHaveCount(0, { timeout: stepMs });
  expect((await inState(ana.api, session?.slug ?? "", ["RUNNING"])).heldUntil).toBe(
    new Date(until + hourMs).toISOString(),
  );
});

const planned = () => ana.api.call(z.array(plannedStartView), "GET", "external/planned-starts?state=PLANNED");

test("an hour to come starts a session by itself, asked for in the launch form", async ({
  page,
  context,
}) => {
  const slot = await takeNext(ids[1]);
  await signIn(context, ana.api);
  await openConsole(page, "/home");
  await choose(page, 1);
  await expect(form(page)).toContainText("Your hour begins");
  await form(page).getByLabel("Workspace", { exact: true }).selectOption({ label: "New workspace" });
  await form(page).getByLabel("New workspace's name").fill("nightly");
  await form(page).getByRole("button", { name: "Start by itself then" }).click();
  await expect(page.getByRole("heading", { name: "Starting by themselves" })).toBeVisible();
  await expect(page.getByText("on nightly", { exact: false }).first()).toBeVisible();
  await expect(form(page)).toContainText("a session starts by itself then");
  expect(await faultsOf(page, "/home, a session that starts by itself")).toEqual([]);
  expect(await planned()).toMatchObject([{ slot, launch: { workspaceName: "nightly" } }]);
});

test("which GPU time changes and takes back, with the hour that a link leads to", async ({
  page,
  context,
}) => {
  const slot = (await planned())[0]?.slot ?? "";
  await signIn(context, ana.api);
  const { week } = (await hoursOf(ids[1])).next ?? {};
  const view = await weekOf(ana.api, week ?? "");
  await openConsole(page, `/schedule/${week}?gpu=${ids[1]}&hour=${slot}`);
  const hour = (Date.parse(slot) - Date.parse(view.hours.first)) / hourMs;
  const place = view.gpus.findIndex(({ id }) => id === ids[1]);
  const chosen = cell(page, view.gpus.length, hour, place);
  await expect(chosen).toHaveAttribute("aria-selected", "true");
  await expect(chosen).toHaveAttribute("data-starts");
  await page.getByRole("button", { name: "Start by itself" }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByLabel("New workspace's name")).toHaveValue("nightly");
  await dialog.getByLabel("Time limit").selectOption({ label: "2 h" });
  expect(await faultsOf(page, "the dialog")).toEqual([]);
  await page.setViewportSize({ width: 1440, height: 900 });
  await dialog.getByRole("button", { name: "Change" }).click();
  await expect(dialog).toHaveCount(0);
  expect(await planned()).toMatchObject([{ slot, launch: { workspaceName: "nightly", ttlMinutes: 120 } }]);
  await page.getByRole("button", { name: "Start by itself" }).click();
  await dialog.getByRole("button", { name: "Don't start" }).click();
  await expect(dialog).toHaveCount(0);
  expect(await planned()).toEqual([]);
  await expect(chosen).not.toHaveAttribute("data-starts");
  await openConsole(page, "/home");
  await expect(page.getByRole("heading", { name: "Starting by themselves" })).toHaveCount(0);
});
