import { randomBytes } from "node:crypto";
import { expect, type Page, test } from "@playwright/test";
import { binaryFiles, competitionFile, type Files } from "@/lib/competitions/folder/testing/folders";
import { competitionView } from "@/lib/competitions/model";
import { zipFile } from "@/lib/competitions/scoring/testing/zip-file";
import { noticePage } from "@/lib/notices/model";
import type { Api } from "../support/api";
import { openConsole, signIn, watchForErrors } from "../support/browser";
import { submitFile, verdictOf } from "../support/competitions";
import { closeDatabase } from "../support/database";
import { eventually } from "../support/eventually";
import { faultsOf } from "../support/looks";
import { admin, newcomer, type Person } from "../support/people";

const slug = `by-zip-${randomBytes(4).toString("hex")}`;
const title = `By zip ${slug}`;
/** Longest until an evaluation is checked, or everything is scored by it, on a busy two-core machine. ms */
const checkedMs = 60_000;

let boss: Api;
let ana: Person;

test.beforeAll(async () => {
  [boss, ana] = [await admin(), await newcomer("ana")];
});
test.afterAll(closeDatabase);
test.beforeEach(({ context }) => signIn(context, boss));

const sheet = { ...competitionFile, slug, title, visibility: "invite" };
const whole: Files = { ...binaryFiles, "competition.json": JSON.stringify(sheet) };

function zipOf(files: Files): Buffer {
  return zipFile(
    Object.entries(files).flatMap(([name, content]) =>
      content === null ? [] : [{ name: `${slug}/${name}`, content: Buffer.from(content) }],
    ),
  );
}

async function upload(page: Page, files: Files): Promise<void> {
  const buffer = zipOf(files);
  await page
    .getByLabel("The zip to bring in")
    .setInputFiles({ name: "folder.zip", mimeType: "application/zip", buffer });
}

const imported = (page: Page) => page.locator("[data-slot=import]");

async function confirm(page: Page, button: string): Promise<void> {
  await page.getByRole("button", { name: button, exact: true }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: button, exact: true }).click();
}

const told = async (person: Person) =>
  noticePage
    .parse(JSON.parse((await person.api.raw("GET", "me/notices")).text))
    .data.map(({ title: text }) => text);

test("a zip is judged whole, mended, checked, and published with its baseline", async ({ page }) => {
  const errors = watchForErrors(page);
  await openConsole(page, "/admin/competitions");
  await page.getByRole("link", { name: "New competition" }).click();
  await upload(page, { ...whole, "notes.txt": "hm", "private/truth.csv": "id,label,split\na1,odd,public\n" });
  const wrong = page.getByRole("table", { name: "What is wrong" });
  await expect(wrong.getByRole("row", { name: /private\/truth\.csv/ })).toContainText("Line 2");
  await expect(wrong.getByRole("row", { name: /notes\.txt/ })).toContainText("has no such file");
  expect(await faultsOf(page, "a refused folder")).toEqual([]);
  await page.setViewportSize({ width: 1440, height: 900 });

  await page.getByRole("button", { name: "Upload another" }).click();
  await upload(page, whole);
  await expect(imported(page).getByRole("button", { name: "Publish" })).toBeVisible({ timeout: checkedMs });
  await expect(imported(page)).toContainText("2 public and 2 private cases, 3 files to download");
  // The address leads back to it.
  await page.reload();
  await expect(imported(page).getByRole("button", { name: "Publish" })).toBeVisible();
  expect(await faultsOf(page, "a folder that was brought in")).toEqual([]);
  await page.setViewportSize({ width: 1440, height: 900 });
  await confirm(page, "Publish");
  await expect(imported(page).getByRole("button", { name: "Publish" })).toHaveCount(0);
  await page.getByRole("link", { name: "Look at it" }).click();
  await page.getByRole("link", { name: "Leaderboard" }).click();
  await expect(
    page.getByRole("table", { name: "Leaderboard" }).getByRole("row", { name: "admin" }),
  ).toBeVisible();
  expect(errors).toEqual([]);
});

