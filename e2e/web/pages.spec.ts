import { expect, type Page, test } from "@playwright/test";
import { sshKeyView } from "@/lib/auth/model";
import type { SessionView } from "@/lib/sessions/model";
import { Api } from "../support/api";
import { firstLoadBytes, signIn, watchForErrors } from "../support/browser";
import { sampleOf, shipped, slanted, spoiled, submitFile, verdictOf } from "../support/competitions";
import { closeDatabase } from "../support/database";
import { endAllSessions, launch, stop } from "../support/lab";
import { expectNoLeaks } from "../support/leaks";
import { faultsOf, open } from "../support/looks";
import { admin, makeKey, newcomer, newHome, newPerson, type Person } from "../support/people";

/** Compressed, over the wire, with an empty cache. */
const scriptBudgetBytes = 200_000;

let full: Person;
let empty: Person;
let boss: Api;
let live: SessionView;
/** Those of `full` to the shipped competition. */
const sent = { scored: "", rejected: "" };

test.beforeAll(async () => {
  await endAllSessions();
  [full, empty, boss] = [await newPerson("full"), await newcomer("empty"), await admin()];
  const ended = await launch(full, { workspaceName: "lung-nodules" });
  await stop(full.api, ended.slug);
  live = await launch(full, { workspaceName: "lung-nodules", ttlMinutes: 120 });
  const sample = await sampleOf(full.api);
  sent.scored = (await submitFile(full.api, slanted(sample, 0.1, 0.9), { filename: "slanted.csv" })).id;
  sent.rejected = (await submitFile(full.api, spoiled(sample, 9), { filename: "spoiled.csv" })).id;
  for (const id of Object.values(sent)) await verdictOf(full.api, id);
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

/** No session's, and so nobody's page. */
const absentPath = "/sessions/aaaaaaaa";

const pagesOf: Record<keyof typeof visitors, () => string[]> = {
  anonymous: () => ["/", "/login", "/signup"],
  "a user with nothing yet": () => [
    "/home",
    "/sessions",
    "/workspaces",
    `/competitions/${shipped}/submissions`,
    "/settings",
    absentPath,
  ],
  "a user with sessions": () => [
    "/home",
    "/sessions",
    `/sessions/${live.slug}`,
    "/workspaces",
    `/workspaces/${live.workspace.id}`,
    "/competitions",
    "/competitions/rankings",
    ...["", "/data", "/rules", "/submit", "/submissions", "/leaderboard"].map(
      (part) => `/competitions/${shipped}${part}`,
    ),
    `/competitions/${shipped}/submissions/${sent.scored}`,
    `/competitions/${shipped}/submissions/${sent.rejected}`,
    "/schedule",
    "/schedule/reserve",
    "/wallet",
    "/settings",
  ],
  "an admin": () => [
    "/home",
    "/admin/users",
    "/admin/sessions",
    "/admin/gpus",
    "/admin/competitions",
    "/admin/competitions/new",
    `/admin/competitions/${shipped}`,
    "/admin/scoring",
    "/admin/audit",
    "/admin/settings",
    `/sessions/${live.slug}`,
  ],
};

/** The one page that does not exist is told so by its status, which the browser notes on the console. */
function isAskedFor404(error: string): boolean {
  return error.includes("status of 404") && error.endsWith(`${absentPath})`);
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
    expect(errors.filter((error) => !isAskedFor404(error))).toEqual([]);
  });
}

test("the first load of any console page needs little JavaScript", async () => {
  const loads = [
    ...pagesOf["a user with sessions"]().map((path) => ({ path, api: full.api })),
    ...pagesOf["an admin"]().map((path) => ({ path, api: boss })),
  ];
  const sizes: [string, number][] = [];
  for (const { path, api } of loads) sizes.push([path, await firstLoadBytes(api, path)]);
  expect(Math.min(...sizes.map(([, bytes]) => bytes)), "measured nothing").toBeGreaterThan(0);
  expect(sizes.filter(([, bytes]) => bytes > scriptBudgetBytes)).toEqual([]);
});

/** Starts to add up how far what is in sight is moved by anything but its user. */
async function watchShifts(page: Page): Promise<() => Promise<number>> {
  await page.evaluate(() => {
    const sum = { shift: 0 };
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) sum.shift += "value" in entry ? Number(entry.value) : 0;
    }).observe({ type: "layout-shift", buffered: true });
    Object.assign(window, { shifts: sum });
  });
  return async () => Number(await page.evaluate("window.shifts.shift"));
}

test("nothing moves while live data arrives", async ({ page, context }) => {
  await signIn(context, full.api);
  await open(page, "/home");
  const onHome = await watchShifts(page);
  const other = await newPerson("other");
  const theirs = await launch(other);
  await expect(page.getByText(other.username).first()).toBeVisible();
  await stop(other.api, theirs.slug);
  await expect(page.getByText(other.username)).toHaveCount(0);
  expect(await onHome(), "on /home").toBeLessThan(0.02);

  await open(page, `/sessions/${live.slug}`);
  const onSession = await watchShifts(page);
  const publicKey = await makeKey(newHome());
  await full.api.call(sshKeyView, "POST", "me/ssh-keys", { name: "second", publicKey });
  await expect(page.getByText("SSH keys updated")).toBeVisible();
  expect(await onSession(), "on the session's page").toBeLessThan(0.02);
});

test("axe finds nothing in the question before a stop", async ({ page, context }) => {
  await signIn(context, full.api);
  await open(page, `/sessions/${live.slug}`);
  await page.getByRole("button", { name: "Stop", exact: true }).click();
  await expect(page.getByRole("alertdialog")).toBeVisible();
  expect(await faultsOf(page, "the question")).toEqual([]);
});
