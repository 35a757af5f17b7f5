import { writeFile } from "node:fs/promises";
import { expect, type Page, test } from "@playwright/test";
import { submissionView } from "@/lib/competitions/model";
import { partialUploads } from "@/lib/competitions/store/tunables";
import { openConsole, signIn, watchForErrors } from "../support/browser";
import {
  beginUpload,
  sampleOf,
  shipped,
  slanted,
  spoiled,
  submitFile,
  verdictOf,
} from "../support/competitions";
import { closeDatabase } from "../support/database";
import { eventually } from "../support/eventually";
import { faultsOf } from "../support/looks";
import { newcomer, type Person } from "../support/people";

const base = `/competitions/${shipped}`;

let ana: Person;
let sample: string;

test.beforeAll(async () => {
  ana = await newcomer("ana");
  sample = await sampleOf(ana.api);
});

test.afterAll(closeDatabase);

/** From a file of the disk, as a person does: what the test hands over itself goes through the page's script. */
async function choose(page: Page, name: string, text: string | Buffer): Promise<void> {
  const path = test.info().outputPath(name);
  await writeFile(path, text);
  await page.getByLabel("The file to submit").setInputFiles(path);
}

const accepted = (page: Page) => page.locator("[data-slot=accepted]");

test("from the catalogue to a file, its score and the leaderboard, as it happens", async ({
  page,
  context,
}) => {
  await signIn(context, ana.api);
  const errors = watchForErrors(page);
  await openConsole(page, "/competitions");
  await page.locator(`a[href="${base}"]`).click();
  await expect(page).toHaveURL(new RegExp(`${base}$`));
  await page.getByRole("link", { name: "Submit", exact: true }).first().click();
  await expect(page).toHaveURL(new RegExp(`${base}/submit$`));

  await choose(page, "slanted.csv", slanted(sample, 0.1, 0.9));
  await expect(accepted(page)).toContainText(/Scored: ROC AUC 0\.\d{4} on the public cases/);
  await accepted(page).getByRole("link", { name: "See the result" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("slanted.csv");
  await expect(page.getByRole("table", { name: "Score" })).toContainText("revealed at the end");
  await expect(page.locator("[data-slot=histogram]")).toBeVisible();
  await expect(page.getByRole("table", { name: "Worst cases" }).getByRole("row")).toHaveCount(11);
  await expect(page.getByRole("img", { name: /^ROC\. True positive rate \d+ %/ })).toBeVisible();
  await expect(page.getByRole("img", { name: /^Precision-recall\. Precision \d+ %/ })).toBeVisible();

  await page.getByRole("link", { name: "Leaderboard" }).click();
  await expect(page.getByText(/^You have rank \d+ of \d+/)).toBeVisible();
  const own = page.getByRole("table", { name: "Leaderboard" }).getByRole("row", { name: ana.username });
  await expect(own).toContainText("you");
  // The worker makes it afterwards; the page hears of it.
  await expect(own.locator("[data-slot=interval-plot]")).toBeVisible();
  await expect(own).toContainText(/0\.\d{4} to [01]\.\d{4}, ranks? \d+/);
  expect(errors).toEqual([]);
});

test("a file that doesn't fit is rejected by its line, and gives the quota back", async ({
  page,
  context,
}) => {
  await signIn(context, ana.api);
  const errors = watchForErrors(page);
  await openConsole(page, `${base}/submit`);
  const left = page.getByText(/^Left to you: /).first();
  const before = await left.textContent();
  await choose(page, "spoiled.csv", spoiled(sample, 21));
  await expect(accepted(page)).toContainText(
    "Rejected at line 21: “probability” is 1.2, and not between 0 and 1.",
  );
  await expect(left).toHaveText(before ?? "");
  await accepted(page).getByRole("link", { name: "See the result" }).click();
  await expect(page.getByText("probability-out-of-range")).toBeVisible();
  expect(await faultsOf(page, "a rejected submission")).toEqual([]);
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.getByRole("link", { name: "Submit the corrected file" }).click();

  await choose(page, "empty.csv", "");
  await expect(page.getByText("empty.csv is empty.")).toBeVisible();
  expect(errors).toEqual([]);
});

test("an upload is paused, loses its connection, goes on where it was, and can be given up", async ({
  page,
  context,
}) => {
  await signIn(context, ana.api);
  await openConsole(page, `${base}/submit`);
  const parts: string[] = [];
  page.on("request", (request) => {
    if (request.method() === "PATCH") parts.push(request.headers()["upload-offset"] ?? "");
  });
  // Each part is held until the test lets it go, so that there is time to act between them.
  let release = () => undefined as undefined;
  const held = () => new Promise<void>((resolve) => (release = () => void resolve()));
  let gate: Promise<void> | null = held();
  await page.route(/\/uploads\//, async (route) => {
    if (route.request().method() === "PATCH") await gate;
    await route.continue().catch(() => undefined);
  });
  // Three parts and a little, of which nothing is a submission: what is tried is the way.
  await choose(page, "long.csv", Buffer.alloc(17 * 2 ** 20, "x"));
  const upload = page.locator("[data-slot=upload]");
  const said = page.getByRole("status").filter({ hasText: "long.csv" });
  await expect(said).toHaveText("long.csv: Sending");
  await upload.getByRole("button", { name: "Pause" }).click();
  await expect(said).toHaveText("long.csv: Paused");
  expect(await faultsOf(page, "a paused upload")).toEqual([]);
  await page.setViewportSize({ width: 1440, height: 900 });

  await context.setOffline(true);
  gate = null;
  release();
  await upload.getByRole("button", { name: "Resume" }).click();
  await expect(said).toHaveText("long.csv: Waiting for the connection");
  await context.setOffline(false);
  await expect(accepted(page)).toContainText("Rejected");
  expect(parts.at(-1)).toBe(String(15 * 2 ** 20));

  await accepted(page).getByRole("button", { name: "Submit another" }).click();
  gate = held();
  const sent = parts.length;
  await choose(page, "given-up.csv", Buffer.alloc(6 * 2 ** 20, "x"));
  // What the lab has not begun yet, there is nothing to be told of.
  await expect.poll(() => parts.length).toBeGreaterThan(sent);
  const gone = page.waitForResponse((answer) => answer.request().method() === "DELETE");
  await upload.getByRole("button", { name: "Cancel" }).click();
  release();
  expect((await gone).status()).toBe(204);
  await expect(page.locator("[data-slot=drop-zone]")).toBeVisible();
});

test("an upload waits for its code as for the lab, says why it is refused, and is of one file alone", async ({
  page,
  context,
}) => {
  const cid = await newcomer("cid");
  await signIn(context, cid.api);
  await openConsole(page, `${base}/submit`);
  await page.route(/_next\/static\/.*\.js/, (route) => route.abort());
  await choose(page, "some.csv", "x");
  await expect(page.locator("[data-slot=upload]")).toContainText("Waiting for the connection");
  await page.unroute(/_next\/static\/.*\.js/);
  await page.evaluate(() => window.dispatchEvent(new Event("online")));
  await expect(accepted(page)).toContainText("Rejected");
  await accepted(page).getByRole("button", { name: "Submit another" }).click();

  const two = await page.evaluateHandle(() => {
    const dropped = new DataTransfer();
    for (const name of ["one.csv", "two.csv"]) dropped.items.add(new File(["x"], name));
    return dropped;
  });
  await page.locator("[data-slot=drop-zone]").dispatchEvent("drop", { dataTransfer: two });
  await expect(page.getByRole("main").getByRole("alert")).toContainText(
    "2 files were dropped and none was sent",
  );

  const begun: string[] = [];
  for (let count = 0; count < partialUploads.files; count += 1) begun.push(await beginUpload(cid.api));
  await choose(page, "some.csv", "x");
  await expect(page.getByRole("main").getByRole("alert")).toContainText(
    `You have ${partialUploads.files} uploads`,
  );
  for (const path of begun) await cid.api.raw("DELETE", path, undefined, { "tus-resumable": "1.0.0" });
  await choose(page, "some.csv", "x");
  await expect(accepted(page)).toContainText("Rejected");
});

test("an upload outlives its tab, ends once, and can't be given up once all of it is there", async ({
  page,
  context,
}) => {
  const dan = await newcomer("dan");
  await signIn(context, dan.api);
  await openConsole(page, `${base}/submit`);
  const asked: string[] = [];
  page.on("request", (request) => {
    if (request.url().includes("/uploads")) asked.push(request.method());
  });
  let release = () => undefined as undefined;
  const held = () => new Promise<void>((resolve) => (release = () => void resolve()));
  let gate = held();
  // The lab has all of it; the page has not heard.
  await page.route(/\/uploads\//, async (route) => {
    if (route.request().method() !== "PATCH") return route.continue();
    const response = await route.fetch();
    await gate;
    await route.fulfill({ response }).catch(() => undefined);
  });
  const parts = page.getByRole("navigation", { name: "Parts of the competition" });
  await choose(page, "first.csv", "first");
  await parts.getByRole("link", { name: "My submissions" }).click();
  await expect(page).toHaveURL(/submissions$/);
  await expect(parts.locator("[data-slot=sending]")).toHaveText(/^\d+ %$/);
  release();
  await expect(parts.locator("[data-slot=sending]")).toHaveCount(0);
  await parts.getByRole("link", { name: /^Submit/ }).click();
  await expect(accepted(page)).toContainText("first.csv");

  await accepted(page).getByRole("button", { name: "Submit another" }).click();
  gate = held();
  const whole = page.waitForRequest((request) => request.method() === "PATCH");
  await choose(page, "second.csv", "second");
  await whole;
  // A connection that is back is none of an ended upload's business.
  await page.evaluate("dispatchEvent(new Event('online'))");
  await expect(page.locator("[data-slot=accepted]").or(page.locator("[data-slot=upload]"))).toContainText(
    "second.csv",
  );
  gate = Promise.resolve();
  release();
  await expect(accepted(page)).toContainText("second.csv");
  expect(asked.filter((method) => method === "POST")).toHaveLength(2);
  expect(asked.filter((method) => method === "HEAD")).toHaveLength(1);

  await accepted(page).getByRole("button", { name: "Submit another" }).click();
  gate = held();
  const sent = page.waitForRequest((request) => request.method() === "PATCH");
  await choose(page, "third.csv", "third");
  await sent;
  await eventually("the lab has all of it", 10_000, async () => {
    const list = await dan.api.call(submissionView.array(), "GET", `external${base}/submissions`);
    return list.some(({ filename }) => filename === "third.csv") ? true : undefined;
  });
  const tooLate = page.waitForResponse((answer) => answer.request().method() === "DELETE");
  await page.locator("[data-slot=upload]").getByRole("button", { name: "Cancel" }).click();
  expect((await tooLate).status()).toBe(409);
  await expect(accepted(page)).toContainText("third.csv");
  release();
});

