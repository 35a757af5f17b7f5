import { and, eq, isNotNull, isNull, sql } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  auditLog,
  gpus,
  nodes,
  notices,
  plannedStarts,
  sessions,
  slots,
  sshKeys,
  users,
  weeks,
  workspaces,
} from "@/db/schema";
import { createTestDatabase, type TestDatabase } from "@/db/testing";
import { required } from "@/lib/kernel/assert";
import { AppError } from "@/lib/kernel/errors";
import { newPublicId } from "@/lib/kernel/ids";
import { listNotices } from "@/lib/notices/queries";
import { getSummary } from "@/lib/schedule/queries/own";
import { slotMs } from "@/lib/schedule/rules";
import { settleWeeks } from "@/lib/schedule/zone";
import { type CommandContext, createWorkspace } from "@/lib/workspaces/commands";
import type { Exposure } from "@/lib/workspaces/model";
import { launchSession } from "./commands/launch";
import { dropPlannedStart, planStart } from "./commands/plan";
import { stopSession } from "./commands/stop";
import { startPlanned, sweepPlanned } from "./lifecycle/planned-starts";
import type { PlanStartInput } from "./planned-model";
import { listPlanned } from "./planned-queries";
import { unreadable } from "./planned-rules";
import { seedLab, seedUser, testZone } from "./testing";

const minuteMs = 60_000;
/** So far away is an hour that is to come: whoever has the one before can still launch in it. ms */
const aheadMs = 5 * minuteMs;

let database: TestDatabase;
let [gpu, other] = [] as unknown as [{ id: number; publicId: string }, { id: number; publicId: string }];
let week: string;
let ana: CommandContext;
let bo: CommandContext;

beforeAll(async () => {
  database = await createTestDatabase();
  await seedLab(db(), { gpus: 2, model: "A100" });
  await settleWeeks(db(), testZone);
  const found = await db().select().from(gpus).orderBy(gpus.deviceIndex);
  [gpu, other] = [required(found[0], "GPU 0"), required(found[1], "GPU 1")];
  const [executing] = await db().select().from(weeks).where(eq(weeks.status, "executing"));
  week = required(executing, "the week that runs").key;
});
afterAll(() => database.close());

/** Both GPUs are auctioned, nobody holds an hour, nothing runs and nothing is planned. */
beforeEach(async () => {
  await db().delete(plannedStarts);
  await db().update(sessions).set({ state: "STOPPED", endedAt: new Date() });
  await db().update(nodes).set({ lastSeenAt: new Date() });
  await db().delete(slots);
  await db().update(gpus).set({ mode: "auction", state: "available", stateReason: null });
  [ana, bo] = [await seedUser(db(), { maxSessions: 3, canUseInternal: true }), await seedUser(db())];
});

const db = () => database.db;
const inMs = (ms: number) => new Date(Date.now() + ms);
const round = () => startPlanned(db(), testZone);

/** Somebody holds so many hours of a GPU from an instant on. */
async function holds({ actor }: CommandContext, from: Date, hours = 1, on = gpu): Promise<Date> {
  await db()
    .insert(slots)
    .values(
      Array.from({ length: hours }, (_, later) => ({
        ...{ gpuId: on.id, startsAt: new Date(from.getTime() + later * slotMs), week },
        ...({ state: "sold", userId: actor.userId, price: 1, n: 1 } as const),
      })),
    );
  return from;
}

const plan = (
  who: CommandContext,
  at: Date,
  more: Partial<PlanStartInput> = {},
  exposure: Exposure = "external",
) => planStart(who, exposure, { gpuId: gpu.publicId, slot: at.toISOString(), ...more });

/** As if so much time had gone by: hours and what is planned for them lie that much earlier. */
async function later(ms: number): Promise<void> {
  const back = sql`interval ${ms * 1000} microsecond`;
  await db()
    .update(slots)
    .set({ startsAt: sql`${slots.startsAt} - ${back}` });
  await db()
    .update(plannedStarts)
    .set({
      startsAt: sql`${plannedStarts.startsAt} - ${back}`,
      dueAt: sql`${plannedStarts.dueAt} - ${back}`,
    });
}

