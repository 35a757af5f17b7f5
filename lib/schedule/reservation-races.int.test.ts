import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Db } from "@/db/client";
import { gpus, reservations, slots, transfers, users, weeks } from "@/db/schema";
import { required } from "@/lib/kernel/assert";
import { AppError } from "@/lib/kernel/errors";
import { seedUser, testZone } from "@/lib/sessions/testing";
import { give } from "@/lib/wallet/testing/holders";
import type { CommandContext } from "@/lib/workspaces/commands";
import { bookHours } from "./commands/book";
import { cancelReservation } from "./commands/cancel";
import { extendReservation } from "./commands/extend";
import { grantNewcomers } from "./lifecycle/budgets";
import { turnDueWeek } from "./lifecycle/turn";
import { getReservation } from "./queries/reservations";
import { slotMs } from "./rules";
import { advanceAll, type BookingLab, bookingFaults, money, seedBookings } from "./testing/reservations";

let lab: BookingLab;
beforeAll(async () => {
  lab = await seedBookings(4);
});
afterAll(() => lab.close());

async function people(count: number, credits: string): Promise<CommandContext[]> {
  const all = await Promise.all(Array.from({ length: count }, () => seedUser(lab.db, { key: false })));
  for (const { actor } of all) await give(lab.db, actor.userId, credits);
  return all;
}

/** Each test has days of its own: the first hour of them. */
let base = 0;
const freshDays = (): number => {
  base += 60;
  return base;
};

const bookIn = (db: Db, who: CommandContext, from: number, to: number, gpu = 0) =>
  bookHours(
    { ...who, db },
    {
      gpuId: required(lab.gpus[gpu], "the GPU").publicId,
      startsAt: lab.at(from).toISOString(),
      endsAt: lab.at(to).toISOString(),
    },
  );

/** How many were done; every other was refused with one of these codes. */
async function done(work: readonly Promise<unknown>[], codes: readonly string[]): Promise<number> {
  const results = await Promise.allSettled(work);
  for (const result of results) {
    if (result.status === "fulfilled") continue;
    if (!(result.reason instanceof AppError)) throw result.reason;
    expect(codes).toContain(result.reason.code);
  }
  return results.filter(({ status }) => status === "fulfilled").length;
}

it("of 64 people who book one hour at once one has it, and the others hold nothing", async () => {
  const from = freshDays();
  const all = await people(64, "2");
  const booked = await lab.during(from - 2, (db) =>
    done(
      all.map((who) => bookIn(db, who, from, from + 1)),
      ["conflict"],
    ),
  );
  expect(booked).toBe(1);
  const left = await Promise.all(all.map((who) => money(lab.db, who)));
  expect(left.filter(([available]) => available === "0.5")).toHaveLength(1);
  expect(left.filter(([available]) => available === "2")).toHaveLength(63);
  expect(await bookingFaults(lab.db)).toEqual([]);
});

it("bookings that overlap in either direction all end, and no hour is two people's", async () => {
  const from = freshDays();
  const all = await people(32, "40");
  const spans = all.map((_, index) => [from + ((index * 7) % 20), 2 + (index % 5)] as const);
  const booked = await lab.during(from - 2, (db) =>
    done(
      spans.map(([first, length], index) =>
        bookIn(db, required(all[index], "somebody"), first, first + length, index % 2),
      ),
      ["conflict"],
    ),
  );
  expect(booked).toBeGreaterThan(1);
  expect(await bookingFaults(lab.db)).toEqual([]);
});

it("one person's bookings at once spend no credit twice, and are no more than they may have", async () => {
  const from = freshDays();
  const [rich, poor] = [...(await people(1, "100")), ...(await people(1, "4"))];
  const hours = Array.from({ length: 10 }, (_, index) => from + index * 2);
  const booked = (who: CommandContext | undefined, gpu: number) =>
    lab.during(from - 2, (db) =>
      done(
        hours.map((hour) => bookIn(db, required(who, "somebody"), hour, hour + 1, gpu)),
        ["conflict", "insufficient_funds"],
      ),
    );
  expect([await booked(rich, 0), await booked(poor, 1)]).toEqual([3, 2]);
  expect(await bookingFaults(lab.db)).toEqual([]);
});

