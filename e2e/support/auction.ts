import type { Locator, Page } from "@playwright/test";
import { z } from "zod";
import { type GridView, gridView, overviewView } from "@/lib/schedule/model";
import type { Api } from "./api";
import { change } from "./database";
import { eventually } from "./eventually";
import { gpus, stepMs } from "./lab";
import { newcomer, type Person } from "./people";

/**
 * Has all GPUs auctioned, whatever hours of them an earlier test sold, of which an administrator would be told first.
 * @returns their public ids, by device
 */
export async function auctionAll(boss: Api): Promise<string[]> {
  await change("UPDATE gpus SET mode = 'auction' WHERE present");
  const present = (await gpus(boss)).filter((gpu) => gpu.present).sort((a, b) => a.index - b.index);
  return present.map(({ id }) => id);
}

/** Gives all GPUs to whoever launches first again; bids and books stay as they are. */
export async function endAuction(): Promise<void> {
  await change("UPDATE gpus SET mode = 'on-demand'");
}

/** Somebody with so many credits. */
export async function newBidder(boss: Api, stem: string, balance: string): Promise<Person> {
  const person = await newcomer(stem);
  // The round that gives newcomers their first budget must not come after the balance is set.
  await eventually(`${person.username} has their first budget`, stepMs, async () => {
    const wallet = z.object({ balances: z.array(z.object({ currency: z.string(), posted: z.string() })) });
    const { balances } = await person.api.call(wallet, "GET", "wallet");
    return balances.some(({ currency, posted }) => currency === "CREDIT" && posted !== "0")
      ? true
      : undefined;
  });
  await boss.call(z.unknown(), "PATCH", `admin/users/${person.id}`, { balance });
  return person;
}

/** The key of the week that is bid on. */
export async function openWeek(api: Api): Promise<string> {
  return eventually("a week is bid on", stepMs, async () => {
    const { weeks } = await api.call(overviewView, "GET", "schedule/overview");
    return weeks.find(({ status }) => status === "open")?.week;
  });
}

export function weekOf(api: Api, week: string): Promise<GridView> {
  return api.call(gridView, "GET", `schedule/weeks/${week}`);
}

/** A cell of the week's grid: hour of the week, and the GPU's place. */
export function cell(page: Page, gpuCount: number, hour: number, gpu = 0): Locator {
  return page.locator(`[role=gridcell][data-slot-index="${hour * gpuCount + gpu}"]`);
}

/** Draws with the mouse from one cell to another. */
export async function drawOver(page: Page, from: Locator, to: Locator): Promise<void> {
  await from.hover();
  await page.mouse.down();
  await to.hover();
  await page.mouse.up();
}

/** Says what is selected, and what can be done with it. */
export const selectionBar = (page: Page): Locator => page.getByRole("region", { name: "Selection" });

export const pressInBar = (page: Page, name: string | RegExp): Promise<void> =>
  selectionBar(page).getByRole("button", { name }).click();