/** A start is planned for an hour to come, which then has begun a second ago. */
async function comes(who: CommandContext, hours = 1, more: Partial<PlanStartInput> = {}): Promise<void> {
  await plan(who, await holds(who, inMs(aheadMs), hours), more);
  await later(aheadMs + 1_000);
}

const planned = async () => required((await db().select().from(plannedStarts))[0], "what was planned");
const dueInMs = async () => (await planned()).dueAt.getTime() - Date.now();
const active = () => db().select().from(sessions).where(isNotNull(sessions.activeGpuId));
const listed = async (who: CommandContext, exposure: Exposure = "external") =>
  (await listPlanned(db(), who.actor, exposure, { limit: 50 })).data;
const told = async (who: CommandContext) => {
  const { data } = await listNotices(db(), who.actor, { limit: 50 });
  return data.map(({ content }) => content).reverse();
};
const kindsTold = async (who: CommandContext) => (await told(who)).map(({ kind }) => kind);

async function refusal(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => new Error("It was done."),
    (thrown: unknown) => thrown,
  );
  if (error instanceof AppError) return error.message;
  throw error;
}

describe("a start can be planned", () => {
  test("for an hour to come that one holds or leads, once, and is launched as was asked last", async () => {
    const at = await holds(ana, inMs(aheadMs), 2);
    await plan(ana, at, { ttlMinutes: 30 });
    await plan(ana, at, { workspaceName: "nightly" });
    expect(await listed(ana)).toMatchObject([
      {
        ...{ gpu: { id: gpu.publicId, index: 0 }, slot: at.toISOString(), state: "PLANNED" },
        ...{ launch: { workspaceName: "nightly" }, session: null, reason: null },
        heldUntil: new Date(at.getTime() + 2 * slotMs).toISOString(),
      },
    ]);
    expect(await listed(bo)).toEqual([]);
    expect(await listed(ana, "internal")).toEqual([]);
    const actions = await db()
      .select({ action: auditLog.action })
      .from(auditLog)
      .where(eq(auditLog.actorId, ana.actor.userId));
    expect(actions.map(({ action }) => action)).toEqual(["session.plan", "session.plan"]);
    await db().update(slots).set({ state: "leading", hold: "a hold" });
    await plan(ana, at);
  });

  test("for no hour that is somebody else's, nobody's or has begun, and on one side only", async () => {
    const at = await holds(bo, inMs(aheadMs));
    expect(await refusal(plan(ana, at))).toContain("you don't hold it.");
    expect(await refusal(plan(ana, inMs(9 * slotMs)))).toContain("you don't hold it.");
    expect(await refusal(plan(ana, await holds(ana, inMs(-minuteMs), 1, gpu)))).toContain("it has begun.");
    const mine = await holds(ana, inMs(3 * slotMs));
    await plan(ana, mine, {}, "internal");
    expect(await refusal(plan(ana, mine))).toBe(
      "On the internal side you have one planned for that hour already.",
    );
    await dropPlannedStart(ana, "internal", { gpuId: gpu.publicId, slot: mine.toISOString() });
    await plan(ana, mine);
  });

  test("for nothing that could not be launched anyway", async () => {
    const at = await holds(ana, inMs(aheadMs));
    expect(await refusal(plan(ana, at, { packId: newPublicId("pck") }))).toMatch(/^No pack/);
    expect(await refusal(plan(ana, at, { workspaceId: newPublicId("wsp") }))).toMatch(/^No workspace/);
    const { id } = await createWorkspace(bo, "external", { name: "hers" });
    expect(await refusal(plan(ana, at, { workspaceId: id }))).toBe(`No workspace ${id}.`);
    await db().update(users).set({ maxDurationMinutes: 60 }).where(eq(users.id, ana.actor.userId));
    expect(await refusal(plan(ana, at, { ttlMinutes: 61 }))).toMatch(/^Your sessions may run 1 h at most/);
    await db().update(users).set({ canUseInternal: false }).where(eq(users.id, ana.actor.userId));
    expect(await refusal(plan(ana, at, {}, "internal"))).toMatch(/may not use internal/);
    await db().delete(sshKeys).where(eq(sshKeys.userId, ana.actor.userId));
    expect(await refusal(plan(ana, at))).toMatch(/^Add an SSH public key first/);
    expect(await db().select().from(plannedStarts)).toEqual([]);
  });

  test("and be taken back, by whoever planned it alone", async () => {
    const at = await holds(ana, inMs(aheadMs));
    await plan(ana, at);
    const ref = { gpuId: gpu.publicId, slot: at.toISOString() };
    for (const [who, side] of [
      [bo, "external"],
      [ana, "internal"],
    ] as const) {
      expect(await refusal(dropPlannedStart(who, side, ref))).toMatch(
        /^No session of yours starts by itself/,
      );
    }
    await dropPlannedStart(ana, "external", ref);
    await later(aheadMs + 1_000);
    expect([await round(), await active()]).toEqual([0, []]);
  });
});