test("an open page hears of a score, and draws how the best came about", async ({ page, context }) => {
  const bea = await newcomer("bea");
  await signIn(context, bea.api);
  await openConsole(page, `${base}/submissions`);
  await expect(page.getByText("Nothing submitted yet")).toBeVisible();
  await submitFile(bea.api, slanted(sample, 0.2, 0.8), { filename: "by-script.csv" });
  const row = page.getByRole("row", { name: /by-script\.csv/ });
  await expect(row).toContainText("Scored");
  await expect(page.locator("[data-plot=history] canvas")).toBeVisible();
  expect(await faultsOf(page, "my submissions")).toEqual([]);
});

test("every part is reached by Tab, and the palette goes there", async ({ page, context }) => {
  await signIn(context, ana.api);
  await openConsole(page, base);
  const parts = page.getByRole("navigation", { name: "Parts of the competition" });
  await parts.getByRole("link", { name: "Overview" }).focus();
  for (const name of ["Data", "Rules and scoring", "Submit", "My submissions", "Leaderboard"]) {
    await page.keyboard.press("Tab");
    await expect(parts.getByRole("link", { name })).toBeFocused();
  }
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox").fill("leaderboard of");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(new RegExp(`${base}/leaderboard$`));
  await expect(parts.getByRole("link", { name: "Leaderboard" })).toHaveAttribute("aria-current", "page");
});

