import { and, asc, eq, isNotNull } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { auditLog, gpus, labSettings, notices, reservations, slots, transfers, users } from "@/db/schema";
import { inTransaction } from "@/db/tx";
import { updateGpu } from "@/lib/fleet/gpu-state";
import { required } from "@/lib/kernel/assert";
import { seedUser, testZone } from "@/lib/sessions/testing";
import { postTransfer } from "@/lib/wallet/post";
import { give } from "@/lib/wallet/testing/holders";
import type { CommandContext } from "@/lib/workspaces/commands";
import { cancelReservation } from "./commands/cancel";
import { extendReservation } from "./commands/extend";
import { heldUntil, holderOf, nextHourOf } from "./queries/holder";
import { getSummary } from "./queries/own";
import { getReservation, listReservations } from "./queries/reservations";
import { listStatement } from "./queries/statement";
import { systemCredits } from "./testing/auction";
import { type BookingLab, bookingFaults, money, refused, seedBookings } from "./testing/reservations";

let lab: BookingLab;
let [ana, bo] = [] as unknown as [CommandContext, CommandContext];
/** The first hour of a test's own: no other test has any of the forty that follow. */
let base = 0;

beforeAll(async () => {
  lab = await seedBookings(2);
});
afterAll(() => lab.close());
beforeEach(async () => {
  base += 40;
  [ana, bo] = [await person("20"), await person("20")];
});

async function person(credits: string): Promise<CommandContext> {
  const who = await seedUser(lab.db, { key: false });
  await give(lab.db, who.actor.userId, credits);
  return who;
}

const book = (who: CommandContext, now: number, from: number, to: number, gpu = 0) =>
  lab.book(who, base + now, base + from, base + to, gpu);
const cancel = (who: CommandContext, now: number, id: string) =>
  cancelReservation(lab.actAt(who, base + now), id);
const extend = (who: CommandContext, now: number, id: string, to: number) =>
  extendReservation(lab.actAt(who, base + now), { id, endsAt: lab.at(base + to).toISOString() });
const advance = (now: number) => lab.advance(base + now);
const view = (who: CommandContext, now: number, id: string) =>
  getReservation(lab.dbAt(base + now), who.actor, testZone, id);
const iso = (hours: number) => lab.at(base + hours).toISOString();
const gpuKey = (index = 0) => required(lab.gpus[index], "the GPU").id;
const well = async () => expect(await bookingFaults(lab.db)).toEqual([]);
/** Hours of a GPU that are somebody's, counted from the test's first. */
async function hoursOf({ actor }: CommandContext, gpu = 0): Promise<number[]> {
  const rows = await lab.db
    .select({ startsAt: slots.startsAt })
    .from(slots)
    .where(and(eq(slots.gpuId, gpuKey(gpu)), eq(slots.userId, actor.userId)))
    .orderBy(asc(slots.startsAt));
  return rows.map(({ startsAt }) => (startsAt.getTime() - lab.at(base).getTime()) / 3_600_000);
}
async function told({ actor }: CommandContext) {
  const rows = await lab.db.select().from(notices).where(eq(notices.userId, actor.userId));
  return rows.map(({ content }) => content);
}

