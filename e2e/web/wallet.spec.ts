import { expect, test } from "@playwright/test";
import { z } from "zod";
import { overviewView } from "@/lib/schedule/model";
import { auctionAll, endAuction, newBidder } from "../support/auction";
import { firstLoadBytes, openConsole, signIn, watchForErrors } from "../support/browser";
import { closeDatabase } from "../support/database";
import { faultsOf } from "../support/looks";
import { admin } from "../support/people";

test.afterAll(async () => {
  await endAuction();
  await closeDatabase();
});

/** Compressed, over the wire, with an empty cache. */
const scriptBudgetBytes = 200_000;

test("a wallet says what is there, how it came to that, as narrow as one likes, and as a file", async ({
  page,
  context,
}) => {
  const boss = await admin();
  const [first] = await auctionAll(boss);
  const eve = await newBidder(boss, "eve", "12.5");
  await signIn(context, eve.api);
  const errors = watchForErrors(page);
  await openConsole(page, "/wallet");
  await expect(page.getByRole("region", { name: "credits" })).toContainText("12.5");
  const statement = page.getByRole("table", { name: "Statement" });
  const lines = statement.getByRole("row");
  await expect(lines).toHaveCount(3);
  await expect(lines.nth(1)).toContainText(/Set by an administrator.*−87\.5.*12\.5/);
  await expect(lines.nth(2)).toContainText(/Weekly budget.*\+100.*100/);

  // Live: the page hears of what comes.
  await boss.call(z.unknown(), "PATCH", `admin/users/${eve.id}`, { balance: "15" });
  await expect(lines).toHaveCount(4);
  await expect(lines.nth(1)).toContainText("+2.5");
  await page.getByLabel("What for").selectOption({ label: "Weekly budget" });
  await expect(lines).toHaveCount(2);

  const href = await page.getByRole("link", { name: "Export CSV" }).getAttribute("href");
  const file = await eve.api.send("GET", href ?? "");
  expect(file.status).toBe(200);
  expect(file.text.trim().split("\n")).toHaveLength(2);
  await page.getByLabel("What for").selectOption({ label: "Taken hour" });
  await expect(page.getByText("Nothing fits")).toBeVisible();
  await page.getByLabel("What for").selectOption({ label: "Everything" });
  await expect(page.getByText("Nothing spent in these weeks")).toBeVisible();
  const { weeks } = await eve.api.call(overviewView, "GET", "schedule/overview");
  const end = Date.parse(weeks.find(({ status }) => status === "executing")?.endsAt ?? "");
  // The week's last hour, of which no other test wants anything.
  const slot = new Date(end - 3_600_000).toISOString();
  await eve.api.call(z.unknown(), "POST", "schedule/slots/take", { gpuId: first, slot });
  await expect(page.locator("[data-plot=spending] canvas")).toBeVisible();
  expect(await faultsOf(page, "/wallet")).toEqual([]);
  expect(errors).toEqual([]);

  for (const [path, api] of [
    ["/wallet", eve.api],
    ["/schedule", eve.api],
    ["/admin/weeks", boss],
  ] as const) {
    expect(await firstLoadBytes(api, path), path).toBeLessThan(scriptBudgetBytes);
  }
});
