import { asc, eq, gt } from "drizzle-orm";
import type { RowDataPacket } from "mysql2/promise";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { connectDb } from "@/db/client";
import { bids, gpus, nodes, notices, sessionEvents, sessions, slots, users, weeks } from "@/db/schema";
import { createTestDatabase, type TestDatabase } from "@/db/testing";
import { updateGpu } from "@/lib/fleet/gpu-state";
import { listGpus } from "@/lib/fleet/queries";
import { required } from "@/lib/kernel/assert";
import { AppError } from "@/lib/kernel/errors";
import { absoluteText } from "@/lib/kernel/zoned-time";
import { listNotices } from "@/lib/notices/queries";
import { releaseSlot, takeSlot } from "@/lib/schedule/commands/own";
import { slotMs } from "@/lib/schedule/rules";
import { settleWeeks } from "@/lib/schedule/zone";
import { give } from "@/lib/wallet/testing/holders";
import type { CommandContext } from "@/lib/workspaces/commands";
import { extendSession, getExtension } from "./commands/extend";
import { launchSession } from "./commands/launch";
import { applyHeldHours, stopOutOfHours } from "./lifecycle/held-hours";
import { applyWeeklyHours } from "./lifecycle/hours";
import { stopOverdue, warnOfEnds } from "./lifecycle/recover";
import { getLimits } from "./limits";
import type { LaunchInput } from "./model";
import { getSession } from "./queries";
import { seedLab, seedUser, testZone } from "./testing";
import { endHoursIn, firstHour, goOn, holdHours, moveWeeks } from "./testing/hours";

const minuteMs = 60_000;

let database: TestDatabase;
let gpuIds: { id: number; publicId: string }[];
let [ana, bo] = [] as unknown as [CommandContext, CommandContext];

beforeAll(async () => {
  database = await createTestDatabase();
  await seedLab(database.db, { gpus: 3, model: "A100" });
  await settleWeeks(database.db, testZone);
  await moveWeeks(db(), began);
  gpuIds = await db().select({ id: gpus.id, publicId: gpus.publicId }).from(gpus).orderBy(gpus.deviceIndex);
  [ana, bo] = [await seedUser(db(), { maxSessions: 5 }), await seedUser(db(), { maxSessions: 5 })];
  for (const who of [ana, bo]) await give(db(), who.actor.userId, "50");
});
afterAll(() => database.close());
/** GPUs 0 and 1 are auctioned, nobody holds an hour, nothing runs. */
beforeEach(async () => {
  await db().update(sessions).set({ state: "STOPPED", endedAt: new Date() });
  await db().update(nodes).set({ lastSeenAt: new Date() });
  await db().delete(notices);
  await db().delete(bids);
  await db().delete(slots);
  await db().update(gpus).set({ mode: "auction" });
  await db()
    .update(gpus)
    .set({ mode: "on-demand" })
    .where(eq(gpus.id, gpu(2).id));
});

const db = () => database.db;
const gpu = (index: number) => required(gpuIds[index], `GPU ${index}`);
const launch = (who: CommandContext, input: LaunchInput = {}) => launchSession(who, "external", input);
const onGpu = (who: CommandContext, index = 0, more: LaunchInput = {}) =>
  launch(who, { gpuId: gpu(index).publicId, ...more });
const view = (who: CommandContext, slug: string) => getSession(db(), who.actor, "external", "h", slug);
const row = async (slug: string) => {
  const [found] = await db().select().from(sessions).where(eq(sessions.slug, slug));
  return required(found, "the session");
};
const heldUntil = async (slug: string) => (await row(slug)).heldUntil?.toISOString() ?? null;
const told = async (who: CommandContext) => {
  const { data } = await listNotices(db(), who.actor, { limit: 50 });
  return data
    .map(({ content }) => ("minutes" in content ? `${content.kind} ${content.minutes}` : content.kind))
    .reverse();
};
const kinds = async (slug: string) => {
  const { id } = await row(slug);
  const found = await db()
    .select()
    .from(sessionEvents)
    .where(eq(sessionEvents.sessionId, id))
    .orderBy(sessionEvents.id);
  return found.map(({ kind }) => kind);
};
const running = (slug: string) =>
  db().update(sessions).set({ state: "RUNNING", runningAt: new Date() }).where(eq(sessions.slug, slug));
const clock = (at: Date) => absoluteText(at, new Date(), testZone);