describe("a booking", () => {
  it("holds each hour by itself, makes the hours its owner's, and is paid as they begin", async () => {
    const made = await book(ana, -3, 0, 3);
    expect(made).toMatchObject({
      gpu: "GPU 0 on gpu1",
      person: ana.actor.username,
      hours: 3,
      rate: { amount: "1.5", currency: "CREDIT" },
      cost: "4.5",
      paid: "0",
      refunded: "0",
      state: "pending",
      startsAt: iso(0),
      endsAt: iso(3),
      freeUntil: iso(-1),
      canCancel: true,
      canExtend: true,
      ifCancelled: { refund: "4.5", due: "0" },
    });
    const held = await lab.db
      .select()
      .from(transfers)
      .where(and(eq(transfers.type, "pending"), eq(transfers.kind, "reservation")));
    const mine = held.filter(({ key }) => key.includes(made.id));
    expect(mine.map(({ key, amount }) => [key, amount])).toEqual(
      [0, 1, 2].map((n) => [`reservation:${made.id}:${iso(n).replace(".000Z", "Z")}`, 1_500_000n]),
    );
    expect(await hoursOf(ana)).toEqual([0, 1, 2]);
    expect(await money(lab.db, ana)).toEqual(["15.5", "20"]);
    await well();
    await advance(-0.01);
    expect((await view(ana, -0.01, made.id)).state).toBe("pending");
    await advance(0);
    expect(await view(ana, 0, made.id)).toMatchObject({ state: "active", paid: "1.5", activatedAt: iso(0) });
    expect(await money(lab.db, ana)).toEqual(["15.5", "18.5"]);
    // A worker that comes late catches up.
    await advance(2.5);
    expect(await view(ana, 2.5, made.id)).toMatchObject({ state: "active", paid: "4.5", canCancel: false });
    await advance(2.99);
    await advance(3.01);
    expect(await view(ana, 3.01, made.id)).toMatchObject({
      state: "completed",
      paid: "4.5",
      endedAt: iso(3),
      canCancel: false,
      canExtend: false,
      ifCancelled: null,
    });
    expect(await money(lab.db, ana)).toEqual(["15.5", "15.5"]);
    await well();
  });

  it("is seen by what asks whose an hour is: sessions, launch forms, the summary", async () => {
    await book(ana, -1, 0, 2);
    await book(ana, -1, 5, 6);
    const at = lab.at(base + 0.5);
    expect(await holderOf(lab.db, gpuKey(), at)).toBe(ana.actor.userId);
    expect(await holderOf(lab.db, gpuKey(1), at)).toBeNull();
    expect(await heldUntil(lab.db, gpuKey(), ana.actor.userId, at)).toEqual(lab.at(base + 2));
    const later = lab.dbAt(base + 1.5);
    expect(await nextHourOf(later, [gpuKey()], ana.actor.userId)).toMatchObject({
      startsAt: lab.at(base + 5),
    });
    expect((await getSummary(later, ana.actor)).hours).toEqual({
      count: 2,
      next: { gpuId: lab.gpus[0]?.publicId, slot: iso(1) },
    });
  });

  it("may begin with the hour that runs, which is due at once and costs all of it", async () => {
    const { id } = await book(ana, 0.9, 0, 1);
    await advance(0.9);
    expect(await view(ana, 0.9, id)).toMatchObject({
      ...{ state: "active", paid: "1.5", canCancel: false, freeUntil: null },
    });
    await well();
  });

  it("in dollars takes dollars", async () => {
    await lab.db
      .update(gpus)
      .set({ rateCurrency: "USD" })
      .where(eq(gpus.id, gpuKey(1)));
    expect((await refused(book(ana, -1, 0, 2, 1))).message).toBe(
      "2 hours cost 3 USD, and 0 USD are available.",
    );
    await give(lab.db, ana.actor.userId, "3.5", "USD");
    await book(ana, -1, 0, 2, 1);
    await advance(0);
    expect(await money(lab.db, ana, "USD")).toEqual(["0.5", "2"]);
    expect(await money(lab.db, ana)).toEqual(["20", "20"]);
    await well();
    await lab.db
      .update(gpus)
      .set({ rateCurrency: "CREDIT" })
      .where(eq(gpus.id, gpuKey(1)));
  });

  it("of an hour that somebody has is refused by its name, and nothing is held or written", async () => {
    await book(ana, -1, 2, 4);
    const error = await refused(book(bo, -1, 0, 5));
    expect([error.code, error.conflict]).toEqual(["conflict", "taken"]);
    expect(error.message).toMatch(
      new RegExp(`^GPU 0 on gpu1, \\w+ \\d+ .+: ${ana.actor.username} has it\\.$`),
    );
    expect((await refused(book(ana, -1, 3, 5))).message).toContain("you have it already");
    expect(await hoursOf(bo)).toEqual([]);
    expect(await money(lab.db, bo)).toEqual(["20", "20"]);
    await book(bo, -1, 0, 2);
    await book(bo, -1, 4, 5);
    await well();
  });

  it("is refused with the reason and the field", async () => {
    const field = async (work: Promise<unknown>) => {
      const { code, fields, message } = await refused(work);
      return [code, ...Object.keys(fields ?? {}), message];
    };
    expect(await field(book(ana, -1, 0, 25))).toEqual([
      "invalid",
      "endsAt",
      "A reservation has 24 hours at most.",
    ]);
    expect(await field(book(ana, 1, 0, 2))).toEqual([
      "invalid",
      "startsAt",
      "The hour that begins then is over.",
    ]);
    expect(await field(book(ana, -1, 0.5, 2))).toContain("No hour of GPU time begins then.");
    expect(await field(book(ana, -400, 0, 1))).toContain("Hours can be booked 14 days ahead.");
    expect(await field(book(await person("4"), -1, 0, 3))).toEqual([
      "insufficient_funds",
      "3 hours cost 4.5 credits, and 4 credits are available.",
    ]);
    await lab.db
      .update(gpus)
      .set({ state: "draining", stateReason: "new fans." })
      .where(eq(gpus.id, gpuKey()));
    expect(await field(book(ana, -1, 0, 1))).toEqual([
      "conflict",
      "GPU 0 on gpu1 is draining: new fans. Nothing is booked on it meanwhile.",
    ]);
    await lab.db
      .update(gpus)
      .set({ state: "available", stateReason: null, present: false })
      .where(eq(gpus.id, gpuKey()));
    expect(await field(book(ana, -1, 0, 1))).toEqual([
      "conflict",
      "GPU 0 on gpu1 is not found in its host. Nothing is booked on it meanwhile.",
    ]);
    await lab.db.update(gpus).set({ present: true }).where(eq(gpus.id, gpuKey()));
    await lab.db.update(users).set({ disabledAt: new Date() }).where(eq(users.id, bo.actor.userId));
    expect(await field(book(bo, -1, 0, 1))).toEqual(["forbidden", "This account is disabled."]);
  });

  it("is one of so many, until one is over", async () => {
    await lab.db.update(labSettings).set({ reservationMaxOpen: 2 });
    await book(ana, -1, 0, 1);
    const { id } = await book(ana, -1, 10, 11);
    expect((await refused(book(ana, -1, 20, 21))).conflict).toBe("limit_reached");
    await cancel(ana, -1, id);
    await book(ana, -1, 20, 21);
    await advance(1);
    await book(ana, 1, 30, 31);
    await lab.db.update(labSettings).set({ reservationMaxOpen: 3 });
  });
});

