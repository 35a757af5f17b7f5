import { expect, test } from "@playwright/test";
import type { SessionView } from "@/lib/sessions/model";
import { openConsole, signIn, signInByForm } from "../support/browser";
import { closeDatabase } from "../support/database";
import { endAllSessions, launch, stop } from "../support/lab";
import { expectNoLeaks } from "../support/leaks";
import { forgetAttempts, newcomer, newPerson, type Person } from "../support/people";

let ana: Person;
let bob: Person;
let hers: SessionView;

test.beforeAll(async () => {
  await endAllSessions();
  [ana, bob] = [await newPerson("ana"), await newcomer("bob")];
  hers = await launch(ana, { workspaceName: "before-you" });
});

test.afterAll(async () => {
  await stop(ana.api, hers.slug);
  await expectNoLeaks();
  await closeDatabase();
});

/** In the page: tells of every state of the document that has the text. */
function watchFor(text: string): void {
  const { tellSeen } = window as unknown as { tellSeen: (path: string) => void };
  const look = () => {
    if (document.documentElement?.innerHTML.includes(text)) tellSeen(window.location.pathname);
  };
  look();
  new MutationObserver(look).observe(document, {
    subtree: true,
    childList: true,
    attributes: true,
    characterData: true,
  });
}

test("whoever signs in next in the same page never sees what was there before", async ({ page, context }) => {
  await forgetAttempts();
  await page.goto("/login");
  await signInByForm(page, ana);
  await expect(page.getByText(hers.slug).first()).toBeVisible();
  // The address that people know leads whoever is signed in to their sessions.
  await page.goto("/");
  await expect(page).toHaveURL(/\/home$/);
  await context.addCookies([{ name: "medforge_last_launch", value: "%7B%7D", url: page.url() }]);
  await page.getByRole("link", { name: "Sessions", exact: true }).first().click();
  await expect(page.getByRole("link", { name: hers.slug })).toBeVisible();

  await page.getByRole("button", { name: /Account of/ }).click();
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(/A GPU of this lab/);
  expect((await context.cookies()).map(({ name }) => name)).not.toContain("medforge_last_launch");
  // From here on every state of every document is looked at, not only those that the test waits for.
  const seen: string[] = [];
  await page.exposeFunction("tellSeen", (path: string) => seen.push(path));
  await page.addInitScript(watchFor, hers.slug);
  await page.evaluate(watchFor, hers.slug);

  await page.getByRole("link", { name: "Sign in" }).first().click();
  await signInByForm(page, bob);
  await expect(page.getByText("None is running")).toBeVisible();
  // Back over the sign-in and the landing page to where ana was.
  await page.evaluate("window.history.go(-3)");
  await expect(page.getByText("No session yet")).toBeVisible();
  await page.goBack();
  await expect(page.getByText("None is running")).toBeVisible();
  expect(seen).toEqual([]);
  // Whether it would have been told.
  await page.evaluate((slug) => document.body.append(slug), hers.slug);
  await expect.poll(() => seen).toEqual(["/home"]);
});

test("a tab that shows somebody else loads anew", async ({ page, context }) => {
  await signIn(context, ana.api);
  await openConsole(page, "/home");
  await expect(page.getByText(hers.slug).first()).toBeVisible();
  await signIn(context, bob.api);
  const other = await context.newPage();
  await openConsole(other, "/home");
  await expect(page.getByRole("button", { name: `Account of ${bob.username}` })).toBeVisible();
  await expect(page.getByText(hers.slug)).toHaveCount(0);
});

test("who could not be signed out is told so", async ({ page, context }) => {
  await signIn(context, bob.api);
  await openConsole(page, "/home");
  await page.getByRole("button", { name: /Account of/ }).click();
  await context.setOffline(true);
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page.getByText("You are still signed in")).toBeVisible();
});