/** Hours begin ten minutes before this file does, so that none ends while it runs, whenever that is. */
const began = Date.now() - 10 * minuteMs;
/** The hour that runs now, and so many later. */
const hour = (later: number) => new Date(began + later * slotMs);

/** Somebody holds hours, counted from the present one. */
const holds = (who: CommandContext, hours: readonly number[], index = 0, from = hour(0)) =>
  holdHours(db(), { userId: who.actor.userId, gpuId: gpu(index).id }, hours, from);
const endsIn = (hours: number, ms: number) => endHoursIn(db(), hours, ms);

async function refusal(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => new Error("It was done."),
    (thrown: unknown) => thrown,
  );
  if (error instanceof AppError) return error.message;
  throw error;
}

describe("a launch on a GPU whose hours are sold", () => {
  test("is its holder's, until the first hour that isn't theirs; others are told whose it is and until when", async () => {
    await holds(ana, [0, 1, 2, 4]);
    await holds(bo, [3]);
    const next = hour(3);
    expect(await refusal(onGpu(bo))).toBe(
      `GPU 0 (A100) is auctioned by the hour, and ${ana.actor.username} holds it until ${clock(next)}. Your next hour of it begins at ${clock(next)}.`,
    );
    const slug = await onGpu(ana);
    expect(await heldUntil(slug)).toBe(next.toISOString());
    expect(await view(ana, slug)).toMatchObject({
      stopsAt: new Date(next.getTime() - minuteMs).toISOString(),
      endsBy: "held_hours",
      endsWithHours: false,
    });
  });

  test("is nobody's in an hour that nobody holds, and can be had by taking it", async () => {
    expect(await refusal(onGpu(ana))).toBe(
      "GPU 0 (A100) is auctioned by the hour, and nobody holds this one: take it for 1 credit under GPU time.",
    );
    await takeSlot(ana, { gpuId: gpu(0).publicId, slot: hour(0).toISOString() });
    expect(await heldUntil(await onGpu(ana))).toBe(hour(1).toISOString());
  });

  test("never starts in the last minute before the hours end, and says when the next begin", async () => {
    await holds(ana, [0, 2]);
    await endsIn(1, 59_000);
    const [, second] = await db().select().from(slots).orderBy(asc(slots.startsAt));
    const next = required(second, "the second hour").startsAt;
    const end = new Date(next.getTime() - slotMs);
    expect(await refusal(onGpu(ana))).toBe(
      `Your hours of GPU 0 (A100) end at ${clock(end)}, and nothing starts in the last minute before. Your next hour of it begins at ${clock(next)}.`,
    );
    expect(await listGpus(db(), ana.actor, "external")).toMatchObject([{ free: false }, {}, {}]);
    await goOn(db(), -5_000);
    expect(await listGpus(db(), ana.actor, "external")).toMatchObject([{ free: true }, {}, {}]);
    await onGpu(ana);
  });

  test("prefers the GPU that its owner holds, and takes one on demand when that is in use", async () => {
    await holds(ana, [0], 1);
    const gpuOf = async (slug: string) => (await view(ana, slug)).gpu.id;
    const listed = await listGpus(db(), ana.actor, "external");
    expect(listed.map(({ free }) => free)).toEqual([false, true, true]);
    expect(listed.map(({ heldUntil: until }) => until !== null)).toEqual([false, true, false]);
    const slug = await launch(ana, { workspaceName: "one" });
    expect(await gpuOf(slug)).toBe(gpu(1).publicId);
    const second = await launch(ana, { workspaceName: "two" });
    expect(await gpuOf(second)).toBe(gpu(2).publicId);
    expect(await row(second)).toMatchObject({ needsHeldHours: false, heldUntil: null });
    expect((await listGpus(db(), bo.actor, "external"))[1]).toMatchObject({
      heldUntil: null,
      free: false,
      holder: { username: ana.actor.username, until: (await view(ana, slug)).stopsAt },
    });
  });

  test("says of several when the next own hour begins, and which can be taken", async () => {
    await db()
      .update(gpus)
      .set({ state: "disabled", stateReason: "out" })
      .where(eq(gpus.id, gpu(2).id));
    await db().update(gpus).set({ mode: "auction" });
    await holds(bo, [0]);
    await holds(ana, [2], 1);
    const next = hour(2);
    expect(await refusal(launch(ana))).toBe(
      `All 3 GPUs are auctioned by the hour, none to whoever comes first. Your next hour begins at ${clock(next)} on GPU 1. Nobody holds GPU 1 this hour: take it for 1 credit under GPU time.`,
    );
    await db().update(gpus).set({ state: "available", stateReason: null });
  });

  test("of fifty people at the hour is the holder's alone", async () => {
    await holds(ana, [0]);
    const others = await Promise.all(Array.from({ length: 49 }, () => seedUser(db())));
    const results = await Promise.allSettled([...others, ana].map((who) => onGpu(who)));
    const won = results.filter(({ status }) => status === "fulfilled");
    expect(won).toHaveLength(1);
    expect(results.at(-1)?.status).toBe("fulfilled");
    for (const one of results)
      if (one.status === "rejected") expect(one.reason).toMatchObject({ code: "conflict" });
  });
});

