import { and, eq, inArray, isNull, sql } from "drizzle-orm";
import type { Db, Tx } from "@/db/client";
import { dbNow } from "@/db/clock";
import { gpus, scheduleZone, sessions, slotSightings, slotUsage, users } from "@/db/schema";
import { inTransaction } from "@/db/tx";
import { slotBegin } from "@/lib/schedule/rules";
import { outsideName, sampleMs } from "./rules";
import { mostPeople } from "./tunables";

/** Who was on a GPU when somebody looked: nobody where the list is empty. */
export interface Look {
  /** Internal id. */
  readonly gpuId: number;
  readonly people: readonly string[];
}

/**
 * Counts a look at some GPUs in the hour that runs by the database's clock. Within a minute each GPU counts once, and on it
 * each person: however many workers and monitors look, and however often, they only add whom the others did not see. An
 * hour that is closed stays as it is.
 * @returns the instant it counts for; null before the lab's weeks are laid out
 */
export function recordLooks(db: Db, looks: readonly Look[]): Promise<Date | null> {
  return inTransaction(db, async (tx) => {
    const [clock] = await tx.select({ now: dbNow, zone: scheduleZone.zone }).from(scheduleZone);
    if (!clock) return null;
    const { now, zone } = clock;
    // In one order, since several record at once.
    const inOrder = [...looks].sort((a, b) => a.gpuId - b.gpuId);
    if (inOrder.length === 0) return now;
    const hour = {
      startsAt: slotBegin(now, zone),
      now,
      minute: new Date(now.getTime() - (now.getTime() % sampleMs)),
    };
    await countLooks(tx, inOrder, hour);
    await countPeople(tx, await countedIn(tx, inOrder, hour.startsAt), hour);
    return now;
  });
}

interface Hour {
  readonly startsAt: Date;
  readonly now: Date;
  /** The beginning of the minute that `now` is in. */
  readonly minute: Date;
}

/** Makes the hours' rows where there are none and locks them all, in one statement. */
async function countLooks(tx: Tx, looks: readonly Look[], { startsAt, now, minute }: Hour): Promise<void> {
  const rows = looks.map(({ gpuId, people }) => ({
    gpuId,
    startsAt,
    samples: 1,
    busySamples: people.length > 0 ? 1 : 0,
    lookedAt: now,
    busyAt: people.length > 0 ? now : null,
  }));
  const at = sql.param(minute, slotUsage.lookedAt);
  const open = sql`closed_at is null`;
  const busy = sql`${open} and values(busy_samples) = 1`;
  // MariaDB sets columns one after the other, in the table's order: each count before the instant that decides on it. That
  // never goes back: of two looks at a minute's turn the later may be written first.
  await tx
    .insert(slotUsage)
    .values(rows)
    .onDuplicateKeyUpdate({
      set: {
        busySamples: sql`busy_samples + if(${busy} and coalesce(busy_at < ${at}, true), 1, 0)`,
        busyAt: sql`if(${busy}, greatest(coalesce(busy_at, values(busy_at)), values(busy_at)), busy_at)`,
        samples: sql`samples + if(${open} and looked_at < ${at}, 1, 0)`,
        lookedAt: sql`if(${open}, greatest(looked_at, values(looked_at)), looked_at)`,
      },
    });
}

interface Sighting {
  readonly gpuId: number;
  readonly person: string;
}

/** Of the people seen those that an hour has room for, and whose hour is still open; its row is locked. */
async function countedIn(tx: Tx, looks: readonly Look[], startsAt: Date): Promise<Sighting[]> {
  const busy = looks.filter(({ people }) => people.length > 0);
  if (busy.length === 0) return [];
  const rows = await tx
    .select({ gpuId: slotUsage.gpuId, person: slotSightings.person })
    .from(slotUsage)
    .leftJoin(
      slotSightings,
      and(eq(slotSightings.gpuId, slotUsage.gpuId), eq(slotSightings.startsAt, slotUsage.startsAt)),
    )
    .where(
      and(
        inArray(
          slotUsage.gpuId,
          busy.map(({ gpuId }) => gpuId),
        ),
        eq(slotUsage.startsAt, startsAt),
        isNull(slotUsage.closedAt),
      ),
    );
  return busy.flatMap(({ gpuId, people }) => {
    const ofIt = rows.filter((row) => row.gpuId === gpuId);
    if (ofIt.length === 0) return [];
    const known = new Set(ofIt.flatMap(({ person }) => person ?? []));
    const [there, others] = [people.filter((one) => known.has(one)), people.filter((one) => !known.has(one))];
    const room = Math.max(0, mostPeople - known.size);
    const counted = new Set([...there, ...[...new Set(others)].slice(0, room)]);
    return [...counted].sort().map((person) => ({ gpuId, person }));
  });
}

async function countPeople(
  tx: Tx,
  seen: readonly Sighting[],
  { startsAt, now, minute }: Hour,
): Promise<void> {
  if (seen.length === 0) return;
  const at = sql.param(minute, slotSightings.seenAt);
  await tx
    .insert(slotSightings)
    .values(seen.map((one) => ({ ...one, startsAt, samples: 1, seenAt: now })))
    .onDuplicateKeyUpdate({
      set: {
        samples: sql`samples + if(seen_at < ${at}, 1, 0)`,
        seenAt: sql`greatest(seen_at, values(seen_at))`,
      },
    });
}

/** A program on a GPU, as the agent tells it. */
interface Program {
  readonly gpuUuid: string;
  /** The session it belongs to; null for a program of none. */
  readonly slug: string | null;
}

/** Counts what the agent saw on all GPUs of its host: programs are their session's owner's, wherever they run. */
export async function recordPrograms(db: Db, nodeId: number, programs: readonly Program[]): Promise<void> {
  const present = await db
    .select({ id: gpus.id, uuid: gpus.uuid })
    .from(gpus)
    .where(and(eq(gpus.nodeId, nodeId), eq(gpus.present, true)));
  const owners = await ownersOf(db, [...new Set(programs.flatMap(({ slug }) => slug ?? []))]);
  const looks = present.map(({ id, uuid }) => {
    const on = programs.filter(({ gpuUuid }) => gpuUuid === uuid);
    return { gpuId: id, people: on.map(({ slug }) => owners.get(slug ?? "") ?? outsideName) };
  });
  await recordLooks(db, looks);
}

async function ownersOf(db: Db, slugs: readonly string[]): Promise<Map<string, string>> {
  if (slugs.length === 0) return new Map();
  const rows = await db
    .select({ slug: sessions.slug, username: users.username })
    .from(sessions)
    .innerJoin(users, eq(users.id, sessions.userId))
    .where(inArray(sessions.slug, [...slugs]));
  return new Map(rows.map(({ slug, username }) => [slug, username]));
}