it("cancelled twice and activated at the same moment it is paid and given back once", async () => {
  const from = freshDays();
  const all = await people(12, "10");
  const made: string[] = [];
  for (const [index, who] of all.entries()) {
    // The first four begin now.
    const first = from + Math.floor(index / 4) * 4;
    made.push((await lab.book(who, from - 3, first, first + 3, index % 4)).id);
  }
  await lab.during(from, (db) =>
    Promise.all([
      ...all.flatMap((who, index) => {
        const id = required(made[index], "the reservation");
        return [cancelReservation({ ...who, db }, id), cancelReservation({ ...who, db }, id)];
      }),
      advanceAll(db),
      advanceAll(db),
    ]),
  );
  for (const [index, who] of all.entries()) {
    const view = await getReservation(lab.db, who.actor, testZone, required(made[index], "it"));
    // Of those that begin now the running hour is paid and the next is due; of later ones nothing is.
    expect([view.state, view.paid]).toEqual(["cancelled", index < 4 ? "3" : "0"]);
    expect(await money(lab.db, who)).toEqual(index < 4 ? ["7", "7"] : ["10", "10"]);
  }
  expect(await bookingFaults(lab.db)).toEqual([]);
});

it("an extension and another's booking of the same hours: one of them has them", async () => {
  const from = freshDays();
  for (let round = 0; round < 8; round++) {
    const [ana, bo] = (await people(2, "20")) as [CommandContext, CommandContext];
    const first = from + round * 6;
    const { id } = await lab.book(ana, from - 2, first, first + 2);
    const longer = { id, endsAt: lab.at(first + 4).toISOString() };
    const had = await lab.during(from - 2, (db) => {
      const works = [
        () => extendReservation({ ...ana, db }, longer),
        () => bookIn(db, bo, first + 3, first + 5),
      ];
      return done(
        (round % 2 === 0 ? works : works.reverse()).map((work) => work()),
        ["conflict"],
      );
    });
    expect(had).toBe(1);
  }
  expect(await bookingFaults(lab.db)).toEqual([]);
});

it("an account that is disabled while it books keeps nothing", async () => {
  const from = freshDays();
  const all = await people(16, "10");
  await lab.during(from - 2, async (db) => {
    const booking = done(
      all.map((who, index) => bookIn(db, who, from + index, from + index + 1)),
      ["forbidden"],
    );
    const disabling = all.map(({ actor }) =>
      lab.db.update(users).set({ disabledAt: new Date() }).where(eq(users.id, actor.userId)),
    );
    await Promise.all([booking, advanceAll(db), ...disabling]);
    await advanceAll(db);
  });
  for (const who of all) expect(await money(lab.db, who)).toEqual(["10", "10"]);
  expect(await bookingFaults(lab.db)).toEqual([]);
});

it("whatever people and workers do at once, hour after hour: no money is made or lost, and no hour is two people's", async () => {
  const from = freshDays();
  const all = await people(8, "60");
  let seed = 11;
  const random = (below: number) => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return seed % below;
  };
  const idsOf = async ({ actor }: CommandContext) => {
    const rows = await lab.db.select().from(reservations).where(eq(reservations.userId, actor.userId));
    return rows.map(({ publicId, endsAt }) => ({ id: publicId, endsAt }));
  };
  const act = async (db: Db, who: CommandContext, now: number): Promise<unknown> => {
    const known = await idsOf(who);
    const one = known[random(Math.max(1, known.length))];
    const start = now + random(6);
    switch (random(4)) {
      case 0:
      case 1:
        return bookIn(db, who, start, start + 1 + random(4), random(2));
      case 2:
        return one && cancelReservation({ ...who, db }, one.id);
      default:
        return (
          one &&
          extendReservation(
            { ...who, db },
            { id: one.id, endsAt: new Date(one.endsAt.getTime() + 3_600_000).toISOString() },
          )
        );
    }
  };
  const codes = ["conflict", "insufficient_funds", "invalid"];
  for (let hour = 0; hour < 6; hour++) {
    // Some hours are seen late, or by nobody.
    await lab.during(from + hour + 0.25 * random(4), (db) =>
      Promise.all([
        done(
          [...all, ...all].map((who) => act(db, who, from + hour)),
          codes,
        ),
        ...(random(3) === 0 ? [] : [advanceAll(db), advanceAll(db)]),
      ]),
    );
    expect(await bookingFaults(lab.db)).toEqual([]);
  }
  await lab.advance(from + 60);
  expect(await bookingFaults(lab.db)).toEqual([]);
  for (const { actor } of all) {
    const mine = await lab.db.select().from(reservations).where(eq(reservations.userId, actor.userId));
    expect(mine.every(({ settledAt }) => settledAt !== null)).toBe(true);
    const hours = mine.reduce(
      (sum, { startsAt, paidUntil }) => sum + (paidUntil.getTime() - startsAt.getTime()) / 3_600_000,
      0,
    );
    const who = { actor } as CommandContext;
    expect(await money(lab.db, who)).toEqual([String(60 - 1.5 * hours), String(60 - 1.5 * hours)]);
  }
  const moved = await lab.db.select().from(transfers).where(eq(transfers.type, "post"));
  expect(moved.length).toBeGreaterThan(10);
  expect((await lab.db.select().from(slots)).length).toBeGreaterThan(10);
}, 180_000);

