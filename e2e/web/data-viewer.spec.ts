import { readFileSync } from "node:fs";
import { type BrowserContext, expect, type Locator, type Page, test } from "@playwright/test";
import { decode } from "fast-png";
import { gunzipSync, gzipSync, unzipSync, zipSync } from "fflate";
import { competitionView, submissionCases, submissionView } from "@/lib/competitions/model";
import { accessibilityFaults, openConsole, signIn, watchForErrors } from "../support/browser";
import { shipped, verdictOf } from "../support/competitions";
import { closeDatabase } from "../support/database";
import { eventually } from "../support/eventually";
import { faultsOf } from "../support/looks";
import { newcomer, type Person } from "../support/people";

/** Those that a lab builds of Debian's mricron-data, which set-up for tests installs. */
const [volumes, slices] = ["deep-grey-matter", "brain-slices"];
/** Longest until a fresh lab has built and checked them beside everything else, in ms. */
const builtMs = 100_000;
/** Of masks in the first voxels' place: NIfTI-1 of the builder has its voxels after the header and four bytes. */
const voxelsFrom = 352;

let ana: Person;

test.beforeAll(async () => {
  ana = await newcomer("ana");
  for (const slug of [volumes, slices])
    await eventually(`${slug} is there`, builtMs, () =>
      ana.api
        .call(competitionView, "GET", `external/competitions/${slug}`)
        .then(({ evaluation }) => evaluation ?? undefined)
        .catch(() => undefined),
    );
});
test.afterAll(closeDatabase);

/** How many pixels of a drawing have a colour of their own, are grey, or black. */
async function pixelsOf(drawing: Locator): Promise<{ coloured: number; grey: number; black: number }> {
  const { data, channels } = decode(await drawing.screenshot());
  const counts = { coloured: 0, grey: 0, black: 0 };
  for (let at = 0; at < data.length; at += channels) {
    const [red = 0, green = 0, blue = 0] = [data[at], data[at + 1], data[at + 2]];
    const [least, most] = [Math.min(red, green, blue), Math.max(red, green, blue)];
    if (most - least > 40) counts.coloured += 1;
    else if (most > 24) counts.grey += 1;
    else counts.black += 1;
  }
  return counts;
}

async function view(page: Page, slug: string, name: string): Promise<Locator> {
  await openConsole(page, `/competitions/${slug}/data`);
  const more = page.getByRole("button", { name: "Show more" });
  const button = page.getByRole("button", { name: `View ${name}`, exact: true });
  while ((await button.count()) === 0) await more.click();
  await button.click();
  return page.getByRole("dialog");
}

const wide = { width: 1440, height: 900 };