test("people are found, invited and taken back; the private board is revealed to them", async ({ page }) => {
  const sees = () => ana.api.raw("GET", `external/competitions/${slug}`).then(({ status }) => status);
  await openConsole(page, `/admin/competitions/${slug}`);
  await page.getByLabel("Find people to invite").fill(ana.username);
  await page.getByRole("button", { name: `Invite ${ana.username}` }).click();
  const invited = page.getByRole("list", { name: "Invited" });
  await expect(invited.getByText(ana.username)).toBeVisible();
  expect(await sees()).toBe(200);
  await invited.getByRole("button", { name: `Take back ${ana.username}'s invitation` }).click();
  await expect(page.getByText("Nobody is invited yet")).toBeVisible();
  expect(await sees()).toBe(404);
  await page.getByRole("button", { name: `Invite ${ana.username}` }).click();
  await expect(invited.getByText(ana.username)).toBeVisible();
  const { id } = await submitFile(ana.api, "id,probability\na1,0.6\na2,0.7\na3,0.2\na4,0.9\n", { slug });
  expect((await verdictOf(ana.api, id)).state).toBe("SCORED");

  await confirm(page, "Score anew");
  await expect(page.getByText(/of this version of the scorer already/)).toBeVisible();
  expect(await faultsOf(page, "an invite-only competition's page")).toEqual([]);
  await page.setViewportSize({ width: 1440, height: 900 });
  await confirm(page, "Reveal");
  await expect(page.getByText(/has been open to everybody since/)).toBeVisible();
  expect(await told(ana)).toEqual([`The private leaderboard of ${title} is open`]);
});

test("another truth is the next evaluation, which scores everything anew and says so", async ({ page }) => {
  await openConsole(page, `/admin/competitions/${slug}`);
  await upload(page, {
    "evaluation.json": whole["evaluation.json"] ?? null,
    "public/sample_submission.csv": whole["public/sample_submission.csv"] ?? null,
    "private/truth.csv":
      "id,label,split\na1,benign,public\na2,malignant,public\na3,benign,private\na4,malignant,private\n",
  });
  await expect(imported(page)).toContainText("nothing of it has changed yet", { timeout: checkedMs });
  await expect(imported(page)).toContainText("that of evaluation 2 is closed until it is revealed itself");
  expect(await faultsOf(page, "an evaluation that waits")).toEqual([]);
  await page.setViewportSize({ width: 1440, height: 900 });
  await confirm(page, "Let it take force");
  await expect(imported(page)).toContainText("Evaluation 2 is in force", { timeout: checkedMs });
  await expect(
    page.getByRole("table", { name: "Evaluations" }).getByRole("row", { name: /^2/ }),
  ).toContainText("current");
  const notices = await eventually("entrants are told", checkedMs, async () => {
    const all = await told(ana);
    return all.length > 1 ? all : undefined;
  });
  expect(notices[0]).toBe(`${title} has a new leaderboard`);
});

test("a competition is made by hand on data that are there, with its text looked at before", async ({
  page,
}) => {
  const name = `${slug}-by-hand`;
  await openConsole(page, "/admin/competitions/new");
  await page.getByText("By hand", { exact: true }).click();
  await page.getByLabel("Name in addresses").fill(name);
  await page.getByLabel("Data", { exact: true }).selectOption({ label: `${title}, version 1` });
  await page.getByRole("button", { name: "Create it" }).click();
  await expect(page.getByText("Required.").first()).toBeVisible();
  await page.getByLabel("Title").fill("By hand");
  await page.getByLabel("In a sentence").fill("Made in the browser.");
  await page.getByLabel("Description").fill("## What it is\n\nA **bold** one.");
  await page.getByRole("button", { name: "Preview description" }).click();
  await expect(page.getByRole("region", { name: "Preview of description" }).getByText("bold")).toBeVisible();
  expect(await faultsOf(page, "a competition made by hand")).toEqual([]);
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.getByRole("button", { name: "Create it" }).click();
  await expect(page).toHaveURL(new RegExp(`/admin/competitions/${name}$`));
  await expect(page.getByRole("heading", { name: "Add its evaluation" })).toBeVisible();
  const made = await boss.call(competitionView, "GET", `external/competitions/${name}`);
  expect(made).toMatchObject({ summary: "Made in the browser.", evaluation: null });
});
