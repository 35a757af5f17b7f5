import { and, asc, eq, gte, inArray, lt, ne, or, sql } from "drizzle-orm";
import type { DbOrTx } from "@/db/client";
import { dbNow } from "@/db/clock";
import { bids, gpus, nodes, slots, users, weeks } from "@/db/schema";
import { readLabSettings } from "@/lib/auth/lab-settings";
import type { Actor } from "@/lib/auth/model";
import { can } from "@/lib/auth/rules";
import { required } from "@/lib/kernel/assert";
import { AppError } from "@/lib/kernel/errors";
import { textOf } from "@/lib/kernel/money";
import { creditsOf } from "../credits";
import type { Cell, GridInput, GridView, OverviewView, ScheduledGpu } from "../model";
import { slotMs, slotsOf, slotsOfDay } from "../rules";
import { takePrice } from "../slot-rules";
import { Places } from "./places";
import { currentWeeks, findWeek, toWeekView } from "./weeks";

/** @throws AppError `forbidden` */
function requireReader(actor: Actor): void {
  if (!can(actor, "schedule.read")) throw new AppError("forbidden", "You may not see the schedule.");
}

/** GPUs that are auctioned, and those of which the week has slots, by server and device. */
async function scheduledGpus(
  db: DbOrTx,
  besides: readonly number[],
): Promise<(ScheduledGpu & { key: number })[]> {
  return db
    .select({
      key: gpus.id,
      id: gpus.publicId,
      index: gpus.deviceIndex,
      node: nodes.name,
      model: gpus.model,
      memoryMiB: gpus.memoryMiB,
      mode: gpus.mode,
      state: gpus.state,
    })
    .from(gpus)
    .innerJoin(nodes, eq(nodes.id, gpus.nodeId))
    .where(
      besides.length === 0
        ? eq(gpus.mode, "auction")
        : or(eq(gpus.mode, "auction"), inArray(gpus.id, [...besides])),
    )
    .orderBy(asc(nodes.name), asc(gpus.deviceIndex), asc(gpus.id));
}

const withoutKey = ({ key: _, ...gpu }: ScheduledGpu & { key: number }): ScheduledGpu => gpu;

/** What is sold now, and on which terms. */
export async function getOverview(db: DbOrTx, actor: Actor, zone: string): Promise<OverviewView> {
  requireReader(actor);
  const settings = await readLabSettings(db);
  const [clock] = await db.select({ now: dbNow }).from(sql`(select 1) as one`);
  return {
    now: required(clock, "the database's clock").now.toISOString(),
    zone,
    weeks: (await currentWeeks(db)).map(toWeekView),
    gpus: (await scheduledGpus(db, [])).map(withoutKey),
    terms: {
      weeklyBudget: settings.defaultWeeklyBudget,
      rolloverPercent: settings.rolloverPercent,
      releaseRefund: settings.releaseRefund,
      takePrice: textOf(creditsOf(takePrice)),
    },
  };
}

type WeekSlot = Pick<typeof slots.$inferSelect, "gpuId" | "startsAt" | "state" | "userId" | "price">;

/** All of a week that anybody ever bid on or took, read off one index alone. What was booked stands in the GPU's calendar. */
export function readWeekSlots(db: DbOrTx, week: string): Promise<WeekSlot[]> {
  return db
    .select({
      gpuId: slots.gpuId,
      startsAt: slots.startsAt,
      state: slots.state,
      userId: slots.userId,
      price: slots.price,
    })
    .from(slots)
    .where(and(eq(slots.week, week), ne(slots.state, "reserved")));
}

async function namesOf(db: DbOrTx, userIds: readonly number[]): Promise<string[]> {
  if (userIds.length === 0) return [];
  const rows = await db
    .select({ id: users.id, username: users.username })
    .from(users)
    .where(inArray(users.id, [...userIds]));
  const names = new Map(rows.map(({ id, username }) => [id, username]));
  return userIds.map((id) => required(names.get(id), "the name of somebody with a slot"));
}

/** Slots of a span that the reader bid on and doesn't lead, by GPU and hour. */
async function outbidIn(db: DbOrTx, { userId }: Actor, from: Date, to: Date) {
  return db
    .selectDistinct({ gpuId: bids.gpuId, startsAt: bids.startsAt })
    .from(bids)
    .innerJoin(slots, and(eq(slots.gpuId, bids.gpuId), eq(slots.startsAt, bids.startsAt)))
    .where(
      and(
        eq(bids.userId, userId),
        eq(bids.outcome, "outbid"),
        gte(bids.startsAt, from),
        lt(bids.startsAt, to),
        ne(slots.userId, userId),
      ),
    );
}

/** The hours that are shown, from the first to the one after the last. @throws AppError `invalid` */
function shownHours(week: typeof weeks.$inferSelect, { day }: GridInput, zone: string) {
  const span = { start: week.startsAt, end: week.endsAt };
  const hours = day === undefined ? slotsOf(span) : slotsOfDay(span, day, zone);
  const [first, last] = [hours[0], hours.at(-1)];
  if (first && last) return { first, end: new Date(last.getTime() + slotMs), count: hours.length };
  const message = `${day} is no day of the week of ${week.key}.`;
  throw new AppError("invalid", message, { fields: { day: message } });
}

/** A week of all GPUs, or a day of it. @throws AppError `not_found`, `invalid` (a day of another week) */
export async function getGrid(db: DbOrTx, actor: Actor, zone: string, input: GridInput): Promise<GridView> {
  requireReader(actor);
  const week = await findWeek(db, input.week);
  const { first, end, count } = shownHours(week, input, zone);
  const inDay = (startsAt: Date) => startsAt >= first && startsAt < end;
  const rows = (await readWeekSlots(db, week.key)).filter(({ startsAt }) => inDay(startsAt));
  const shown = await scheduledGpus(db, [...new Set(rows.map(({ gpuId }) => gpuId))]);
  const gpuPlaces = new Map(shown.map(({ key }, place) => [key, place]));
  const people = new Places<number>();
  const at = ({ gpuId, startsAt }: Pick<WeekSlot, "gpuId" | "startsAt">): [number, number] => [
    required(gpuPlaces.get(gpuId), "the place of a GPU with slots"),
    (startsAt.getTime() - first.getTime()) / slotMs,
  ];
  const cells = rows.map(
    (row): Cell => [...at(row), row.price, row.userId === null ? null : people.of(row.userId), row.state],
  );
  cells.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  const outbid = (await outbidIn(db, actor, first, end)).filter(({ gpuId }) => gpuPlaces.has(gpuId));
  const [clock] = await db.select({ now: dbNow }).from(weeks).where(eq(weeks.key, week.key));
  return {
    ...toWeekView(week),
    now: required(clock, "the database's clock").now.toISOString(),
    zone,
    hours: { first: first.toISOString(), count },
    gpus: shown.map(withoutKey),
    people: await namesOf(db, people.keys()),
    cells,
    outbid: outbid.map(at),
  };
}
