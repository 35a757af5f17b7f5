import { asc } from "drizzle-orm";
import { connectDb, type Db } from "@/db/client";
import { gpus, reservations, slots, users } from "@/db/schema";
import { createTestDatabase } from "@/db/testing";
import { required } from "@/lib/kernel/assert";
import { AppError } from "@/lib/kernel/errors";
import { microsOf, textOf } from "@/lib/kernel/money";
import { seedLab, testZone } from "@/lib/sessions/testing";
import { type Currency, currencies } from "@/lib/wallet/model";
import { balanceOf } from "@/lib/wallet/queries";
import { verifyLedger } from "@/lib/wallet/verify/verify";
import type { CommandContext } from "@/lib/workspaces/commands";
import { bookHours } from "../commands/book";
import { advanceReservation, dueReservations } from "../lifecycle/reservations";
import { bidHolds } from "../queries/living-bids";
import { reservationHolds } from "../queries/living-reservations";
import type { ReservationView } from "../reservation-model";
import { costOf, hoursBetween, isOpen } from "../reservation-rules";
import { slotBegin, slotMs } from "../rules";
import { settleWeeks } from "../zone";

/** A lab in which time stands still where a test wants it to. */
export interface BookingLab {
  readonly db: Db;
  readonly url: string;
  /** By device. */
  readonly gpus: readonly (typeof gpus.$inferSelect)[];
  /** So many hours after a whole one, tomorrow. */
  at(hours: number): Date;
  /** What makes a connection's clock stand still there. */
  setClock(hours: number): string;
  /** The database at that time, until it is asked for at another. */
  dbAt(hours: number): Db;
  /** What many do at once at that time. */
  during<Done>(hours: number, work: (db: Db) => Promise<Done>): Promise<Done>;
  /** Somebody as they act then. */
  actAt(who: CommandContext, hours: number): CommandContext;
  book(who: CommandContext, now: number, from: number, to: number, gpu?: number): Promise<ReservationView>;
  /** What a worker's round does then. */
  advance(hours: number): Promise<void>;
  close(): Promise<void>;
}

/** @param rate of each of its GPUs, all of which are reserved */
export async function seedBookings(
  gpuCount: number,
  rate = "1.5",
  rateCurrency: Currency = "CREDIT",
): Promise<BookingLab> {
  const { db, url, close } = await createTestDatabase();
  await seedLab(db, { gpus: gpuCount });
  await settleWeeks(db, testZone);
  await db.update(gpus).set({ mode: "reservation", rate: microsOf(rate), rateCurrency });
  const rows = await db.select().from(gpus).orderBy(asc(gpus.deviceIndex));
  const first = slotBegin(new Date(Date.now() + 24 * slotMs), testZone).getTime();
  const at = (hours: number) => new Date(first + hours * slotMs);
  const setClock = (hours: number) => `set timestamp = ${at(hours).getTime() / 1_000}`;
  // One connection, so that what is asked of it next comes after its clock was set.
  const still = connectDb({ url, poolSize: 1 });
  const dbAt = (hours: number): Db => {
    void still.$client.query(setClock(hours));
    return still;
  };
  const actAt = (who: CommandContext, hours: number) => ({ ...who, db: dbAt(hours) });
  return {
    db,
    url,
    gpus: rows,
    at,
    setClock,
    dbAt,
    async during(hours, work) {
      const crowd = connectDb({ url, poolSize: 20 });
      crowd.$client.on("connection", (connection) => connection.query(setClock(hours)));
      try {
        return await work(crowd);
      } finally {
        await crowd.$client.end();
      }
    },
    actAt,
    book: (who, now, from, to, gpu = 0) =>
      bookHours(actAt(who, now), {
        gpuId: required(rows[gpu], "the GPU").publicId,
        startsAt: at(from).toISOString(),
        endsAt: at(to).toISOString(),
      }),
    advance: (hours) => advanceAll(dbAt(hours)),
    async close() {
      await still.$client.end();
      await close();
    },
  };
}

/** Does all that is due. */
export async function advanceAll(db: Db): Promise<void> {
  for (const id of await dueReservations(db)) while (await advanceReservation(db, id));
}

/** The refusal, or an error about what was done instead. */
export async function refused(work: Promise<unknown>): Promise<AppError> {
  const error = await work.then(
    () => new Error("It was done."),
    (thrown: unknown) => thrown,
  );
  if (error instanceof AppError) return error;
  throw error;
}

type Reservation = typeof reservations.$inferSelect;
type Slot = typeof slots.$inferSelect;

/** What of a reservation's slots is not as its own row says. */
function slotFaults(reservation: Reservation, mine: readonly Slot[]): string[] {
  const { publicId, startsAt, endsAt, userId, gpuId, state, endedAt } = reservation;
  const has = new Set(mine.map((slot) => slot.startsAt.getTime()));
  const missing = hoursBetween(startsAt, endsAt).filter((hour) => !has.has(hour.getTime()));
  const rules: [boolean, string][] = [
    [mine.every((slot) => slot.userId === userId && slot.gpuId === gpuId), "another's slot"],
    [mine.every((slot) => slot.startsAt >= startsAt && slot.startsAt < endsAt), "a slot outside"],
    [state === "cancelled" || missing.length === 0, `${missing.length} slots are missing`],
    [
      state !== "cancelled" || mine.every((slot) => endedAt !== null && slot.startsAt <= endedAt),
      "an hour to come that was not freed",
    ],
  ];
  return rules.filter(([holds]) => !holds).map(([, fault]) => `${publicId}: ${fault}`);
}

/** What people hold that is not what they have booked and not paid. */
async function holdFaults(db: Db, booked: readonly Reservation[]): Promise<string[]> {
  const faults: string[] = [];
  for (const { id } of await db.select({ id: users.id }).from(users)) {
    for (const currency of currencies) {
      const owed = booked
        .filter(({ userId, rateCurrency }) => userId === id && rateCurrency === currency)
        .filter((each) => isOpen(each) || each.settledAt === null)
        .reduce((sum, { rate, paidUntil, endsAt }) => sum + costOf(rate, paidUntil, endsAt), 0n);
      const { held } = await balanceOf(db, id, currency);
      if (held !== owed) faults.push(`user ${id}: holds ${held} ${currency}, has booked for ${owed}`);
    }
  }
  return faults;
}

/** What must hold of all reservations at any time, whatever happened, and doesn't: empty where all is well. */
export async function bookingFaults(db: Db): Promise<string[]> {
  const booked = await db.select().from(reservations);
  const rows = await db.select().from(slots);
  const ledger = await verifyLedger(db, { bid: bidHolds, reservation: reservationHolds });
  return [
    ...booked.flatMap((each) =>
      slotFaults(
        each,
        rows.filter(({ reservationId }) => reservationId === each.id),
      ),
    ),
    ...(await holdFaults(db, booked)),
    ...ledger.map(({ finding }) => finding),
  ];
}

/** What somebody can spend, and has at all. */
export async function money(
  db: Db,
  { actor }: CommandContext,
  currency: Currency = "CREDIT",
): Promise<[available: string, posted: string]> {
  const { available, posted } = await balanceOf(db, actor.userId, currency);
  return [textOf(available), textOf(posted)];
}
