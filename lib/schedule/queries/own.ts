import { and, asc, count, desc, eq, gt, gte, lt, ne, sql } from "drizzle-orm";
import type { DbOrTx } from "@/db/client";
import { dbNowPlus } from "@/db/clock";
import { bids, gpus, nodes, plannedStarts, slots, users, weekBudgets, weeks } from "@/db/schema";
import { readLabSettings } from "@/lib/auth/lab-settings";
import type { Actor } from "@/lib/auth/model";
import { required } from "@/lib/kernel/assert";
import { decodeCursor, pageOf } from "@/lib/kernel/cursor";
import type { Page } from "@/lib/kernel/envelope";
import { textOf } from "@/lib/kernel/money";
import { balanceOf } from "@/lib/wallet/queries";
import type { BidView, ListBidsInput, SummaryView } from "../model";
import { slotMs } from "../rules";
import { isHeld } from "./holder";
import { findWeek } from "./weeks";

async function granted(db: DbOrTx, { userId }: Actor): Promise<SummaryView["granted"]> {
  const [last] = await db
    .select()
    .from(weekBudgets)
    .where(eq(weekBudgets.userId, userId))
    .orderBy(desc(weekBudgets.week))
    .limit(1);
  if (!last) return null;
  const { week, rolledOver, lapsed, refilled } = last;
  return { week, rolledOver: textOf(rolledOver), lapsed: textOf(lapsed), refilled: textOf(refilled) };
}

/** How many slots of the open week somebody leads, and on how many they were outbid. */
async function bidding(db: DbOrTx, { userId }: Actor): Promise<SummaryView["bidding"]> {
  const [open] = await db.select().from(weeks).where(eq(weeks.status, "open"));
  if (!open) return null;
  const { key, startsAt, endsAt, closesAt } = open;
  const inWeek = and(gte(bids.startsAt, startsAt), lt(bids.startsAt, endsAt));
  const [led] = await db
    .select({ n: count() })
    .from(slots)
    .where(and(eq(slots.week, key), eq(slots.state, "leading"), eq(slots.userId, userId)));
  const [lost] = await db
    .select({ n: sql`count(distinct ${bids.gpuId}, ${bids.startsAt})`.mapWith(Number) })
    .from(bids)
    .innerJoin(slots, and(eq(slots.gpuId, bids.gpuId), eq(slots.startsAt, bids.startsAt)))
    .where(and(eq(bids.userId, userId), eq(bids.outcome, "outbid"), inWeek, ne(slots.userId, userId)));
  return { week: key, closesAt: closesAt.toISOString(), leading: led?.n ?? 0, outbid: lost?.n ?? 0 };
}

async function hoursToCome(db: DbOrTx, { userId }: Actor): Promise<SummaryView["hours"]> {
  const held = await db
    .select({ gpuId: gpus.publicId, startsAt: slots.startsAt })
    .from(slots)
    .innerJoin(gpus, eq(gpus.id, slots.gpuId))
    .leftJoin(weeks, eq(weeks.key, slots.week))
    .where(and(eq(slots.userId, userId), gt(slots.startsAt, dbNowPlus(-slotMs)), isHeld))
    .orderBy(asc(slots.startsAt));
  const [next] = held;
  return {
    count: held.length,
    next: next ? { gpuId: next.gpuId, slot: next.startsAt.toISOString() } : null,
  };
}

const mostStarts = 200;

/** For which hours a session of theirs is planned, and whether they still have each. */
async function startsToCome(db: DbOrTx, { userId }: Actor): Promise<SummaryView["starts"]> {
  const planned = await db
    .select({
      gpuId: gpus.publicId,
      startsAt: plannedStarts.startsAt,
      exposure: plannedStarts.exposure,
      holder: slots.userId,
    })
    .from(plannedStarts)
    .innerJoin(gpus, eq(gpus.id, plannedStarts.gpuId))
    .leftJoin(slots, and(eq(slots.gpuId, plannedStarts.gpuId), eq(slots.startsAt, plannedStarts.startsAt)))
    .where(and(eq(plannedStarts.userId, userId), eq(plannedStarts.state, "PLANNED")))
    .orderBy(asc(plannedStarts.startsAt), asc(plannedStarts.gpuId))
    .limit(mostStarts);
  return planned.map(({ gpuId, startsAt, exposure, holder }) => ({
    ...{ gpuId, slot: startsAt.toISOString(), exposure },
    rests: holder !== userId,
  }));
}

/** What the actor has to spend, what they have bid on and hold, and what starts by itself in it. */
export async function getSummary(db: DbOrTx, actor: Actor): Promise<SummaryView> {
  const { posted, held, available } = await balanceOf(db, actor.userId, "CREDIT");
  const [user] = await db
    .select({ weeklyBudget: users.weeklyBudget })
    .from(users)
    .where(eq(users.id, actor.userId));
  const settings = await readLabSettings(db);
  return {
    currency: "CREDIT",
    posted: textOf(posted),
    held: textOf(held),
    available: textOf(available),
    weeklyBudget: required(user, "the actor's account").weeklyBudget ?? settings.defaultWeeklyBudget,
    granted: await granted(db, actor),
    bidding: await bidding(db, actor),
    hours: await hoursToCome(db, actor),
    starts: await startsToCome(db, actor),
  };
}

/** The actor's bids, the newest first. @throws AppError `not_found` (no such week) */
export async function listBids(db: DbOrTx, actor: Actor, input: ListBidsInput): Promise<Page<BidView>> {
  const week = input.week === undefined ? null : await findWeek(db, input.week);
  const after = decodeCursor(input.cursor, /^\d{1,15}$/);
  const rows = await db
    .select({ bid: bids, gpu: gpus.publicId, index: gpus.deviceIndex, node: nodes.name })
    .from(bids)
    .innerJoin(gpus, eq(gpus.id, bids.gpuId))
    .innerJoin(nodes, eq(nodes.id, gpus.nodeId))
    .where(
      and(
        eq(bids.userId, actor.userId),
        after === undefined ? undefined : lt(bids.id, Number(after)),
        input.outcome === undefined ? undefined : eq(bids.outcome, input.outcome),
        week === null ? undefined : and(gte(bids.startsAt, week.startsAt), lt(bids.startsAt, week.endsAt)),
      ),
    )
    .orderBy(desc(bids.id))
    .limit(input.limit + 1);
  const { rows: shown, nextCursor } = pageOf(rows, input.limit, ({ bid }) => String(bid.id));
  const data = shown.map(({ bid, gpu, index, node }) => ({
    gpuId: gpu,
    gpu: `GPU ${index} on ${node}`,
    slot: bid.startsAt.toISOString(),
    price: bid.price,
    placedAt: bid.placedAt.toISOString(),
    outcome: bid.outcome,
    endedAt: bid.endedAt?.toISOString() ?? null,
    bulkId: bid.bulkId,
  }));
  return { data, nextCursor };
}
