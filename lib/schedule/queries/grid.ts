import { and, asc, type Column, eq, gte, inArray, lt, ne, type SQL, sql } from "drizzle-orm";
import type { Db, DbOrTx } from "@/db/client";
import { dbNow } from "@/db/clock";
import { plainRows } from "@/db/plain-rows";
import { bids, gpus, nodes, slots, users, weeks } from "@/db/schema";
import { readLabSettings } from "@/lib/auth/lab-settings";
import type { Actor } from "@/lib/auth/model";
import { can } from "@/lib/auth/rules";
import { required } from "@/lib/kernel/assert";
import { AppError } from "@/lib/kernel/errors";
import { textOf } from "@/lib/kernel/money";
import { creditsOf } from "../credits";
import type { Cell, GridInput, GridView, OverviewView, ScheduledGpu, SlotState } from "../model";
import { slotAt, slotCount, slotIndexOf, slotsOfDay } from "../rules";
import { takePrice } from "../slot-rules";
import { Places } from "./places";
import { currentWeeks, findWeekNow, toWeekView, type WeekRow } from "./weeks";

/** @throws AppError `forbidden` */
function requireReader(actor: Actor): void {
  if (!can(actor, "schedule.read")) throw new AppError("forbidden", "You may not see the schedule.");
}

type KeyedGpu = ScheduledGpu & { readonly key: number };

/** All there are, by server and device. */
async function readGpus(db: DbOrTx): Promise<KeyedGpu[]> {
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
    .orderBy(asc(nodes.name), asc(gpus.deviceIndex), asc(gpus.id));
}

const isAuctioned = ({ mode }: KeyedGpu): boolean => mode === "auction";

const withoutKey = ({ key: _, ...gpu }: KeyedGpu): ScheduledGpu => gpu;

/** What is sold now, and on which terms. */
export async function getOverview(db: DbOrTx, actor: Actor, zone: string): Promise<OverviewView> {
  requireReader(actor);
  const settings = await readLabSettings(db);
  const [clock] = await db.select({ now: dbNow }).from(sql`(select 1) as one`);
  return {
    now: required(clock, "the database's clock").now.toISOString(),
    zone,
    weeks: (await currentWeeks(db)).map(toWeekView),
    gpus: (await readGpus(db)).filter(isAuctioned).map(withoutKey),
    terms: {
      weeklyBudget: settings.defaultWeeklyBudget,
      rolloverPercent: settings.rolloverPercent,
      releaseRefund: settings.releaseRefund,
      takePrice: textOf(creditsOf(takePrice)),
    },
  };
}

/** How many hours after its week's first one something begins. */
const hourOf = (startsAt: Column): SQL<number> =>
  sql`timestampdiff(hour, ${weeks.startsAt}, ${startsAt})`.mapWith(Number);

/** [GPU's key, hour of the week, price, user's key, state]. */
type WeekSlot = readonly [number, number, number, number | null, SlotState];

/** All of a week that anybody ever bid on or took, read off one index alone. What was booked stands in the GPU's calendar. */
export function readWeekSlots(db: Db, week: string): Promise<WeekSlot[]> {
  const { gpuId, price, userId, state, startsAt } = slots;
  return plainRows(
    db,
    db
      .select({ gpuId, hour: hourOf(startsAt), price, userId, state })
      .from(slots)
      .innerJoin(weeks, eq(weeks.key, slots.week))
      .where(and(eq(slots.week, week), ne(slots.state, "reserved"))),
  );
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

/** Slots of a week that the reader bid on and doesn't lead: GPU's key and hour of the week. */
function outbidIn(db: DbOrTx, { userId }: Actor, week: string): Promise<{ gpuId: number; hour: number }[]> {
  const inWeek = and(gte(bids.startsAt, weeks.startsAt), lt(bids.startsAt, weeks.endsAt));
  return db
    .selectDistinct({ gpuId: bids.gpuId, hour: hourOf(bids.startsAt) })
    .from(bids)
    .innerJoin(weeks, and(eq(weeks.key, week), inWeek))
    .innerJoin(slots, and(eq(slots.gpuId, bids.gpuId), eq(slots.startsAt, bids.startsAt)))
    .where(and(eq(bids.userId, userId), eq(bids.outcome, "outbid"), ne(slots.userId, userId)));
}

/** The hours that are shown: the first one's place in the week, and how many. @throws AppError `invalid` */
function shownHours(week: WeekRow, { day }: GridInput, zone: string): { first: number; count: number } {
  const span = { start: week.startsAt, end: week.endsAt };
  if (day === undefined) return { first: 0, count: slotCount(span) };
  const hours = slotsOfDay(span, day, zone);
  const first = hours[0] && slotIndexOf(span, hours[0]);
  if (typeof first === "number") return { first, count: hours.length };
  const message = `${day} is no day of the week of ${week.key}.`;
  throw new AppError("invalid", message, { fields: { day: message } });
}

/**
 * A week of all GPUs, or a day of it. Of thousands of cells the reading must cost little more than MariaDB's own: what does
 * not depend on each other is asked for at once, and each row is touched once.
 * @throws AppError `not_found`, `invalid` (a day of another week)
 */
export async function getGrid(db: Db, actor: Actor, zone: string, input: GridInput): Promise<GridView> {
  requireReader(actor);
  const [{ week, now }, rows, known, outbid] = await Promise.all([
    findWeekNow(db, input.week),
    readWeekSlots(db, input.week),
    readGpus(db),
    outbidIn(db, actor, input.week),
  ]);
  const { first, count } = shownHours(week, input, zone);
  const isShown = (hour: number) => hour >= first && hour < first + count;
  const withSlots = new Set(rows.flatMap(([gpu, hour]) => (isShown(hour) ? [gpu] : [])));
  const shown = known.filter((gpu) => isAuctioned(gpu) || withSlots.has(gpu.key));
  const places = new Map(shown.map(({ key }, place) => [key, place]));
  const people = new Places<number>();
  const cells = new Array<Cell | undefined>(shown.length * count);
  for (const [gpuKey, hour, price, userId, state] of rows) {
    const gpu = places.get(gpuKey);
    if (gpu === undefined || !isShown(hour)) continue;
    const at = hour - first;
    cells[gpu * count + at] = [gpu, at, price, userId === null ? null : people.of(userId), state];
  }
  return {
    ...toWeekView(week),
    now: now.toISOString(),
    zone,
    hours: { first: slotAt({ start: week.startsAt }, first).toISOString(), count },
    gpus: shown.map(withoutKey),
    people: await namesOf(db, people.keys()),
    cells: cells.filter((cell) => cell !== undefined),
    outbid: outbid.flatMap(({ gpuId, hour }) => {
      const gpu = places.get(gpuId);
      return gpu === undefined || !isShown(hour) ? [] : [[gpu, hour - first]];
    }),
  };
}
