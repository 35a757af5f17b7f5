import { expect, type Page, test } from "@playwright/test";
import type { SessionView } from "@/lib/sessions/model";
import { anHour } from "../support/an-hour";
import { signIn, watchForErrors } from "../support/browser";
import { change, closeDatabase, rows } from "../support/database";
import { testEnv } from "../support/env";
import { eventually } from "../support/eventually";
import { endAllSessions, launch, stepMs, stop } from "../support/lab";
import { expectNoLeaks } from "../support/leaks";
import { faultsOf, open } from "../support/looks";
import { tellNotice } from "../support/notices";
import { newPerson, type Person } from "../support/people";

const plotCount = 8;

let ana: Person;
let live: SessionView;
/** Ended, so that no sample of the present joins those of its hour. */
let past: SessionView;

test.beforeAll(async () => {
  await endAllSessions();
  ana = await newPerson("ana");
  past = await launch(ana, { workspaceName: "an-hour" });
  await stop(ana.api, past.slug);
  await anHour(past.slug);
  live = await launch(ana, { workspaceName: "lung-nodules", ttlMinutes: 240 });
});

test.afterAll(async () => {
  await endAllSessions();
  await expectNoLeaks();
  await closeDatabase();
});

const plots = (page: Page) => page.locator("[data-slot=plot]");

/** How many pixels of each plot's canvas have the accent's colour as it is now, i.e. are a line and no grid. */
function linePixels(page: Page): Promise<number[]> {
  return page.evaluate(() => {
    const probe = document.createElement("canvas").getContext("2d");
    if (!probe) throw new Error("no canvas");
    probe.fillStyle = getComputedStyle(document.documentElement).getPropertyValue("--primary");
    probe.fillRect(0, 0, 1, 1);
    const [red = 0, green = 0, blue = 0] = probe.getImageData(0, 0, 1, 1).data;
    return [...document.querySelectorAll("[data-slot=plot] canvas")].map((canvas) => {
      if (!(canvas instanceof HTMLCanvasElement)) return 0;
      const image = canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
      let count = 0;
      for (let at = 0; at < image.length; at += 4) {
        const near = (value: number | undefined, wanted: number) => Math.abs((value ?? 0) - wanted) < 24;
        if (
          near(image[at], red) &&
          near(image[at + 1], green) &&
          near(image[at + 2], blue) &&
          (image[at + 3] ?? 0) > 200
        )
          count++;
      }
      return count;
    });
  });
}

async function everyPlotHasALine(page: Page): Promise<void> {
  await expect(plots(page)).toHaveCount(plotCount);
  await expect
    .poll(async () => (await linePixels(page)).filter((count) => count > 20).length)
    .toBe(plotCount);
}

test("plots appear by themselves within ten seconds of the start, and nothing moves", async ({
  page,
  context,
}) => {
  await signIn(context, ana.api);
  const errors = watchForErrors(page);
  const fresh = await launch(ana, { workspaceName: "fresh" });
  await page.addInitScript(() => {
    const shifts: number[] = [];
    Object.assign(window, { shifts });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) shifts.push("value" in entry ? Number(entry.value) : 0);
    }).observe({ type: "layout-shift", buffered: true });
  });
  await open(page, `/sessions/${fresh.slug}`);
  await expect(page.locator("[data-plot=memory]").getByRole("img")).toHaveAttribute(
    "aria-label",
    /^Memory: now /,
    {
      timeout: 30_000,
    },
  );
  const shift = await page.evaluate(() => {
    const { shifts } = window as unknown as { shifts: number[] };
    return shifts.reduce((sum, value) => sum + value, 0);
  });
  expect(shift).toBeLessThan(0.02);
  expect(errors).toEqual([]);
  // There are two GPUs: the next test wants this one.
  await stop(ana.api, fresh.slug);
});

test("an hour of a session: lines in both schemes and at every width, accessible, facts in words", async ({
  page,
  context,
}) => {
  await signIn(context, ana.api);
  const errors = watchForErrors(page);
  await open(page, `/sessions/${past.slug}`);
  const drawn = async () => {
    await everyPlotHasALine(page);
    return [];
  };
  expect(await faultsOf(page, "an hour", { more: drawn })).toEqual([]);
  await expect(page.locator("[data-plot=gpu-load]")).toContainText(/Idle for 2\d min/);
  await expect(page.locator("[data-plot=gpu-load]")).toContainText("simulated");
  await expect(page.locator("[data-plot=network]").getByRole("img")).toHaveAttribute(
    "aria-label",
    /Network in: .* Network out: /,
  );
  expect(errors).toEqual([]);
});