test("from the catalogue's pictures to a volume in slices with its labels over it", async ({
  page,
  context,
}) => {
  await signIn(context, ana.api);
  const errors = watchForErrors(page);
  await openConsole(page, "/competitions");
  for (const slug of [shipped, volumes, slices]) {
    const picture = page
      .getByRole("listitem")
      .filter({ has: page.locator(`a[href="/competitions/${slug}"]`) })
      .locator("img");
    await expect
      .poll(() => picture.evaluate((image: HTMLImageElement) => image.naturalWidth), slug)
      .toBe(480);
  }
  await page.locator(`a[href="/competitions/${volumes}"]`).click();
  await page.getByRole("link", { name: "Data", exact: true }).click();
  const name = "train/train-08_image.nii.gz";
  const opener = page.getByRole("button", { name: `View ${name}`, exact: true });
  await opener.press("Enter");
  const dialog = page.getByRole("dialog");
  const drawing = dialog.locator("[data-slot=volume][data-ready]");
  await expect(drawing).toBeVisible();
  const labels = dialog.getByRole("list", { name: "Labels" });
  await expect(labels).toContainText(/putamen.*voxels/);
  await expect(dialog.getByLabel("Labels", { exact: true }).first()).toHaveValue(
    "train/train-08_label.nii.gz",
  );
  await expect.poll(async () => (await pixelsOf(drawing)).coloured).toBeGreaterThan(500);
  const over = await pixelsOf(drawing);
  expect(over.grey).toBeGreaterThan(5_000);

  const slider = dialog.getByRole("slider", { name: "Axial slice" });
  const before = await slider.getAttribute("aria-valuetext");
  await slider.press("Home");
  await expect(slider).toHaveAttribute("aria-valuetext", /^1 of \d+$/);
  await expect(slider).not.toHaveAttribute("aria-valuetext", before ?? "");
  expect(await pixelsOf(drawing)).not.toEqual(over);
  const turned = await drawing.screenshot();
  await expect(dialog.getByText(/Radiological: in axial and coronal slices .* is on the left/)).toBeVisible();
  await dialog.getByText("Neurological", { exact: true }).click();
  await expect.poll(async () => (await drawing.screenshot()).equals(turned)).toBe(false);
  await expect(dialog.getByText(/Neurological: .* is on the right/)).toBeVisible();
  await dialog.getByText("Coronal", { exact: true }).click();
  await dialog.getByRole("slider", { name: "Overlay" }).press("Home");
  await expect.poll(async () => (await pixelsOf(drawing)).coloured).toBeLessThan(50);
  await dialog.getByRole("slider", { name: "Overlay" }).press("End");
  await expect.poll(async () => (await pixelsOf(drawing)).coloured).toBeGreaterThan(1_000);
  await dialog.getByRole("combobox", { name: "Labels" }).selectOption("");
  await expect(labels).toHaveCount(0);
  await expect.poll(async () => (await pixelsOf(drawing)).coloured).toBeLessThan(50);
  expect(errors).toEqual([]);
  const broken = "train/train-07_label.nii.gz";
  await page.route(/train-07_label/, (route) => route.fulfill({ body: "no gzip and no NIfTI" }));
  await dialog.getByRole("combobox", { name: "Labels" }).selectOption(broken);
  await expect(dialog.getByRole("alert")).toContainText(`${broken} is no NIfTI volume that can be read.`);
  expect(await faultsOf(page, "a volume")).toEqual([]);
  await page.setViewportSize(wide);
  await page.keyboard.press("Escape");
  await expect(opener).toBeFocused();
});

test("pictures with their boxes one after the other, and tables with their distributions", async ({
  page,
  context,
}) => {
  await signIn(context, ana.api);
  const errors = watchForErrors(page);
  const { text } = await ana.api.raw("GET", `external/datasets/${slices}/files/train_boxes.csv`);
  const rows = text.trim().split("\n").slice(1);
  const [id = ""] = (rows[0] ?? "").split(",");
  const own = rows.filter((row) => row.startsWith(`${id},`));
  const dialog = await view(page, slices, `images/${id}.png`);
  const picture = dialog.locator("[data-slot=picture]");
  await expect(picture.locator("rect")).toHaveCount(own.length);
  await expect(dialog.getByRole("list", { name: "Classes" })).toContainText("thalamus");
  const [first] = own;
  const [, label, x, y, width, height] = (first ?? "").split(",");
  await expect(picture.locator("rect").first()).toHaveAttribute("data-label", label ?? "");
  for (const [name, value] of Object.entries({ x, y, width, height }))
    await expect(picture.locator("rect").first()).toHaveAttribute(name, value ?? "");
  expect((await pixelsOf(picture)).grey).toBeGreaterThan(5_000);
  expect((await pixelsOf(picture)).coloured).toBeGreaterThan(100);
  expect(await accessibilityFaults(page)).toEqual([]);
  const place = dialog.getByText(/^\d+ of 144$/);
  const before = await place.textContent();
  await dialog.getByRole("button", { name: "Next image" }).press("ArrowRight");
  await expect(place).not.toHaveText(before ?? "");
  await dialog.getByRole("combobox", { name: "Boxes" }).selectOption("");
  await expect(picture.locator("rect")).toHaveCount(0);
  await page.keyboard.press("Escape");

  const table = await view(page, shipped, "train.csv");
  await expect(table.locator("figure[data-column=numbers]")).toHaveCount(30);
  await expect(table.locator("figure[data-column=categories]")).toContainText(/benign\d+malignant\d+/);
  await expect(table.getByText("363 rows, 32 columns.")).toBeVisible();
  await expect(
    table.getByRole("img", { name: /^mean_radius: from [\d.]+ to [\d.]+, median [\d.]+$/ }),
  ).toBeVisible();
  await expect(table.getByRole("table").getByRole("row")).toHaveCount(21);
  expect(await accessibilityFaults(page)).toEqual([]);
  await page.keyboard.press("Escape");
  const download = page.waitForEvent("download");
  await page.getByRole("link", { name: "Download train.csv" }).click();
  const file = readFileSync(await (await download).path(), "utf8");
  expect(file.trim().split("\n")).toHaveLength(364);
  expect(errors).toEqual([]);
});