describe("cancelling", () => {
  it("is free until an hour before, and asked again changes nothing", async () => {
    const { id } = await book(ana, -3, 0, 3);
    const ended = await cancel(ana, -1, id);
    expect(ended).toMatchObject({
      state: "cancelled",
      cancelledWhy: "by_owner",
      paid: "0",
      refunded: "4.5",
      endedAt: iso(-1),
      ifCancelled: null,
    });
    expect(await cancel(ana, 0.5, id)).toMatchObject({ state: "cancelled", endedAt: iso(-1) });
    expect(await money(lab.db, ana)).toEqual(["20", "20"]);
    expect(await hoursOf(ana)).toEqual([]);
    await book(bo, -1, 0, 3);
    await well();
  });

  it("late makes the next hour due, which is anybody's all the same", async () => {
    const { id } = await book(ana, -3, 0, 3);
    expect((await view(ana, -0.9, id)).ifCancelled).toEqual({ refund: "3", due: "1.5" });
    expect(await cancel(ana, -0.9, id)).toMatchObject({ paid: "1.5", refunded: "3" });
    expect(await money(lab.db, ana)).toEqual(["18.5", "18.5"]);
    await book(bo, -0.5, 0, 1);
    await well();
  });

  it("while it runs keeps the hour that has begun, makes the next one due and gives the rest back", async () => {
    const { id } = await book(ana, -3, 0, 5);
    await advance(0);
    const before = await systemCredits(lab.db, "revenue");
    expect(await cancel(ana, 1.5, id)).toMatchObject({ paid: "4.5", refunded: "3" });
    // The second hour had begun, though no worker had seen it; the third is due.
    expect(Number(await systemCredits(lab.db, "revenue")) - Number(before)).toBe(3);
    expect(await hoursOf(ana)).toEqual([0, 1]);
    expect(await holderOf(lab.db, gpuKey(), lab.at(base + 1.5))).toBe(ana.actor.userId);
    await advance(6);
    expect(await money(lab.db, ana)).toEqual(["15.5", "15.5"]);
    const { data } = await listStatement(lab.db, ana.actor, { limit: 3 });
    expect(data.map(({ hour }) => hour && [hour.gpu, hour.slot, hour.cancelledLate])).toEqual(
      [2, 1, 0].map((n) => ["GPU 0 on gpu1", iso(n).replace(".000Z", "Z"), n === 2]),
    );
    await well();
  });

  it("after the clock was set back keeps every hour that was paid for", async () => {
    const { id } = await book(ana, -3, 0, 4);
    await advance(1.5);
    expect(await cancel(ana, -2, id)).toMatchObject({ paid: "3", refunded: "3" });
    expect(await hoursOf(ana)).toEqual([0, 1]);
    expect(await money(lab.db, ana)).toEqual(["17", "17"]);
    // By a clock that goes on those hours had begun when it ended.
    await lab.db
      .update(reservations)
      .set({ endedAt: lab.at(base + 1.5) })
      .where(eq(reservations.publicId, id));
    await well();
  });

  it("late is free where its GPU would not be had anyway", async () => {
    const { id } = await book(ana, -3, 0, 3);
    const set = (state: "available" | "disabled") =>
      lab.db.update(gpus).set({ state }).where(eq(gpus.id, gpuKey()));
    await set("disabled");
    expect((await view(ana, -0.5, id)).ifCancelled).toEqual({ refund: "4.5", due: "0" });
    expect(await cancel(ana, -0.5, id)).toMatchObject({ paid: "0", refunded: "4.5" });
    await set("available");
    await well();
  });

  it("in its last hour is refused", async () => {
    const { id } = await book(ana, -3, 0, 2);
    expect((await refused(cancel(ana, 1, id))).conflict).toBe("closed");
    await advance(3);
    expect((await refused(cancel(ana, 3, id))).conflict).toBe("closed");
  });

  it("by an administrator takes nothing and is told; by anybody else it is not there", async () => {
    const admin = await seedUser(lab.db, { role: "admin", key: false });
    const { id } = await book(ana, -3, 0, 3);
    expect((await refused(cancel(bo, -2, id))).code).toBe("not_found");
    expect((await refused(view(bo, -2, id))).code).toBe("not_found");
    expect((await view(admin, -0.5, id)).ifCancelled).toEqual({ refund: "4.5", due: "0" });
    expect(await cancel(admin, -0.5, id)).toMatchObject({ cancelledWhy: "by_admin", refunded: "4.5" });
    expect(await told(ana)).toMatchObject([
      { kind: "reservation_cancelled", why: "by_admin", refund: "4.5 credits", slot: iso(0) },
    ]);
    const entries = await lab.db.select().from(auditLog).where(eq(auditLog.resource, id));
    expect(entries).toMatchObject([
      { action: "reservation.book", actorName: ana.actor.username },
      { action: "reservation.cancel", actorName: admin.actor.username, detail: { refund: "4.5 credits" } },
    ]);
    await well();
  });
});

