import { and, asc, desc, eq, gte, inArray, isNotNull, lt, lte, ne, or, sql } from "drizzle-orm";
import type { DbOrTx } from "@/db/client";
import { dbNow } from "@/db/clock";
import { gpus, nodes, slots, slotUsage, users, weeks } from "@/db/schema";
import type { Actor } from "@/lib/auth/model";
import { can } from "@/lib/auth/rules";
import { hourMs } from "@/lib/fleet/rules";
import { required } from "@/lib/kernel/assert";
import { AppError } from "@/lib/kernel/errors";
import { findWeek, type WeekRow } from "@/lib/schedule/queries/weeks";
import { slotIndexOf, slotsOf } from "@/lib/schedule/rules";
import { settledZone } from "@/lib/schedule/zone";
import type { UsageCell, UsageView } from "../model";
import { agreementOf, totalsOf, type UsedHour } from "../rules";

/** @throws AppError `forbidden` */
function requireReader(actor: Actor): void {
  if (!can(actor, "usage.read")) throw new AppError("forbidden", "This needs the admin role.");
}

/** The week that is asked for, or the one that runs; null before any is laid out. @throws AppError `not_found` */
async function weekAsked(db: DbOrTx, key: string | undefined): Promise<WeekRow | null> {
  if (key !== undefined) return findWeek(db, key);
  const [running] = await db
    .select()
    .from(weeks)
    .where(lte(weeks.startsAt, dbNow))
    .orderBy(desc(weeks.startsAt))
    .limit(1);
  return running ?? null;
}

interface UsedGpu {
  /** Internal id. */
  readonly key: number;
  readonly id: string;
  readonly index: number;
  readonly node: string;
  readonly model: string;
  readonly mode: (typeof gpus.$inferSelect)["mode"];
}

/** Those that are there, and those of which the week has anything. */
function gpusOf(db: DbOrTx, { startsAt, endsAt }: WeekRow): Promise<UsedGpu[]> {
  const inWeek = (table: typeof slots | typeof slotUsage) =>
    sql`exists (select 1 from ${table} where ${and(eq(table.gpuId, gpus.id), gte(table.startsAt, startsAt), lt(table.startsAt, endsAt))})`;
  return db
    .select({
      key: gpus.id,
      id: gpus.publicId,
      index: gpus.deviceIndex,
      node: nodes.name,
      model: gpus.model,
      mode: gpus.mode,
    })
    .from(gpus)
    .innerJoin(nodes, eq(nodes.id, gpus.nodeId))
    .where(or(eq(gpus.present, true), inWeek(slots), inWeek(slotUsage)))
    .orderBy(asc(nodes.name), asc(gpus.deviceIndex), asc(gpus.id));
}

interface Found {
  readonly gpuId: number;
  readonly startsAt: Date;
}

/** What is known of hours of some GPUs in a week; of those that nobody held or looked at, nothing. */
async function usedHours(
  db: DbOrTx,
  gpuIds: readonly number[],
  { startsAt, endsAt }: WeekRow,
  now: Date,
): Promise<(Found & UsedHour)[]> {
  if (gpuIds.length === 0) return [];
  const within = (table: typeof slots | typeof slotUsage) =>
    and(inArray(table.gpuId, [...gpuIds]), gte(table.startsAt, startsAt), lt(table.startsAt, endsAt));
  const [looked, held] = await Promise.all([
    db
      .select({ usage: slotUsage, assigned: users.username })
      .from(slotUsage)
      .leftJoin(users, eq(users.id, slotUsage.assignedId))
      .where(within(slotUsage)),
    db
      .select({ gpuId: slots.gpuId, startsAt: slots.startsAt, assigned: users.username })
      .from(slots)
      .innerJoin(users, eq(users.id, slots.userId))
      // While it is bid on nobody holds an hour; bidding on one that has begun is over.
      .where(
        and(within(slots), isNotNull(slots.userId), or(ne(slots.state, "leading"), lte(slots.startsAt, now))),
      ),
  ]);
  const keyOf = (hour: Found) => `${hour.gpuId} ${hour.startsAt.getTime()}`;
  const isPast = (begin: Date) => begin.getTime() + hourMs <= now.getTime();
  const hours = new Map<string, Found & UsedHour>();
  for (const { gpuId, startsAt: begin, assigned } of held) {
    const nothing = { samples: 0, busySamples: 0, assignedSamples: 0, actual: null, actualSamples: 0 };
    const hour = { ...nothing, gpuId, startsAt: begin, over: isPast(begin), assigned };
    hours.set(keyOf(hour), hour);
  }
  for (const { usage, assigned } of looked) {
    const holder = hours.get(keyOf(usage))?.assigned ?? null;
    // For a moment an hour may be over and its outcome not written.
    const closed = usage.closedAt !== null;
    hours.set(keyOf(usage), { ...usage, over: closed, assigned: closed ? assigned : holder });
  }
  return [...hours.values()];
}