test("nobody finds the private split before it is revealed, and another's submission is not there", async ({
  page,
  context,
}) => {
  const [eve, { id }] = [
    await newcomer("eve"),
    await submitFile(ana.api, sample, { filename: "hidden.csv" }),
  ];
  await verdictOf(ana.api, id);
  await signIn(context, eve.api);
  await openConsole(page, `${base}/leaderboard`);
  await page.getByText("Private", { exact: true }).click();
  await expect(page.getByText("Revealed at the end")).toBeVisible();
  await expect(page.getByRole("table")).toHaveCount(0);
  const answer = await page.goto(`${base}/submissions/${id}`);
  expect(answer?.status()).toBe(404);
});

test("a token is made where the command that needs it stands", async ({ page, context }) => {
  await signIn(context, ana.api);
  await openConsole(page, `${base}/submit`);
  await page.getByRole("button", { name: "New token" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill("laptop");
  expect(await faultsOf(page, "a token's dialog")).toEqual([]);
  await page.setViewportSize({ width: 1440, height: 900 });
  await dialog.getByRole("button", { name: "Create token" }).click();
  await expect(dialog).toContainText(/Authorization: Bearer \S+" --data-binary @submission\.csv/);
  await dialog.getByRole("button", { name: "I have stored it" }).click();
  await expect(page.getByRole("button", { name: "New token" })).toBeFocused();
});