describe("extending", () => {
  it("books the hours that follow, at the rate of the booking whatever the GPU costs now", async () => {
    const { id } = await book(ana, -3, 0, 2);
    const admin = await seedUser(lab.db, { role: "admin", key: false });
    const gpuId = required(lab.gpus[0], "the GPU").publicId;
    const rate = (amount: string) =>
      updateGpu(admin, admin.actor, { id: gpuId, mode: "reservation", rate: { amount, currency: "CREDIT" } });
    await rate("9");
    expect(await extend(ana, -2, id, 4)).toMatchObject({ endsAt: iso(4), cost: "6", hours: 4 });
    expect(await extend(ana, -2, id, 4)).toMatchObject({ cost: "6" });
    await advance(1);
    expect(await extend(ana, 1.5, id, 5)).toMatchObject({ state: "active", cost: "7.5" });
    await advance(5);
    expect(await money(lab.db, ana)).toEqual(["12.5", "12.5"]);
    await rate("1.5");
    await well();
  });

  it("is refused where it can't be", async () => {
    const { id } = await book(ana, -3, 0, 2);
    await book(bo, -3, 3, 4);
    expect((await view(ana, -2, id)).canExtend).toBe(true);
    const taken = await refused(extend(ana, -2, id, 4));
    expect(taken.message).toContain(`${bo.actor.username} has it`);
    await extend(ana, -2, id, 3);
    expect((await view(ana, -2, id)).canExtend).toBe(false);
    expect((await refused(extend(ana, -2, id, 2))).code).toBe("invalid");
    expect((await refused(extend(ana, -2, id, 25))).message).toBe("A reservation has 24 hours at most.");
    expect((await refused(extend(bo, -2, id, 5))).code).toBe("not_found");
    const admin = await seedUser(lab.db, { role: "admin", key: false });
    expect((await refused(extend(admin, -2, id, 5))).code).toBe("forbidden");
    // Over by the clock, though no worker has seen it.
    expect((await refused(extend(ana, 3, id, 5))).conflict).toBe("closed");
    expect(await hoursOf(ana)).toEqual([0, 1, 2]);
    await well();
  });
});