it("who gives back what was held over a week's turn has as much as who held nothing; of what the lab ends nothing lapses", async () => {
  const own = await seedBookings(1);
  const { db } = own;
  const [open] = await db.select().from(weeks).where(eq(weeks.status, "open"));
  const turn = (required(open, "the open week").closesAt.getTime() - own.at(0).getTime()) / slotMs;
  const person = async () => {
    const who = await seedUser(db, { key: false });
    await give(db, who.actor.userId, "20");
    return who;
  };
  const [ana, bo, cy] = [await person(), await person(), await person()];
  const { id } = await own.book(ana, turn - 1, turn + 5, turn + 7);
  const other = await own.book(cy, turn - 1, turn + 9, turn + 11);
  const fay = await person();
  const missed = await own.book(fay, turn - 1, turn + 30, turn + 32);
  expect(await turnDueWeek(own.dbAt(turn))).not.toBeNull();
  await extendReservation(own.actAt(ana, turn + 1), { id, endsAt: own.at(turn + 8).toISOString() });
  const { ifCancelled } = await getReservation(own.dbAt(turn + 1), ana.actor, testZone, id);
  expect(ifCancelled).toEqual({ refund: "4.5", due: "0", lapses: "1.5" });
  await cancelReservation(own.actAt(ana, turn + 1), id);
  const givenBack = await getReservation(own.dbAt(turn + 1), ana.actor, testZone, id);
  expect(givenBack).toMatchObject({ refunded: "4.5", lapsed: "1.5" });
  expect([await money(db, ana), await money(db, bo)]).toEqual([
    ["110", "110"],
    ["110", "110"],
  ]);
  const admin = await seedUser(db, { role: "admin", key: false });
  await cancelReservation(own.actAt(admin, turn + 1), other.id);
  expect(await money(db, cy)).toEqual(["111.5", "111.5"]);
  expect(await getReservation(own.dbAt(turn + 1), cy.actor, testZone, other.id)).not.toHaveProperty("lapsed");
  // A first budget is no turn.
  const dee = await person();
  const late = await own.book(dee, turn + 1, turn + 20, turn + 22);
  await grantNewcomers(own.dbAt(turn + 2));
  await cancelReservation(own.actAt(dee, turn + 3), late.id);
  expect(await money(db, dee)).toEqual(["120", "120"]);
  // Nor does anything lapse of an hour that could not be had: half of the one to come.
  await db.update(gpus).set({ present: false, absentSince: own.at(turn + 29) });
  const seen = await getReservation(own.dbAt(turn + 30.1), fay.actor, testZone, missed.id);
  expect(seen.ifCancelled).toEqual({ refund: "3", due: "0", lapses: "0.75" });
  await cancelReservation(own.actAt(fay, turn + 30.1), missed.id);
  expect(await money(db, fay)).toEqual(["110.75", "110.75"]);
  expect(await bookingFaults(db)).toEqual([]);
  await own.close();
});