describe("when its hour comes", () => {
  test("a session starts in its owner's name, once, by however many workers", async () => {
    await plan(ana, await holds(ana, inMs(aheadMs), 2), { workspaceName: "nightly", ttlMinutes: 45 });
    expect(await round()).toBe(0);
    await later(aheadMs + 1_000);
    const started = await Promise.all(Array.from({ length: 6 }, round));
    expect(started.reduce((sum, n) => sum + n, 0)).toBe(1);
    const [session, ...more] = await active();
    expect(more).toEqual([]);
    expect(session).toMatchObject({
      userId: ana.actor.userId,
      gpuId: gpu.id,
      ttlMinutes: 45,
      needsHeldHours: true,
    });
    const [row] = await listed(ana);
    expect(row).toMatchObject({ state: "STARTED", session: session?.slug, reason: null });
    expect(await kindsTold(ana)).toEqual(["session_started"]);
    const [entry] = await db()
      .select()
      .from(auditLog)
      .where(and(eq(auditLog.action, "session.launch"), eq(auditLog.resource, session?.slug ?? "")));
    expect(entry).toMatchObject({ actorName: ana.actor.username });
    expect(entry?.requestId).toMatch(/^start:gpu_/);
    expect(await round()).toBe(0);
  });

  test("of many people at once, each on their own GPU and side", async () => {
    const at = inMs(aheadMs);
    await plan(ana, await holds(ana, at), {}, "internal");
    await holds(bo, at, 1, other);
    await planStart(bo, "external", { gpuId: other.publicId, slot: at.toISOString() });
    await later(aheadMs + 1_000);
    expect(await round()).toBe(2);
    const found = (await active()).map(({ userId, gpuId, exposure }) => ({ userId, gpuId, exposure }));
    expect(found).toEqual([
      { userId: ana.actor.userId, gpuId: gpu.id, exposure: "internal" },
      { userId: bo.actor.userId, gpuId: other.id, exposure: "external" },
    ]);
  });

  test("nothing starts for who holds the hour no more, and does once they hold it again", async () => {
    await plan(ana, await holds(ana, inMs(aheadMs)));
    const { startsAt } = await planned();
    const start = { gpuId: gpu.publicId, slot: startsAt.toISOString(), exposure: "external" };
    const summed = async (who: CommandContext) => (await getSummary(db(), who.actor)).starts;
    expect(await summed(ana)).toEqual([{ ...start, rests: false }]);
    await db().update(slots).set({ userId: bo.actor.userId });
    expect(await listed(ana)).toMatchObject([{ state: "PLANNED", heldUntil: null }]);
    expect([await summed(ana), await summed(bo)]).toEqual([[{ ...start, rests: true }], []]);
    await db().update(slots).set({ userId: ana.actor.userId });
    await later(aheadMs + 1_000);
    expect(await round()).toBe(1);
    expect(await summed(ana)).toEqual([]);
    await db().delete(plannedStarts);
    await db().update(sessions).set({ state: "STOPPED", endedAt: new Date() });
    await db().delete(slots);
    await comes(ana);
    await db().update(slots).set({ userId: bo.actor.userId });
    expect([await round(), await active()]).toEqual([0, []]);
    expect(await planned()).toMatchObject({
      state: "LAPSED",
      reason: "When the hour came you held it no more.",
    });
    expect(await kindsTold(ana)).toEqual(["session_started"]);
  });

  test("nothing starts beside a session that its owner has on the GPU already", async () => {
    await holds(ana, inMs(aheadMs - slotMs));
    const slug = await launchSession(ana, "external", { gpuId: gpu.publicId });
    await comes(ana, 1, { workspaceName: "second" });
    expect(await round()).toBe(0);
    expect(await planned()).toMatchObject({
      state: "LAPSED",
      reason: `Your session ${slug} was on the GPU already.`,
    });
    expect(await active()).toHaveLength(1);
  });

  test("late in a run of hours it starts all the same; after the run it has failed", async () => {
    await comes(ana, 3);
    await later(2 * slotMs);
    expect(await round()).toBe(1);
    await db().delete(plannedStarts);
    await db().update(sessions).set({ state: "STOPPED", endedAt: new Date() });
    await db().delete(slots);
    await comes(ana);
    await later(slotMs - 30_000);
    expect(await round()).toBe(0);
    const reason = "The lab's worker did not run while your hours lasted.";
    expect(await planned()).toMatchObject({ state: "FAILED", reason });
    expect(await told(ana)).toMatchObject([
      { kind: "session_started" },
      { kind: "session_not_started", reason },
    ]);
  });
});

