import { and, asc, eq, gte, inArray, isNotNull, isNull, lt, lte, sql } from "drizzle-orm";
import type { Db, Tx } from "@/db/client";
import { dbNow, dbNowPlus } from "@/db/clock";
import { scheduleZone, slotSightings, slots, slotUsage, users } from "@/db/schema";
import { inTransaction } from "@/db/tx";
import { hourMs } from "@/lib/fleet/rules";
import { weekOf } from "@/lib/schedule/rules";
import { actualUser } from "./rules";
import { hoursAtOnce } from "./tunables";

type Row = typeof slotUsage.$inferSelect;

const keyOf = ({ gpuId, startsAt }: Pick<Row, "gpuId" | "startsAt">): string =>
  `${gpuId} ${startsAt.getTime()}`;

/**
 * Writes what became of every hour that is over by the database's clock: who held it, and who was on it most. Any number of
 * workers may do it at once, each with other hours.
 * @returns how many were closed
 */
export async function closeHours(db: Db): Promise<number> {
  let closed = 0;
  for (;;) {
    const now = await inTransaction(db, closeSome);
    closed += now;
    if (now < hoursAtOnce) return closed;
  }
}

async function closeSome(tx: Tx): Promise<number> {
  const due = await tx
    .select()
    .from(slotUsage)
    .where(and(isNull(slotUsage.closedAt), lte(slotUsage.startsAt, dbNowPlus(-hourMs))))
    .orderBy(asc(slotUsage.startsAt), asc(slotUsage.gpuId))
    .limit(hoursAtOnce)
    .for("update", { skipLocked: true });
  const [first, last] = [due[0], due.at(-1)];
  if (!first || !last) return 0;
  const holders = await holdersOf(tx, due, first.startsAt, last.startsAt);
  const seen = await seenIn(tx, due, first.startsAt, last.startsAt);
  const outcomes = due.map((row) => {
    const people = seen.get(keyOf(row)) ?? [];
    const holder = holders.get(keyOf(row));
    const actual = actualUser(row, people, holder?.username ?? null);
    const own = people.find(({ person }) => person === holder?.username)?.samples ?? 0;
    // A database's clock that was set back meanwhile has counted some minutes of people twice.
    const atMost = (count: number) => Math.min(count, row.busySamples);
    return {
      ...row,
      closedAt: dbNow,
      assignedId: holder?.id ?? null,
      assignedSamples: atMost(own),
      actual: actual?.person ?? null,
      actualSamples: atMost(actual?.samples ?? 0),
    };
  });
  const fresh = (column: string) => sql.raw(`values(${column})`);
  await tx
    .insert(slotUsage)
    .values(outcomes)
    .onDuplicateKeyUpdate({
      set: {
        closedAt: fresh("closed_at"),
        assignedId: fresh("assigned_id"),
        assignedSamples: fresh("assigned_samples"),
        actual: fresh("actual"),
        actualSamples: fresh("actual_samples"),
      },
    });
  return due.length;
}

const gpusOf = (rows: readonly Row[]): number[] => [...new Set(rows.map(({ gpuId }) => gpuId))];

/** Who holds an hour that has begun follows from its slot alone, however late its week's turn is. */
async function holdersOf(tx: Tx, due: readonly Row[], first: Date, last: Date) {
  const rows = await tx
    .select({ gpuId: slots.gpuId, startsAt: slots.startsAt, id: users.id, username: users.username })
    .from(slots)
    .innerJoin(users, eq(users.id, slots.userId))
    .where(and(inArray(slots.gpuId, gpusOf(due)), gte(slots.startsAt, first), lte(slots.startsAt, last)));
  return new Map(rows.map((row) => [keyOf(row), row]));
}

async function seenIn(tx: Tx, due: readonly Row[], first: Date, last: Date) {
  const rows = await tx
    .select()
    .from(slotSightings)
    .where(
      and(
        inArray(slotSightings.gpuId, gpusOf(due)),
        gte(slotSightings.startsAt, first),
        lte(slotSightings.startsAt, last),
      ),
    );
  return grouped(rows, keyOf);
}

function grouped<Item, Key>(items: readonly Item[], keyOf: (item: Item) => Key): Map<Key, Item[]> {
  const groups = new Map<Key, Item[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}

/**
 * Forgets who else was seen in hours of weeks before the previous one: what was written when they were closed stays.
 * @returns how many hours that was
 */
export async function condenseWeeks(db: Db): Promise<number> {
  const [clock] = await db.select({ now: dbNow, zone: scheduleZone.zone }).from(scheduleZone);
  if (!clock) return 0;
  const current = weekOf(clock.now, clock.zone);
  const previous = weekOf(new Date(current.start.getTime() - 1), clock.zone);
  let condensed = 0;
  for (;;) {
    const now = await inTransaction(db, (tx) => condenseSome(tx, previous.start));
    condensed += now;
    if (now < hoursAtOnce) return condensed;
  }
}

async function condenseSome(tx: Tx, before: Date): Promise<number> {
  const old = await tx
    .selectDistinct({ gpuId: slotSightings.gpuId, startsAt: slotSightings.startsAt })
    .from(slotSightings)
    .innerJoin(
      slotUsage,
      and(eq(slotUsage.gpuId, slotSightings.gpuId), eq(slotUsage.startsAt, slotSightings.startsAt)),
    )
    .where(and(lt(slotSightings.startsAt, before), isNotNull(slotUsage.closedAt)))
    .limit(hoursAtOnce);
  for (const [gpuId, hours] of grouped(old, (hour) => hour.gpuId)) {
    const begins = hours.map(({ startsAt }) => startsAt);
    await tx
      .delete(slotSightings)
      .where(and(eq(slotSightings.gpuId, gpuId), inArray(slotSightings.startsAt, begins)));
  }
  return old.length;
}