describe("what the lab can't keep", () => {
  it("is cancelled at the hour for which nothing is held any more, with a notice, and its hours are anybody's", async () => {
    const { id } = await book(ana, -3, 0, 3);
    await advance(0);
    const pendingKey = `reservation:${id}:${iso(1).replace(".000Z", "Z")}`;
    await inTransaction(lab.db, (tx) =>
      postTransfer(tx, {
        type: "void",
        key: `${pendingKey}:gone`,
        pendingKey,
        kind: "correction",
        reference: "x",
      }),
    );
    expect(await bookingFaults(lab.db)).toContain(`For ${pendingKey} 1.5 should be held, and nothing is.`);
    await advance(1.2);
    expect(await view(ana, 1.2, id)).toMatchObject({
      state: "cancelled",
      cancelledWhy: "no_funds",
      paid: "1.5",
      refunded: "3",
    });
    expect(await hoursOf(ana)).toEqual([0]);
    expect(await told(ana)).toMatchObject([{ why: "no_funds", refund: "1.5 credits", slot: iso(1) }]);
    expect(await money(lab.db, ana)).toEqual(["18.5", "18.5"]);
    await well();
  });

  it("of a frozen account is cancelled at once, and given back when it may move again", async () => {
    const { id } = await book(ana, -3, 0, 3);
    const frozen = (at: string) =>
      lab.db.$client.query(`update accounts set frozen_at = ${at} where user_id = ?`, [ana.actor.userId]);
    await frozen("utc_timestamp(3)");
    expect((await refused(cancel(ana, -2, id))).conflict).toBe("account_frozen");
    await advance(0);
    expect(await view(ana, 0, id)).toMatchObject({ cancelledWhy: "no_funds", paid: "0", refunded: "0" });
    expect(await hoursOf(ana)).toEqual([]);
    expect(await told(ana)).toMatchObject([{ why: "no_funds", refund: null }]);
    await advance(1);
    // What is held still has its reason.
    await well();
    await frozen("null");
    await advance(1);
    expect(await view(ana, 1, id)).toMatchObject({ refunded: "4.5" });
    expect(await money(lab.db, ana)).toEqual(["20", "20"]);
    await well();
  });

  it("of a disabled account is cancelled before its next hour", async () => {
    const [running, coming] = [await book(ana, -3, 0, 3), await book(ana, -3, 10, 12)];
    await advance(0);
    await lab.db.update(users).set({ disabledAt: new Date() }).where(eq(users.id, ana.actor.userId));
    await advance(0.5);
    const admin = await seedUser(lab.db, { role: "admin", key: false });
    expect(await view(admin, 0.5, running.id)).toMatchObject({
      cancelledWhy: "account_disabled",
      paid: "1.5",
      refunded: "3",
    });
    expect(await view(admin, 0.5, coming.id)).toMatchObject({ refunded: "3" });
    expect(await hoursOf(ana)).toEqual([0]);
    await well();
  });

  it("on a GPU out of service is cancelled as its hour begins, and nothing of the hour is taken", async () => {
    const [first, second] = [await book(ana, -3, 0, 3), await book(bo, -3, 3, 5)];
    const set = (state: "available" | "draining" | "disabled", stateReason: string | null) =>
      lab.db.update(gpus).set({ state, stateReason }).where(eq(gpus.id, gpuKey()));
    await advance(0);
    await set("draining", "fans");
    await advance(1);
    expect(await view(ana, 1, first.id)).toMatchObject({ state: "active", paid: "3" });
    await set("disabled", "burnt.");
    await advance(2);
    expect(await view(ana, 2, first.id)).toMatchObject({
      cancelledWhy: "gpu_out_of_service",
      paid: "3",
      refunded: "1.5",
    });
    expect(await view(bo, 2, second.id)).toMatchObject({ state: "pending" });
    await set("draining", "fans");
    await advance(3);
    expect(await view(bo, 3, second.id)).toMatchObject({ cancelledWhy: "gpu_out_of_service", paid: "0" });
    expect(await told(bo)).toMatchObject([
      { why: "gpu_out_of_service", reason: "fans", refund: "3 credits" },
    ]);
    await set("available", null);
    await well();
  });
});

