import { expect, type Page, test } from "@playwright/test";
import { type WorkspaceView, workspaceView } from "@/lib/workspaces/model";
import { Api } from "../support/api";
import { signIn, signInByForm, watchForErrors } from "../support/browser";
import { closeDatabase } from "../support/database";
import { testEnv } from "../support/env";
import { faultsOf, open } from "../support/looks";
import { admin, freshName, grantInternal, login, newcomer, type Person } from "../support/people";

let ana: Person;
let inside: Api;
let scans: WorkspaceView;
let notes: WorkspaceView;

test.beforeAll(async () => {
  ana = await newcomer("ana");
  await grantInternal(ana);
  inside = await login(ana.username, ana.password, "internal");
  scans = await inside.call(workspaceView, "POST", "internal/workspaces", { name: freshName("scans") });
  notes = await ana.api.call(workspaceView, "POST", "external/workspaces", { name: freshName("notes") });
});

test.afterAll(closeDatabase);

const at = (path: string) => `${testEnv().MEDFORGE_TEST_INTERNAL_URL}${path}`;

/** The colour over the top of the whole page, where there is one. */
function stripeOf(page: Page): Promise<string> {
  return page.evaluate(() => {
    const { content, position, backgroundColor } = getComputedStyle(document.body, "::before");
    return content === "none" ? "none" : `${position} ${backgroundColor}`;
  });
}

test("every internal page says so in title, word and colour, and its colours can be read", async ({
  page,
  context,
}) => {
  const errors = watchForErrors(page);
  const faults: string[] = [];
  const look = async (path: string) => {
    await open(page, at(path));
    expect(await page.title(), path).toMatch(/^INTERNAL · /);
    await expect(page.getByText("INTERNAL", { exact: true }).first()).toBeVisible();
    expect(await stripeOf(page), path).toMatch(/^fixed (ok)?l(ch|ab)/);
    faults.push(...(await faultsOf(page, at(path), { coloursOnly: true })));
  };
  for (const path of ["/", "/login", "/signup", "/nothing-here"]) await look(path);
  await signIn(context, inside);
  const pages = [
    "/home",
    "/sessions",
    "/workspaces",
    `/workspaces/${scans.id}`,
    "/settings",
    "/sessions/aaaaaaaa",
  ];
  for (const path of pages) await look(path);
  expect(faults).toEqual([]);
  expect(errors.filter((error) => !/status of 404/.test(error))).toEqual([]);
});

test("no external page can be taken for an internal one", async ({ page, context }) => {
  await page.goto("/login");
  expect(await page.title()).not.toContain("INTERNAL");
  await signIn(context, ana.api);
  for (const path of ["/home", "/workspaces", "/settings"]) {
    await open(page, path);
    expect(await page.title(), path).not.toContain("INTERNAL");
    await expect(page.getByText("EXTERNAL", { exact: true })).toBeVisible();
    expect(await stripeOf(page), path).toBe("none");
  }
});

test("either surface shows its own things; the other's are pages that do not exist", async ({
  page,
  context,
}) => {
  await signIn(context, ana.api);
  await signIn(context, inside);
  for (const [own, other, address] of [
    [scans, notes, (path: string) => at(path)],
    [notes, scans, (path: string) => path],
  ] as const) {
    await open(page, address("/workspaces"));
    await expect(page.getByRole("link", { name: own.name })).toBeVisible();
    expect(await page.content()).not.toContain(other.id);
    expect((await page.goto(address(`/workspaces/${own.id}`)))?.status()).toBe(200);
    expect((await page.goto(address(`/workspaces/${other.id}`)))?.status()).toBe(404);
    expect(await page.content()).not.toContain(other.name);
  }
});

test("pages ask their own surface for what they show, and act on it", async ({ page, context }) => {
  await signIn(context, inside);
  const asked: string[] = [];
  page.on("request", (request) => asked.push(new URL(request.url()).pathname));
  await open(page, at("/workspaces"));
  const name = freshName("made-inside");
  await page
    .getByRole("button", { name: /workspace/i })
    .first()
    .click();
  await page.getByRole("dialog").getByLabel("Name").fill(name);
  await page
    .getByRole("dialog")
    .getByRole("button", { name: /^(Create|Make)/ })
    .click();
  await expect(page.getByText(name).first()).toBeVisible();
  expect(asked.filter((path) => path.startsWith("/api/v2/internal/workspaces"))).not.toEqual([]);
  expect(asked.filter((path) => path.startsWith("/api/v2/external/"))).toEqual([]);
  expect((await ana.api.send("GET", "external/workspaces")).text).not.toContain(name);
  expect((await inside.send("GET", "internal/workspaces")).text).toContain(name);
});

