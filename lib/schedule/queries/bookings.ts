import { and, asc, eq, gte, inArray, isNotNull, lt, max, min } from "drizzle-orm";
import type { DbOrTx } from "@/db/client";
import { dbNow } from "@/db/clock";
import { gpus, nodes, reservations, slots, users } from "@/db/schema";
import { readLabSettings } from "@/lib/auth/lab-settings";
import type { Actor } from "@/lib/auth/model";
import { can } from "@/lib/auth/rules";
import { required } from "@/lib/kernel/assert";
import { AppError } from "@/lib/kernel/errors";
import type { BookedBlock, BookingsInput, BookingsView } from "../calendar-model";
import { bookableUntil, daysFrom, hoursOfDay } from "../reservation-rules";
import { dayIn, slotMs } from "../rules";
import { limitsOf, toReservable } from "./calendar";
import { Places } from "./places";

interface Block {
  readonly gpuId: number;
  readonly userId: number;
  readonly person: string;
  readonly reservationId: string;
  readonly startsAt: Date;
  /** When its last hour begins. */
  readonly lastAt: Date;
}

/**
 * The hours of every reservation that has one within a span, those outside it too. As its slots say: of one that was
 * cancelled they end before it was to.
 */
async function blocksIn(db: DbOrTx, gpuIds: readonly number[], from: Date, to: Date): Promise<Block[]> {
  const within = db
    .select({ id: slots.reservationId })
    .from(slots)
    .where(
      and(
        // By name, so that the hours are read off the primary key.
        inArray(slots.gpuId, [...gpuIds]),
        gte(slots.startsAt, from),
        lt(slots.startsAt, to),
        isNotNull(slots.reservationId),
      ),
    );
  const rows = await db
    .select({
      gpuId: slots.gpuId,
      userId: reservations.userId,
      person: users.username,
      reservationId: reservations.publicId,
      startsAt: min(slots.startsAt),
      lastAt: max(slots.startsAt),
    })
    .from(slots)
    .innerJoin(reservations, eq(reservations.id, slots.reservationId))
    .innerJoin(users, eq(users.id, reservations.userId))
    .where(inArray(slots.reservationId, within))
    .groupBy(slots.gpuId, reservations.id)
    .orderBy(asc(slots.gpuId), asc(min(slots.startsAt)));
  return rows.map(({ startsAt, lastAt, ...row }) => ({
    ...row,
    startsAt: required(startsAt, "the first hour of a block"),
    lastAt: required(lastAt, "the last hour of a block"),
  }));
}

/** Every GPU, by server and device. */
function allGpus(db: DbOrTx) {
  return db
    .select({ gpu: gpus, node: nodes.name })
    .from(gpus)
    .innerJoin(nodes, eq(nodes.id, gpus.nodeId))
    .orderBy(asc(nodes.name), asc(gpus.deviceIndex), asc(gpus.id));
}

/** Days of every GPU whose hours are booked, in as few statements for many as for one. @throws AppError `forbidden` */
export async function getBookings(
  db: DbOrTx,
  actor: Actor,
  zone: string,
  input: BookingsInput,
): Promise<BookingsView> {
  if (!can(actor, "schedule.read")) throw new AppError("forbidden", "You may not see the schedule.");
  const [clock] = await db.select({ now: dbNow }).from(users).where(eq(users.id, actor.userId));
  const { now } = required(clock, "the database's clock");
  const hours = daysFrom(input.from ?? null, input.days, now, zone).flatMap((day) => hoursOfDay(day, zone));
  const first = required(hours[0], "a day's first hour");
  const hourOf = (at: Date) => (at.getTime() - first.getTime()) / slotMs;
  const all = await allGpus(db);
  const end = new Date(first.getTime() + hours.length * slotMs);
  const blocks = await blocksIn(
    db,
    all.map(({ gpu }) => gpu.id),
    first,
    end,
  );
  const booked = new Set(blocks.map(({ gpuId }) => gpuId));
  const shown = all.filter(({ gpu }) => gpu.mode === "reservation" || booked.has(gpu.id));
  const gpuPlaces = new Map(shown.map(({ gpu }, place) => [gpu.id, place]));
  const people = new Places<string>();
  return {
    now: now.toISOString(),
    zone,
    today: dayIn(now, zone).toString(),
    bookableUntil: bookableUntil(now, zone, (await readLabSettings(db)).reservationAheadDays).toISOString(),
    limits: await limitsOf(db, actor),
    hours: { first: first.toISOString(), count: hours.length },
    gpus: shown.map(({ gpu, node }) => toReservable(gpu, node)),
    blocks: blocks.map(
      ({ gpuId, userId, person, reservationId, startsAt, lastAt }): BookedBlock => [
        required(gpuPlaces.get(gpuId), "the place of a GPU with bookings"),
        hourOf(startsAt),
        hourOf(lastAt) - hourOf(startsAt) + 1,
        people.of(person),
        userId === actor.userId ? reservationId : null,
      ],
    ),
    people: people.keys(),
  };
}