describe("the end of the hours that are held", () => {
  async function heldSession(hours: readonly number[], more: LaunchInput = {}): Promise<string> {
    await holds(ana, hours);
    const slug = await onGpu(ana, 0, more);
    await running(slug);
    return slug;
  }
  const ends = async (slug: string) => {
    return (Date.parse((await heldUntil(slug)) ?? "") - (await firstHour(db())).getTime()) / slotMs;
  };

  test("moves with hours that are taken and given back; a later one after a gap moves nothing", async () => {
    const slug = await heldSession([0]);
    const slot = (later: number) => ({ gpuId: gpu(0).publicId, slot: hour(later).toISOString() });
    await takeSlot(ana, slot(2));
    await applyHeldHours(db());
    expect(await ends(slug)).toBe(1);
    await takeSlot(ana, slot(1));
    await Promise.all([applyHeldHours(db()), applyHeldHours(db())]);
    expect(await ends(slug)).toBe(3);
    await releaseSlot(ana, slot(2));
    await Promise.all([applyHeldHours(db()), applyHeldHours(db())]);
    expect(await ends(slug)).toBe(2);
    expect((await kinds(slug)).filter((kind) => kind === "hours_changed")).toHaveLength(2);
  });

  test("is never between hours that follow each other", async () => {
    const slug = await heldSession([0, 1, 2]);
    for (const left of [2 * slotMs + 30_000, 2 * slotMs - 1_000, slotMs + 1_000, slotMs - 1_000, 61_000]) {
      await endsIn(3, left);
      await applyHeldHours(db());
      expect([await stopOutOfHours(db()), (await row(slug)).state]).toEqual([0, "RUNNING"]);
    }
    await endsIn(3, 59_500);
    expect(await stopOutOfHours(db())).toBe(1);
  });

  test("stops it a minute before, once, by however many workers, and tells why", async () => {
    const slug = await heldSession([0, 2]);
    await endsIn(1, 61_500);
    expect(await stopOutOfHours(db())).toBe(0);
    await endsIn(1, 59_000);
    const stopped = await Promise.all(Array.from({ length: 6 }, () => stopOutOfHours(db())));
    expect(stopped.reduce((sum, n) => sum + n, 0)).toBe(1);
    const ended = await row(slug);
    expect(ended).toMatchObject({ state: "STOPPING", stopReason: "hour_ended", error: null });
    expect(ended.stopSnapshotId).not.toBeNull();
    expect(await told(ana)).toEqual(["session_hour_ended"]);
  });

  test("stops nothing whose owner has just taken the next hour, though no round has seen that yet", async () => {
    const slug = await heldSession([0]);
    await endsIn(1, 59_000);
    await holds(ana, [1], 0, await firstHour(db()));
    expect(await stopOutOfHours(db())).toBe(0);
    expect(await ends(slug)).toBe(2);
  });

  test("comes at once where its owner's hour is no longer theirs", async () => {
    const slug = await heldSession([0, 1]);
    await db().update(slots).set({ userId: bo.actor.userId });
    await applyHeldHours(db());
    expect(await stopOutOfHours(db())).toBe(1);
    expect(await row(slug)).toMatchObject({ state: "STOPPING", stopReason: "hour_ended" });
  });

  test("of one waits for no lock of another's owner, and comes with a later round", async () => {
    await holds(ana, [0]);
    await holds(bo, [0], 1);
    const [locked, free] = [await onGpu(ana), await onGpu(bo, 1)];
    await endsIn(1, 59_000);
    const bulk = await db().$client.getConnection();
    await bulk.query("begin");
    await bulk.query("select * from users where id = ? for update", [ana.actor.userId]);
    expect(await stopOutOfHours(db())).toBe(1);
    expect([(await row(locked)).state, (await row(free)).state]).toEqual(["STARTING", "STOPPING"]);
    await bulk.query("rollback");
    bulk.release();
    expect(await stopOutOfHours(db())).toBe(1);
  });

  test("is seen to in as few statements for many sessions as for one, while nothing is due", async () => {
    const one = connectDb({ url: database.url, poolSize: 1 });
    const asked = async () => {
      const [rows] = await one.$client.query<RowDataPacket[]>("show session status like 'Questions'");
      return Number(rows[0]?.Value);
    };
    await db().update(gpus).set({ mode: "auction" });
    for (const index of [0, 1, 2]) {
      await holds(ana, [0, 1], index);
      await running(await onGpu(ana, index, { workspaceName: `w${index}` }));
    }
    await endsIn(2, 20 * minuteMs);
    await applyHeldHours(one);
    expect(await told(ana)).toEqual(Array(3).fill("session_hour_ending 19"));
    const before = await asked();
    await applyHeldHours(one);
    // Who has what, and who was told; and the question itself.
    expect((await asked()) - before).toBe(3);
    expect(await stopOutOfHours(one)).toBe(0);
    expect((await asked()) - before).toBe(5);
    await one.$client.end();
  });

  test("leaves what is on a silent host until it answers", async () => {
    const slug = await heldSession([0]);
    await endsIn(1, -5_000);
    await db()
      .update(nodes)
      .set({ lastSeenAt: new Date(Date.now() - 120_000) });
    await applyHeldHours(db());
    expect(await stopOutOfHours(db())).toBe(0);
    await db().update(nodes).set({ lastSeenAt: new Date() });
    expect(await stopOutOfHours(db())).toBe(1);
    expect((await row(slug)).state).toBe("STOPPING");
  });

  test("is told 30, 10 and 1 minute ahead, once each, and taken back when hours are added", async () => {
    const slug = await heldSession([0]);
    const round = () => Promise.all([applyHeldHours(db()), applyHeldHours(db())]);
    // It is stopped a minute before they end; told is how much is left, past a mark less than that.
    for (const [minutes, left] of [
      [40, []],
      [31.2, []],
      [30.9, [30]],
      [11.2, [10]],
      [10.9, [10]],
      [2.2, [1]],
      [1.9, [1]],
    ] as const) {
      await db().delete(notices);
      await endsIn(1, minutes * minuteMs);
      for (let n = 0; n < 3; n++) await round();
      expect([minutes, await told(ana)]).toEqual([
        minutes,
        left.map((each) => `session_hour_ending ${each}`),
      ]);
    }
    await db().delete(notices);
    await db().delete(sessionEvents).where(eq(sessionEvents.kind, "hour_ending"));
    await endsIn(1, 20 * minuteMs);
    for (let n = 0; n < 3; n++) await round();
    expect(await told(ana)).toEqual(["session_hour_ending 19"]);
    expect((await kinds(slug)).filter((kind) => kind === "hour_ending")).toHaveLength(1);
    await holds(ana, [1], 0, await firstHour(db()));
    await round();
    expect(await told(ana)).toEqual([]);
  });

  test("and the time limit: the sooner is shown, told and carried out", async () => {
    const slug = await heldSession([0, 1], { ttlMinutes: 300 });
    const stopsAt = new Date(Date.now() + 300 * minuteMs);
    await db()
      .update(sessions)
      .set({ stopsAt, runningAt: new Date(Date.now() - slotMs) })
      .where(eq(sessions.slug, slug));
    expect(await view(ana, slug)).toMatchObject({ endsBy: "held_hours" });
    const soon = new Date(Date.now() + 5 * minuteMs);
    await db().update(sessions).set({ stopsAt: soon }).where(eq(sessions.slug, slug));
    expect(await view(ana, slug)).toMatchObject({ endsBy: "time_limit", stopsAt: soon.toISOString() });
    await endsIn(2, 8 * minuteMs);
    await applyHeldHours(db());
    await warnOfEnds(db());
    expect(await told(ana)).toEqual(["session_ending"]);
    await db().delete(notices);
    await db()
      .update(sessions)
      .set({ stopsAt: new Date(Date.now() + 9 * minuteMs) })
      .where(eq(sessions.slug, slug));
    await applyHeldHours(db());
    await warnOfEnds(db());
    expect(await told(ana)).toEqual(["session_hour_ending 7"]);
    expect(await stopOverdue(db())).toBe(0);
  });

  test("and the week's GPU-hours: the sooner alone is told, and the other once it is the sooner", async () => {
    const slug = await heldSession([0]);
    await endsIn(1, 8 * minuteMs);
    await db()
      .update(sessions)
      .set({ runningAt: new Date(Date.now() - 10 * minuteMs) })
      .where(eq(sessions.slug, slug));
    const limit = async (maxGpuMinutesPerWeek: number | null) =>
      db().update(users).set({ maxGpuMinutesPerWeek }).where(eq(users.id, ana.actor.userId));
    // Whatever else she used this week, some twenty minutes are left.
    await limit(1);
    const used = (await getLimits(db(), ana.actor, testZone)).gpuHours.used * 60;
    await limit(Math.ceil(used) + 20);
    await applyHeldHours(db());
    await applyWeeklyHours(db(), testZone);
    expect(await view(ana, slug)).toMatchObject({ endsBy: "held_hours", condition: null });
    expect(await told(ana)).toEqual(["session_hour_ending 7"]);
    await holds(ana, [1], 0, await firstHour(db()));
    await applyHeldHours(db());
    const after = await view(ana, slug);
    expect(after).toMatchObject({ endsBy: "gpu_hours", conditionKind: "hours" });
    expect(await told(ana)).toEqual(["session_hours_ending"]);
    await db().delete(slots).where(gt(slots.startsAt, new Date()));
    await applyHeldHours(db());
    expect((await view(ana, slug)).condition).toBeNull();
    expect(await told(ana)).toEqual(["session_hour_ending 7"]);
    await limit(null);
  });

  test("bounds what it is extended by", async () => {
    const slug = await heldSession([0, 1], { ttlMinutes: 30 });
    const until = required((await row(slug)).heldUntil, "the end of the hours");
    const stopsAt = new Date(Date.now() + 30 * minuteMs);
    await db().update(sessions).set({ stopsAt }).where(eq(sessions.slug, slug));
    const possible = await getExtension(ana, "external", slug);
    expect(possible).toMatchObject({ boundBy: "held_hours" });
    expect(Date.parse(possible.until ?? "")).toBeLessThanOrEqual(until.getTime() - minuteMs);
    expect(Date.parse(possible.until ?? "")).toBeGreaterThan(until.getTime() - 2 * minuteMs - 1_000);
    expect(await refusal(extendSession(ana, "external", { slug, ttlMinutes: 300 }))).toContain(
      `you hold hours of the GPU until ${clock(until)} only; with the next one, under GPU time, it can go on.`,
    );
    await extendSession(ana, "external", { slug, ttlMinutes: "max" });
    expect((await view(ana, slug)).endsBy).toBe("time_limit");
  });
});