test("a part of the page's code that did not come is asked for again by itself", async ({ browser }) => {
  const url = `/sessions/${past.slug}`;
  const visit = async (prepare: (page: Page) => Promise<void> | void) => {
    const context = await browser.newContext();
    await signIn(context, ana.api);
    const page = await context.newPage();
    await prepare(page);
    await page.goto(url);
    await everyPlotHasALine(page);
    await context.close();
  };
  let html = Promise.resolve("");
  const scripts = new Set<string>();
  await visit((page) => {
    page.on("response", (answer) => {
      if (answer.request().isNavigationRequest()) html = answer.text();
      if (answer.request().resourceType() === "script") scripts.add(new URL(answer.url()).pathname);
    });
  });
  const document = await html;
  const late = [...scripts].filter((path) => !document.includes(path));
  expect(late).not.toEqual([]);
  let asked = 0;
  await visit(async (page) => {
    await page.route(
      ({ pathname }) => late.includes(pathname),
      (route) => (asked++ === 0 ? route.abort() : route.continue()),
    );
  });
  expect(asked).toBeGreaterThan(1);
});

test("one crosshair for all plots", async ({ page, context }) => {
  await signIn(context, ana.api);
  await open(page, `/sessions/${past.slug}`);
  await everyPlotHasALine(page);
  const heads = plots(page).locator("figcaption");
  await expect(heads.filter({ hasText: / at \d\d:\d\d:\d\d/ })).toHaveCount(0);
  await page.locator("[data-plot=cpu] .u-over").hover();
  await expect(heads.filter({ hasText: / at \d\d:\d\d:\d\d/ })).toHaveCount(plotCount);
  const times = await heads.evaluateAll((all) =>
    all.map((head) => / at (\d\d:\d\d:\d\d)/.exec(head.textContent ?? "")?.[1]),
  );
  expect(new Set(times).size).toBe(1);
});

test("the log shows what was said to the session's SSH server, as text", async ({ page, context }) => {
  const hostile = "<img src=x onerror=alert(1)> Accepted publickey for mf";
  await eventually("a log", stepMs, async () =>
    (
      await rows("SELECT 1 FROM session_logs l JOIN sessions s ON s.id = l.session_id WHERE s.slug = ?", [
        live.slug,
      ])
    ).length > 0
      ? true
      : undefined,
  );
  await change(
    "UPDATE session_logs l JOIN sessions s ON s.id = l.session_id SET l.text = ? WHERE s.slug = ?",
    [hostile, live.slug],
  );
  await signIn(context, ana.api);
  const errors = watchForErrors(page);
  await open(page, `/sessions/${live.slug}`);
  await expect(page.getByRole("region", { name: "Log", exact: true })).toHaveText(hostile);
  expect(errors).toEqual([]);
});

test("a notice rings the bell on the open page, is read out, and once read is read everywhere", async ({
  page,
  context,
  browser,
}) => {
  await signIn(context, ana.api);
  await open(page, "/home");
  const bell = page.getByRole("button", { name: /^Notices/ });
  await bell.click();
  const panel = page.locator("#notices");
  await expect(panel).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(panel).toBeHidden();

  const unread = await page.locator("[data-slot=unread-count]").count();
  expect(unread).toBe(0);
  const ending = await launch(ana, { workspaceName: "brief", ttlMinutes: 60 });
  await change("UPDATE sessions SET stops_at = UTC_TIMESTAMP(3) WHERE slug = ?", [ending.slug]);
  await expect(page.getByRole("button", { name: "Notices, 1 unread" })).toBeVisible({ timeout: 30_000 });
  await expect(page.locator("[data-slot=notice-announcer]")).toHaveText(
    `Session ${ending.slug} reached its time limit`,
  );

  await page.getByRole("heading", { level: 1 }).click();
  await page.keyboard.press("n");
  await expect(
    panel.getByRole("link", { name: new RegExp(`Unread: Session ${ending.slug} reached`) }),
  ).toBeVisible();
  const onScreen = async (width: number) => {
    const box = await panel.boundingBox();
    return box && box.x >= 0 && box.x + box.width <= width ? [] : ["the panel leaves the screen"];
  };
  expect(await faultsOf(page, "notices", { more: onScreen })).toEqual([]);

  const elsewhere = await browser.newContext();
  await signIn(elsewhere, ana.api);
  const other = await elsewhere.newPage();
  await open(other, "/home");
  await expect(other.getByRole("button", { name: "Notices, 1 unread" })).toBeVisible();

  await page.keyboard.press("Tab");
  await expect(page.getByRole("button", { name: "Mark all read" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("button", { name: "Notices", exact: true })).toBeVisible();
  await expect(other.getByRole("button", { name: "Notices", exact: true })).toBeVisible();
  await elsewhere.close();

  // Its own key closes it, and opens it again.
  await page.keyboard.press("n");
  await expect(panel).toBeHidden();
  await page.keyboard.press("n");
  await panel.getByRole("link", { name: new RegExp(`Session ${ending.slug} reached`) }).click();
  await expect(page).toHaveURL(new RegExp(`/sessions/${ending.slug}$`));
  await expect(panel).toBeHidden();
});

test("a notice of something internal leads to the internal address", async ({ page, context }) => {
  await tellNotice(ana, { kind: "session_time_limit", slug: "aaaaaaaa", exposure: "internal" });
  await signIn(context, ana.api);
  await open(page, "/home");
  await page.keyboard.press("n");
  await expect(page.getByRole("link", { name: /Session aaaaaaaa reached/ })).toHaveAttribute(
    "href",
    `${testEnv().MEDFORGE_TEST_INTERNAL_URL}/sessions/aaaaaaaa`,
  );
});