describe("lists", () => {
  it("show one's own, newest first by pages; administrators everybody's when they ask", async () => {
    const made = [await book(ana, -3, 0, 1), await book(ana, -3, 2, 3), await book(bo, -3, 4, 5)];
    const [first, second, third] = made.map(({ id }) => id);
    const list = async (who: CommandContext, more = {}) => {
      const page = await listReservations(lab.dbAt(base - 2), who.actor, testZone, { limit: 50, ...more });
      return { ids: page.data.map(({ id }) => id), next: page.nextCursor };
    };
    expect((await list(ana)).ids).toEqual([second, first]);
    const page = await list(ana, { limit: 1 });
    expect(page.ids).toEqual([second]);
    expect((await list(ana, { limit: 1, cursor: page.next })).ids).toEqual([first]);
    expect((await refused(list(ana, { all: true }))).code).toBe("forbidden");
    const admin = await seedUser(lab.db, { role: "admin", key: false });
    expect((await list(admin)).ids).toEqual([]);
    expect((await list(admin, { all: true })).ids.slice(0, 3)).toEqual([third, second, first]);
    await cancel(ana, -2, required(first, "the first"));
    expect((await list(ana, { state: "pending" })).ids).toEqual([second]);
    expect((await list(ana, { gpuId: lab.gpus[1]?.publicId })).ids).toEqual([]);
  });
});

it("every reserved hour names its reservation, and nobody has one twice", async () => {
  const rows = await lab.db.select().from(slots).where(isNotNull(slots.reservationId));
  const booked = new Map((await lab.db.select().from(reservations)).map((each) => [each.id, each]));
  for (const { reservationId, userId, state, week } of rows) {
    expect([state, week]).toEqual(["reserved", null]);
    expect(booked.get(reservationId ?? 0)?.userId).toBe(userId);
  }
});
