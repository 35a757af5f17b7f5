import { readFileSync } from "node:fs";
import { expect, test } from "@playwright/test";
import { z } from "zod";
import { walletView } from "@/lib/wallet/model";
import { signIn, signInByForm, watchForErrors } from "../support/browser";
import { closeDatabase } from "../support/database";
import { eventually } from "../support/eventually";
import { stepMs } from "../support/lab";
import { faultsOf } from "../support/looks";
import { admin, freshName, login } from "../support/people";

test.afterAll(closeDatabase);

test("an admin adds a person, who signs in with what was handed over, and takes the records away", async ({
  page,
  context,
  browser,
}) => {
  await signIn(context, await admin());
  const errors = watchForErrors(page);
  const username = freshName("new");
  await page.goto("/admin");
  await expect(page).toHaveURL(/\/admin\/sessions$/);
  await page.goto("/admin/users");
  const dialog = page.getByRole("dialog");
  // What a change of everybody's budgets would do is said first. It is not done: others' tests have budgets of theirs.
  await page.getByRole("button", { name: "Everybody’s budgets" }).click();
  await dialog.getByLabel("Credits a week, more or less").fill("0");
  await dialog.getByRole("button", { name: "See what it does" }).click();
  await expect(dialog.getByText("More or less than 0.")).toBeVisible();
  await dialog.getByLabel("Credits a week, more or less").fill("-1000");
  await dialog.getByRole("button", { name: "See what it does" }).click();
  await expect(dialog).toContainText(/gets? 1000 credits less a week.*Nobody falls below 0: .*admin/);
  expect(await faultsOf(page, "/admin/users")).toEqual([]);
  await page.setViewportSize({ width: 1440, height: 900 });
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await page.getByRole("button", { name: "Add a person" }).click();
  await dialog.getByLabel("User name").fill("x");
  await dialog.getByRole("button", { name: "Add", exact: true }).click();
  await expect(dialog.getByText("At least 3 characters.")).toBeVisible();
  await dialog.getByLabel("User name").fill(username);
  await dialog.getByLabel("Email").fill(`${username}@example.org`);
  await dialog.getByLabel("Credits a week").fill("12.5");
  expect(await faultsOf(page, "/admin/users")).toEqual([]);
  await page.setViewportSize({ width: 1440, height: 900 });
  await dialog.getByRole("button", { name: "Add", exact: true }).click();

  await expect(dialog.getByText(`${username} can sign in`)).toBeVisible();
  const handed = (await dialog.locator("code").textContent()) ?? "";
  const [, password = ""] = /Password: (\S+)$/.exec(handed) ?? [];
  expect(handed).toContain(`User name: ${username}\n`);
  // Nothing but the button that says so loses the password.
  await page.keyboard.press("Escape");
  await expect(dialog).toBeVisible();
  expect(await faultsOf(page, "/admin/users")).toEqual([]);
  await page.setViewportSize({ width: 1440, height: 900 });
  await dialog.getByRole("button", { name: "I have handed it over" }).click();
  await expect(dialog).toBeHidden();
  await page.getByLabel("Find by name or email").fill(username);
  await expect(page.getByRole("row").filter({ hasText: username })).toContainText("12.5");

  // The next one begins with empty fields and another password, and a name that is taken is said to be.
  await page.getByRole("button", { name: "Add a person" }).click();
  await expect(dialog.getByLabel("User name")).toHaveValue("");
  await expect(dialog.getByLabel("Password")).not.toHaveValue(password);
  await dialog.getByLabel("User name").fill(username);
  await dialog.getByLabel("Email").fill(`other-${username}@example.org`);
  await dialog.getByRole("button", { name: "Add", exact: true }).click();
  await expect(dialog.getByText("That user name is taken.")).toBeVisible();
  await dialog.getByRole("button", { name: "Cancel" }).click();

  const theirs = await browser.newContext();
  const other = await theirs.newPage();
  await other.goto("/login");
  await signInByForm(other, { username, password });
  await theirs.close();

  const api = await login(username, password);
  const credits = async () =>
    (await api.call(walletView, "GET", "wallet")).balances.find(({ currency }) => currency === "CREDIT")
      ?.posted;
  await eventually("the first budget is there", stepMs, async () =>
    (await credits()) === "12.5" ? true : undefined,
  );
  await page.getByRole("button", { name: `Change limits of ${username}` }).click();
  await dialog.getByLabel("Set their credits to").fill("20.25");
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(dialog).toBeHidden();
  expect(await credits()).toBe("20.25");

  await page.goto("/admin/settings");
  const download = page.waitForEvent("download");
  await page.getByRole("link", { name: "Export everything" }).click();
  const file = readFileSync(await (await download).path(), "utf8");
  const people = z.array(z.looseObject({ username: z.string(), weeklyBudget: z.string().nullable() }));
  const { tables } = z.looseObject({ tables: z.looseObject({ users: people }) }).parse(JSON.parse(file));
  expect(tables.users).toContainEqual(expect.objectContaining({ username, weeklyBudget: "12.5" }));
  expect(file).not.toContain("$argon2");
  expect(errors).toEqual([]);
});