test("signing in by the form stays on its surface", async ({ page }) => {
  const errors = watchForErrors(page);
  await page.goto(at("/login"));
  await signInByForm(page, ana);
  const offered = page.getByLabel("Workspace", { exact: true }).locator("option");
  await expect(offered.filter({ hasText: scans.name })).toHaveCount(1);
  await expect(offered.filter({ hasText: notes.name })).toHaveCount(0);
  expect(errors).toEqual([]);
});

test("the account menu leads to the other surface, which wants a login of its own", async ({
  page,
  context,
}) => {
  await signIn(context, ana.api);
  await open(page, "/home");
  await page.getByRole("button", { name: /Account of/ }).click();
  await page.getByRole("link", { name: "To the internal side" }).click();
  await expect(page).toHaveURL(at("/"));
  await page.goto(at("/home"));
  await expect(page).toHaveURL(/internal\.localhost.*\/login/);
});

test("who has no grant reads what this is and whom to ask; it opens by itself once an administrator allows it", async ({
  page,
  context,
  browser,
}) => {
  const eve = await newcomer("eve");
  await signIn(context, await login(eve.username, eve.password, "internal"));
  for (const path of ["/home", "/sessions", "/workspaces"]) {
    await open(page, at(path));
    await expect(page.getByText("An administrator decides who may use it")).toBeVisible();
    await expect(page.getByRole("button", { name: "Launch", exact: true })).toBeHidden();
  }
  await open(page, at("/home"));
  expect(await faultsOf(page, "no grant")).toEqual([]);

  const boss = await browser.newContext({ ignoreHTTPSErrors: true });
  await signIn(boss, await admin());
  const users = await boss.newPage();
  await open(users, "/admin/users");
  await users.getByLabel("Find by name or email").fill(eve.username);
  const its = { name: `${eve.username} may use the internal side` };
  await users.getByRole("switch", its).click();
  await users.getByRole("alertdialog").getByRole("button", { name: "Give access" }).click();
  await expect(users.getByRole("switch", its)).toBeChecked();
  await boss.close();

  await expect(page.getByRole("button", { name: "Launch", exact: true })).toBeVisible();
  await expect(page.getByText("An administrator decides who may use it")).toBeHidden();
});

test("who lost the grant still sees what is theirs, and that nothing more begins", async ({
  page,
  context,
}) => {
  const dora = await newcomer("dora");
  await grantInternal(dora);
  const api = await login(dora.username, dora.password, "internal");
  const { id, name } = await api.call(workspaceView, "POST", "internal/workspaces", {
    name: freshName("kept"),
  });
  await signIn(context, api);
  await open(page, at("/workspaces"));
  await grantInternal(dora, false);
  await expect(page.getByText("You may no longer begin anything on the internal side")).toBeVisible();
  await expect(page.getByRole("link", { name })).toBeVisible();
  await expect(page.getByRole("button", { name: "New workspace" })).toBeDisabled();
  expect((await page.goto(at(`/workspaces/${id}`)))?.status()).toBe(200);
  await expect(page.getByRole("button", { name: "Take a snapshot" })).toBeDisabled();
  await expect(page.getByRole("link", { name: "Launch on it" })).toBeHidden();
  expect(await faultsOf(page, "withdrawn")).toEqual([]);
});

test("the administrator's pages are on both surfaces", async ({ page, context }) => {
  await signIn(context, await admin("internal"));
  for (const path of ["/admin/users", "/admin/sessions", "/admin/gpus"]) {
    await open(page, at(path));
    expect(await page.title(), path).toMatch(/^INTERNAL · /);
    expect(await faultsOf(page, at(path), { coloursOnly: true })).toEqual([]);
  }
  expect((await new Api().send("GET", "admin/users")).status).toBe(401);
});