/** A submission that says putamen of a block of voxels in each case. */
async function blocks({ request }: BrowserContext): Promise<Buffer> {
  const sample = await request.get(`/api/v2/external/competitions/${volumes}/sample`);
  const masks = Object.entries(unzipSync(await sample.body())).map(([name, packed]) => {
    const mask = gunzipSync(packed);
    mask.fill(2, voxelsFrom + 6_000, voxelsFrom + 9_000);
    return [name, gzipSync(mask)] as const;
  });
  return Buffer.from(zipSync(Object.fromEntries(masks), { level: 0 }));
}

test("one's own masks beside the truth, the worst case first, and no private case", async ({
  page,
  context,
}) => {
  await signIn(context, ana.api);
  const errors = watchForErrors(page);
  const sent = await ana.api.raw(
    "POST",
    `external/competitions/${volumes}/submissions?filename=blocks.zip`,
    await blocks(context),
    { "content-type": "application/octet-stream" },
  );
  const { id } = submissionView.parse((JSON.parse(sent.text) as { data: unknown }).data);
  expect((await verdictOf(ana.api, id)).state).toBe("SCORED");
  await openConsole(page, `/competitions/${volumes}/submissions/${id}`);
  await page.getByRole("button", { name: "Look at the masks" }).click();
  const drawing = page.locator("[data-slot=volume][data-ready]");
  await expect(drawing).toBeVisible();
  const legend = page.getByRole("list", { name: "Labels" });
  await expect(legend).toContainText(/in both.*missed: in the truth only.*too much: in this mask only/);
  await expect.poll(async () => (await pixelsOf(drawing)).coloured).toBeGreaterThan(500);
  const { cases } = await ana.api.call(submissionCases, "GET", `external/submissions/${id}/cases`);
  const shown = await page
    .getByRole("combobox", { name: "Case, worst first" })
    .locator("option")
    .allTextContents();
  expect(shown).toHaveLength(cases.length);
  const scores = shown.map((text) => Number(text.split(": ")[1]));
  expect(scores).toEqual([...scores].sort((a, b) => a - b));
  await page.getByRole("combobox", { name: "Label", exact: true }).selectOption("putamen");
  await expect(legend).not.toContainText("another label");
  expect(await accessibilityFaults(page)).toEqual([]);
  const publicIds = new Set(cases.map((one) => one.id));
  const hidden = Array.from({ length: 16 }, (_, at) => `test-${String(at + 1).padStart(2, "0")}`).filter(
    (one) => !publicIds.has(one),
  );
  expect(hidden).toHaveLength(10);
  const { status } = await ana.api.raw("GET", `external/competitions/${volumes}/truth/${hidden[0]}`);
  expect(status).toBe(404);
  expect(errors).toEqual([]);
});