async function clockOf(db: DbOrTx, week: WeekRow): Promise<Date> {
  const [clock] = await db.select({ now: dbNow }).from(weeks).where(eq(weeks.key, week.key));
  return required(clock, "the database's clock").now;
}

/** A week's hours on all GPUs, assigned and actual, and what each person held and used. For admins. @throws AppError `not_found` */
export async function getUsage(
  db: DbOrTx,
  actor: Actor,
  { week: key }: { week?: string | undefined },
): Promise<UsageView> {
  requireReader(actor);
  const week = await weekAsked(db, key);
  if (!week) throw new AppError("not_found", "No week is laid out yet: the worker does that when it starts.");
  const now = await clockOf(db, week);
  const shown = await gpusOf(db, week);
  const places = new Map(shown.map((gpu, place) => [gpu.key, place]));
  const span = { start: week.startsAt, end: week.endsAt };
  const ids = shown.map((gpu) => gpu.key);
  // Before anything was sold the lab's zone may have been another, whose hours begin at other minutes.
  const hours = (await usedHours(db, ids, week, now)).flatMap((hour) => {
    const place = slotIndexOf(span, hour.startsAt);
    return place === null ? [] : [{ ...hour, place }];
  });
  const people = [
    ...new Set(hours.flatMap(({ assigned, actual }) => [assigned ?? [], actual ?? []].flat())),
  ].sort();
  const personAt = new Map(people.map((person, place) => [person, place]));
  const placeOf = (person: string | null) => (person === null ? null : (personAt.get(person) ?? null));
  const cells = hours.map(
    (hour): UsageCell => [
      required(places.get(hour.gpuId), "the place of a GPU"),
      hour.place,
      agreementOf(hour),
      hour.samples,
      hour.busySamples,
      placeOf(hour.assigned),
      placeOf(hour.actual),
      hour.actualSamples,
    ],
  );
  cells.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  return {
    week: week.key,
    now: now.toISOString(),
    zone: required(await settledZone(db), "the zone of a week"),
    hours: { first: week.startsAt.toISOString(), count: slotsOf(span).length },
    gpus: shown.map(({ key: _, ...gpu }) => gpu),
    people,
    cells,
    totals: totalsOf(hours),
  };
}

/** An hour of a GPU as the administrators' file has it. */
export interface UsageRow extends Omit<UsedGpu, "key">, UsedHour {
  readonly week: string;
  readonly slot: string;
}

const unseen: UsedHour = {
  over: false,
  samples: 0,
  busySamples: 0,
  assigned: null,
  assignedSamples: 0,
  actual: null,
  actualSamples: 0,
};

/**
 * Every hour of a week, a GPU at each call. For admins.
 * @returns what reads the rows of the GPU at a place, and says at which place the next is
 * @throws AppError `forbidden`, `not_found`
 */
export async function usagePages(
  db: DbOrTx,
  actor: Actor,
  { week: key }: { week?: string | undefined },
): Promise<(place: number) => Promise<{ rows: UsageRow[]; next: number | null }>> {
  requireReader(actor);
  const week = await weekAsked(db, key);
  const shown = week ? await gpusOf(db, week) : [];
  return async (place) => {
    const found = shown[place];
    if (!week || !found) return { rows: [], next: null };
    const now = await clockOf(db, week);
    const { key: gpuId, ...gpu } = found;
    const known = new Map(
      (await usedHours(db, [gpuId], week, now)).map(({ startsAt, ...hour }) => [startsAt.getTime(), hour]),
    );
    const rows = slotsOf({ start: week.startsAt, end: week.endsAt }).map((begin): UsageRow => {
      const over = begin.getTime() + hourMs <= now.getTime();
      return {
        ...gpu,
        ...unseen,
        over,
        ...known.get(begin.getTime()),
        week: week.key,
        slot: begin.toISOString(),
      };
    });
    return { rows, next: place + 1 < shown.length ? place + 1 : null };
  };
}
