import { expect, type Page, test } from "@playwright/test";
import type { SessionView } from "@/lib/sessions/model";
import { Api } from "../support/api";
import { accessibilityFaults, countScriptBytes, signIn, watchForErrors } from "../support/browser";
import { closeDatabase } from "../support/database";
import { endAllSessions, launch, stop } from "../support/lab";
import { expectNoLeaks } from "../support/leaks";
import { admin, newcomer, newPerson, type Person } from "../support/people";

const widths = [1440, 1024, 390];
const schemes = ["light", "dark"] as const;
/** Compressed, over the wire, with an empty cache. */
const scriptBudgetBytes = 200_000;

let full: Person;
let empty: Person;
let boss: Api;
let live: SessionView;

test.beforeAll(async () => {
  await endAllSessions();
  [full, empty, boss] = [await newPerson("full"), await newcomer("empty"), await admin()];
  const ended = await launch(full, { workspaceName: "lung-nodules" });
  await stop(full.api, ended.slug);
  live = await launch(full, { workspaceName: "lung-nodules", ttlMinutes: 120 });
});

test.afterAll(async () => {
  await stop(full.api, live.slug);
  await expectNoLeaks();
  await closeDatabase();
});

const visitors = {
  anonymous: () => new Api(),
  "a user with nothing yet": () => empty.api,
  "a user with sessions": () => full.api,
  "an admin": () => boss,
};

const pagesOf: Record<keyof typeof visitors, () => string[]> = {
  anonymous: () => ["/", "/login", "/signup"],
  "a user with nothing yet": () => ["/home", "/sessions", "/workspaces", "/settings", "/sessions/aaaaaaaa"],
  "a user with sessions": () => [
    "/home",
    "/sessions",
    `/sessions/${live.slug}`,
    "/workspaces",
    `/workspaces/${live.workspace.id}`,
    "/settings",
  ],
  "an admin": () => [
    "/home",
    "/admin/users",
    "/admin/sessions",
    "/admin/gpus",
    "/admin/audit",
    "/admin/settings",
    `/sessions/${live.slug}`,
  ],
};

/** Loads a page as a person would see it after it settled: hydrated, live connection open. */
async function open(page: Page, path: string): Promise<void> {
  await page.goto(path, { waitUntil: "load" });
  await page.waitForFunction("document.fonts.status === 'loaded'");
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
}

/** Faults of the open page at every width in both schemes. */
async function faultsOf(page: Page, path: string): Promise<string[]> {
  const faults: string[] = [];
  for (const colorScheme of schemes) {
    await page.emulateMedia({ colorScheme });
    for (const width of widths) {
      await page.setViewportSize({ width, height: 900 });
      const at = `${path} at ${width} px, ${colorScheme}`;
      faults.push(...(await accessibilityFaults(page)).map((fault) => `${at}: ${fault}`));
      const overflow = await page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth",
      );
      if (Number(overflow) > 0) faults.push(`${at}: the page scrolls sideways by ${overflow} px`);
    }
  }
  return faults;
}

for (const who of Object.keys(visitors) as (keyof typeof visitors)[]) {
  test(`${who}: every page, width and scheme is accessible and without errors`, async ({ page, context }) => {
    await signIn(context, visitors[who]());
    const errors = watchForErrors(page);
    const faults: string[] = [];
    for (const path of pagesOf[who]()) {
      await open(page, path);
      faults.push(...(await faultsOf(page, path)));
    }
    expect(faults).toEqual([]);
    // A page that does not exist is told so by its status, which the browser notes on the console.
    expect(errors.filter((error) => !/status of 404/.test(error))).toEqual([]);
  });
}

test("the first load of any console page needs little JavaScript", async ({ browser }) => {
  const sizes: Record<string, number> = {};
  for (const path of pagesOf["a user with sessions"]()) {
    const context = await browser.newContext();
    await signIn(context, full.api);
    const page = await context.newPage();
    const bytes = await countScriptBytes(page);
    await open(page, path);
    sizes[path] = bytes();
    await context.close();
  }
  expect(Math.min(...Object.values(sizes)), "measured nothing").toBeGreaterThan(0);
  expect(Object.entries(sizes).filter(([, bytes]) => bytes > scriptBudgetBytes)).toEqual([]);
});

test("nothing moves while live data arrives", async ({ page, context }) => {
  await signIn(context, full.api);
  await open(page, "/home");
  const shift = await page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        let sum = 0;
        new PerformanceObserver((list) => {
          for (const entry of list.getEntries()) sum += "value" in entry ? Number(entry.value) : 0;
        }).observe({ type: "layout-shift", buffered: true });
        // Two rounds of what the page fetches by itself.
        requestIdleCallback(() => requestIdleCallback(() => resolve(sum)));
      }),
  );
  expect(shift).toBeLessThan(0.02);
});