describe("what is in the way", () => {
  test("and passes is waited for, and told once it takes long: the session before is still being stopped", async () => {
    await holds(bo, inMs(aheadMs - slotMs));
    const slug = await launchSession(bo, "external", { gpuId: gpu.publicId });
    await stopSession(bo, "external", slug);
    await comes(ana);
    expect(await round()).toBe(0);
    expect(await planned()).toMatchObject({
      state: "PLANNED",
      reason: expect.stringContaining("is in use by"),
    });
    expect(await told(ana)).toEqual([]);

    await later(3 * minuteMs);
    for (let n = 0; n < 3; n++) {
      await round();
      expect(await dueInMs()).toBeGreaterThan(5_000);
      await db().update(plannedStarts).set({ dueAt: new Date() });
    }
    expect(await told(ana)).toMatchObject([
      {
        kind: "session_start_waiting",
        gpu: "GPU 0 on gpu1",
        reason: expect.stringContaining("is in use by"),
      },
    ]);
    await db().update(sessions).set({ state: "STOPPED", endedAt: new Date() });
    expect(await round()).toBe(1);
    expect(await kindsTold(ana)).toEqual(["session_started"]);
  });

  test("and passes with one's own session that stops is waited for at the limit as well", async () => {
    await db().update(users).set({ maxSessions: 1 }).where(eq(users.id, ana.actor.userId));
    await holds(ana, inMs(-minuteMs), 1, other);
    const slug = await launchSession(ana, "external", { gpuId: other.publicId });
    await stopSession(ana, "external", slug);
    await comes(ana, 1, { workspaceName: "second" });
    expect(await round()).toBe(0);
    expect(await planned()).toMatchObject({ state: "PLANNED" });
    await db().update(sessions).set({ state: "STOPPED", endedAt: new Date() });
    await later(20_000);
    expect(await round()).toBe(1);
  });

  test("is waited for to the end of the hours, and then told: a GPU that was taken out of service", async () => {
    await comes(ana);
    await db().update(gpus).set({ state: "disabled", stateReason: "no fan" });
    await round();
    await later(slotMs);
    await round();
    const [waits, ...more] = await told(ana);
    expect(more).toEqual([]);
    expect(waits).toMatchObject({
      kind: "session_not_started",
      reason: expect.stringContaining("GPU 0 is disabled: no fan."),
    });
    expect(await planned()).toMatchObject({ state: "FAILED", sessionId: null });
  });

  test("is told no more once the hour is its owner's no more", async () => {
    await comes(ana);
    await db().update(gpus).set({ state: "disabled", stateReason: "no fan" });
    await later(3 * minuteMs);
    await round();
    expect(await kindsTold(ana)).toEqual(["session_start_waiting"]);
    await db().delete(slots);
    await db().update(plannedStarts).set({ dueAt: new Date() });
    await round();
    expect(await planned()).toMatchObject({ state: "LAPSED" });
    expect(await kindsTold(ana)).toEqual([]);
  });

  test("is waited for, where the host has lost the GPU", async () => {
    await comes(ana);
    await db().update(gpus).set({ present: false });
    await round();
    expect(await planned()).toMatchObject({
      ...{ state: "PLANNED", reason: "GPU 0 on gpu1 is not found in its host." },
    });
    await db().update(gpus).set({ present: true });
    await later(20_000);
    expect(await round()).toBe(1);
  });

  test("and does not pass is told at once, and nothing is left behind", async () => {
    const cases: [() => Promise<unknown>, RegExp][] = [
      [
        () => db().update(users).set({ disabledAt: new Date() }).where(eq(users.id, ana.actor.userId)),
        /disabled/,
      ],
      [
        () => db().delete(sshKeys).where(eq(sshKeys.userId, ana.actor.userId)),
        /^Add an SSH public key first/,
      ],
      [
        () => db().update(users).set({ maxSessions: 0 }).where(eq(users.id, ana.actor.userId)),
        /your limit is 0/,
      ],
      [
        () => db().update(users).set({ maxGpuMinutesPerWeek: 1 }).where(eq(users.id, ana.actor.userId)),
        /of this week's/,
      ],
      [
        () => db().update(users).set({ maxDiskGb: 0 }).where(eq(users.id, ana.actor.userId)),
        /0 GB are taken/,
      ],
    ];
    for (const [spoil, reason] of cases) {
      ana = await seedUser(db(), {});
      await db().delete(slots);
      await db().delete(plannedStarts);
      await comes(ana, 1, { workspaceName: "new" });
      await spoil();
      expect(await round()).toBe(0);
      expect(await planned()).toMatchObject({ state: "FAILED", reason: expect.stringMatching(reason) });
      const content = await db().select().from(notices).where(eq(notices.userId, ana.actor.userId));
      expect(content.map(({ content: { kind } }) => kind)).toEqual(["session_not_started"]);
      expect(await active()).toEqual([]);
      expect(await db().select().from(workspaces).where(eq(workspaces.userId, ana.actor.userId))).toEqual([]);
      expect(await round()).toBe(0);
    }
  });

  test("of the internal side is a grant that was withdrawn since", async () => {
    await plan(ana, await holds(ana, inMs(aheadMs)), {}, "internal");
    await db().update(users).set({ canUseInternal: false }).where(eq(users.id, ana.actor.userId));
    await later(aheadMs + 1_000);
    await round();
    expect(await planned()).toMatchObject({ state: "FAILED", reason: expect.stringMatching(/internal/) });
  });

  test("of one keeps no other waiting: what was stored of it and can't be read is told, and ended once", async () => {
    const at = inMs(aheadMs);
    await plan(ana, await holds(ana, at));
    await holds(bo, at, 1, other);
    await planStart(bo, "external", { gpuId: other.publicId, slot: at.toISOString() });
    await db().execute(
      sql`update planned_starts set launch = '{"ttlMinutes": -1}' where user_id = ${ana.actor.userId}`,
    );
    // Told in the list while it can still be planned anew.
    expect(await listed(ana)).toMatchObject([{ state: "PLANNED", launch: {}, reason: unreadable }]);
    await later(aheadMs + 1_000);
    const started = await Promise.all([round(), round(), round()]);
    expect(started.reduce((sum, n) => sum + n, 0)).toBe(1);
    expect((await active()).map(({ userId }) => userId)).toEqual([bo.actor.userId]);
    expect(await planned()).toMatchObject({ state: "FAILED", launch: {} });
    // What has become of one already stays as it is told, readable or not.
    await db().execute(
      sql`update planned_starts set launch = '{"ttlMinutes": -1}' where user_id = ${bo.actor.userId}`,
    );
    expect(await listed(bo)).toMatchObject([{ state: "STARTED", launch: {}, reason: null }]);
    expect(await told(ana)).toMatchObject([{ kind: "session_not_started", reason: unreadable }]);
    const ended = await db()
      .select()
      .from(auditLog)
      .where(and(eq(auditLog.action, "session.unplan"), isNull(auditLog.actorId)));
    const detail = { user: ana.actor.publicId, reason: unreadable, stored: '{"ttlMinutes": -1}' };
    expect(ended).toMatchObject([{ resource: gpu.publicId, detail }]);
    expect(await round()).toBe(0);
  });
});

test("what came of it is kept for a while", async () => {
  await comes(ana);
  await round();
  await sweepPlanned(db(), minuteMs);
  expect(await listed(ana)).toHaveLength(1);
  await sweepPlanned(db(), -minuteMs);
  expect(await listed(ana)).toEqual([]);
});
