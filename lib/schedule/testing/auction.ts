import { asc, eq } from "drizzle-orm";
import type { Db } from "@/db/client";
import { bids, gpus, slots, transfers, users, weeks } from "@/db/schema";
import { required } from "@/lib/kernel/assert";
import { micros, textOf } from "@/lib/kernel/money";
import { seedLab, seedUser, type TestLab, testZone } from "@/lib/sessions/testing";
import type { SystemKind } from "@/lib/wallet/model";
import { balanceOf } from "@/lib/wallet/queries";
import { accountId } from "@/lib/wallet/rules";
import { give } from "@/lib/wallet/testing/holders";
import { verifyLedger } from "@/lib/wallet/verify/verify";
import type { CommandContext } from "@/lib/workspaces/commands";
import { creditsOf } from "../credits";
import type { SlotInput } from "../model";
import { bidHolds } from "../queries/living-bids";
import { slotAt } from "../rules";
import { settleWeeks } from "../zone";

export interface Auction {
  readonly db: Db;
  readonly lab: TestLab;
  /** Public ids, by device. */
  readonly gpus: readonly string[];
  /** The open week. */
  readonly week: typeof weeks.$inferSelect;
  /** Slot `hour` of the open week. */
  slot(gpu: number, hour: number): SlotInput;
}

/** A lab whose GPUs are all auctioned, with the week that runs and the one that is bid on. */
export async function seedAuction(db: Db, gpuCount: number): Promise<Auction> {
  const lab = await seedLab(db, { gpus: gpuCount });
  await db.update(gpus).set({ mode: "auction" });
  await settleWeeks(db, testZone);
  const rows = await db.select({ id: gpus.publicId }).from(gpus).orderBy(asc(gpus.deviceIndex));
  const ids = rows.map(({ id }) => id);
  const week = await openWeekOf(db);
  return {
    db,
    lab,
    gpus: ids,
    week,
    slot: (gpu, hour) => ({
      gpuId: required(ids[gpu], `GPU ${gpu}`),
      slot: slotAt({ start: week.startsAt }, hour).toISOString(),
    }),
  };
}

export async function openWeekOf(db: Db): Promise<typeof weeks.$inferSelect> {
  const [week] = await db.select().from(weeks).where(eq(weeks.status, "open"));
  return required(week, "the open week");
}

/** Somebody with so many credits. */
export async function seedBidder(db: Db, credits: string): Promise<CommandContext> {
  const person = await seedUser(db, { key: false });
  await give(db, person.actor.userId, credits);
  return person;
}

/** As if so many weeks had gone by in which no worker ran. The zone that tests count in never changes its clocks. */
export async function goOnWeeks(db: Db, count: number): Promise<void> {
  const days = count * 7;
  const key = "date_format(date_sub(week, interval ? day), '%Y-%m-%d')";
  const back = (...columns: string[]) =>
    columns.map((column) => `${column} = ${column} - interval ? day`).join(", ");
  const connection = await db.$client.getConnection();
  try {
    await connection.query("set foreign_key_checks = 0");
    await connection.query(`update bids set ${back("starts_at")}`, [days]);
    await connection.query(`update slots set ${back("starts_at")}, week = ${key}`, [days, days]);
    await connection.query(`update week_budgets set week = ${key}`, [days]);
    // Who was outbid is told under the week's key: `slots_outbid:2026-12-05:…`.
    const told = "date_format(date_sub(substr(dedupe_key, 14, 10), interval ? day), '%Y-%m-%d')";
    await connection.query(
      `update notices set content = json_set(content, '$.week', ${told}),
         dedupe_key = concat('slots_outbid:', ${told}, substr(dedupe_key, 24))
       where dedupe_key like 'slots\\_outbid:%'`,
      [days, days],
    );
    await connection.query(
      `update weeks set ${back("starts_at", "ends_at", "closes_at")}, week = ${key} order by week`,
      [days, days, days, days],
    );
  } finally {
    await connection.query("set foreign_key_checks = 1");
    connection.release();
  }
}

type Slot = typeof slots.$inferSelect;
type Bid = typeof bids.$inferSelect;

const keyOf = ({ gpuId, startsAt }: Pick<Slot, "gpuId" | "startsAt">) => `${gpuId} ${startsAt.toISOString()}`;

/** What of a slot doesn't follow from its bids, in their order. */
function slotFaults(slot: Slot, mine: readonly Bid[]): string[] {
  // One that was undone had none before it that stands, or was given up together with those.
  const standing = mine.slice(mine.findLastIndex(({ outcome }) => outcome === "undone") + 1);
  const leading = mine.filter(({ outcome }) => outcome === "leading" || outcome === "won");
  const bidOn = slot.state === "leading" || slot.state === "empty";
  const rules: [boolean, string][] = [
    [!bidOn || slot.price === standing.length, `price ${slot.price}, ${standing.length} bids stand`],
    [!bidOn || leading.length === (slot.userId === null ? 0 : 1), `${leading.length} lead`],
    [!bidOn || slot.userId === (leading[0]?.userId ?? null), "another leads"],
    [!bidOn || slot.n === mine.length, `number ${slot.n}, ${mine.length} bids`],
    [standing.every(({ price }, index) => price === index + 1), "a price that is not one more"],
    [
      standing.every(({ userId }, index) => userId !== standing[index - 1]?.userId),
      "somebody outbid themselves",
    ],
  ];
  return rules.filter(([holds]) => !holds).map(([, fault]) => `${keyOf(slot)}: ${fault}`);
}

/** What people hold that is not what they lead for. */
async function holdFaults(db: Db): Promise<string[]> {
  const leading = await db.select().from(slots).where(eq(slots.state, "leading"));
  const faults: string[] = [];
  for (const { id } of await db.select({ id: users.id }).from(users)) {
    const { held } = await balanceOf(db, id, "CREDIT");
    const led = leading.filter(({ userId }) => userId === id).reduce((sum, { price }) => sum + price, 0);
    if (held !== creditsOf(led)) faults.push(`user ${id}: holds ${held}, leads for ${led}`);
  }
  return faults;
}

/** What must hold of every auction at any time, whatever happened, and doesn't: empty where all is well. */
export async function auctionFaults(db: Db): Promise<string[]> {
  const of = new Map<string, Bid[]>();
  for (const bid of await db.select().from(bids).orderBy(asc(bids.n)))
    of.set(keyOf(bid), [...(of.get(keyOf(bid)) ?? []), bid]);
  const rows = await db.select().from(slots);
  const ledger = await verifyLedger(db, { bid: bidHolds });
  return [
    ...rows.flatMap((slot) => slotFaults(slot, of.get(keyOf(slot)) ?? [])),
    ...(await holdFaults(db)),
    ...ledger.map(({ finding }) => finding),
  ];
}

/** What one of the lab's own accounts has in credits, which is kept nowhere but in the ledger's rows. */
export async function systemCredits(db: Db, system: SystemKind): Promise<string> {
  const account = accountId({ system, currency: "CREDIT" });
  const rows = await db.select().from(transfers);
  const moved = rows.filter(({ type }) => type === "posted" || type === "post");
  const sum = (of: typeof rows) => of.reduce((total, { amount }) => total + amount, 0n);
  const came = sum(moved.filter(({ creditAccountId }) => creditAccountId === account));
  const went = sum(moved.filter(({ debitAccountId }) => debitAccountId === account));
  return textOf(micros(came - went));
}