test("what began on demand goes on when the GPU is auctioned, until the first hour that somebody else holds", async () => {
  const slug = await onGpu(bo, 2);
  await running(slug);
  const admin = await seedUser(db(), { role: "admin" });
  await updateGpu(admin, admin.actor, { id: gpu(2).publicId, mode: "auction" });
  await applyHeldHours(db());
  expect([await stopOutOfHours(db()), await heldUntil(slug)]).toEqual([0, null]);
  await holds(bo, [0, 1], 2);
  await holds(ana, [4], 2);
  await applyHeldHours(db());
  expect(await heldUntil(slug)).toBe(hour(4).toISOString());
  await db().delete(slots).where(eq(slots.userId, ana.actor.userId));
  await applyHeldHours(db());
  expect(await heldUntil(slug)).toBeNull();
  await holds(ana, [2], 2, new Date(Date.now() - 2 * slotMs + 59_000));
  await applyHeldHours(db());
  expect(await stopOutOfHours(db())).toBe(1);
  expect(await view(bo, slug)).toMatchObject({ state: "STOPPING", stopReason: "hour_ended" });
});

test("an hour that is led at the week's turn goes on, until somebody else leads it", async () => {
  const [open] = await db().select().from(weeks).where(eq(weeks.status, "open"));
  const week = required(open, "the open week").key;
  await holds(ana, [0]);
  const startsAt = hour(1);
  const led = { gpuId: gpu(0).id, startsAt, week, state: "leading", price: 1, n: 1, hold: "a hold" } as const;
  await db()
    .insert(slots)
    .values({ ...led, userId: ana.actor.userId });
  const slug = await onGpu(ana);
  expect(await heldUntil(slug)).toBe(new Date(startsAt.getTime() + slotMs).toISOString());
  await db().update(slots).set({ userId: bo.actor.userId }).where(eq(slots.state, "leading"));
  await applyHeldHours(db());
  expect(await heldUntil(slug)).toBe(startsAt.toISOString());
});
