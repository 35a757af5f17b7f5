import { and, eq } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { auditLog, nodes, sessionEvents, sessions, users, workspaces } from "@/db/schema";
import { createTestDatabase, type TestDatabase } from "@/db/testing";
import { inTransaction } from "@/db/tx";
import { systemAuditor } from "@/lib/audit/record";
import { required } from "@/lib/kernel/assert";
import { AppError, errorText } from "@/lib/kernel/errors";
import { listNotices } from "@/lib/notices/queries";
import { weekOf } from "@/lib/schedule/rules";
import { type CommandContext, createWorkspace } from "@/lib/workspaces/commands";
import { extendSession, getExtension } from "./commands/extend";
import { launchSession } from "./commands/launch";
import { beginStop, stopSession } from "./commands/stop";
import { applyWeeklyHours } from "./lifecycle/hours";
import { stopOverdue, warnOfEnds } from "./lifecycle/recover";
import { getLimits, usesOf } from "./limits";
import type { LaunchInput } from "./model";
import { getSession } from "./queries";
import { seedLab, seedUser, testZone } from "./testing";
import { gpuTimeMs } from "./usage";

const gpuCount = 40;
const minuteMs = 60_000;

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  await seedLab(database.db, { gpus: gpuCount });
});
afterAll(() => database.close());
beforeEach(async () => {
  await db().update(sessions).set({ state: "STOPPED", endedAt: new Date() });
  // No worker asks the host here, and the file takes longer than a host may be silent.
  await db().update(nodes).set({ lastSeenAt: new Date() });
});

const db = () => database.db;
const launch = (who: CommandContext, input: LaunchInput = {}) => launchSession(who, "external", input);
const view = (who: CommandContext, slug: string) => getSession(db(), who.actor, "external", "h", slug);
const row = async (slug: string) => {
  const [found] = await db().select().from(sessions).where(eq(sessions.slug, slug));
  return required(found, "the session");
};
const events = async (slug: string) => {
  const { id } = await row(slug);
  return db().select().from(sessionEvents).where(eq(sessionEvents.sessionId, id)).orderBy(sessionEvents.id);
};
/** As the worker leaves it, `minutes` after it began to run. */
async function running(slug: string, minutes = 0): Promise<void> {
  const { ttlMinutes } = await row(slug);
  const runningAt = new Date(Date.now() - minutes * minuteMs);
  const stopsAt = ttlMinutes === null ? null : new Date(runningAt.getTime() + ttlMinutes * minuteMs);
  await db().update(sessions).set({ state: "RUNNING", runningAt, stopsAt }).where(eq(sessions.slug, slug));
}
/** What its owner is told now of when it ends. */
async function endings(who: CommandContext, slug: string): Promise<[kind: string, stopsAt: string][]> {
  const { data } = await listNotices(db(), who.actor, { limit: 50 });
  return data.flatMap(({ content }) =>
    "stopsAt" in content && content.slug === slug ? [[content.kind, content.stopsAt]] : [],
  );
}
const refusals = (results: PromiseSettledResult<unknown>[]) =>
  results.filter((one) => one.status === "rejected").map(({ reason }) => reason as unknown);

/** A session of the past, from `from` to `to`; without an end it still runs. */
async function ran(who: CommandContext, from: Date, to: Date | null): Promise<void> {
  const slug = await launch(who, { workspaceName: `w${from.getTime()}` });
  await db()
    .update(sessions)
    .set({ state: to === null ? "RUNNING" : "STOPPED", runningAt: from, endedAt: to })
    .where(eq(sessions.slug, slug));
}

describe("GPU time of a week", () => {
  test("is what of each session lies in it, on either side of its turn and across a change of clocks", async () => {
    const who = await seedUser(db(), { maxSessions: 10 });
    const autumn = weekOf(new Date("2025-11-02T12:00:00Z"), "America/New_York");
    expect(autumn.end.getTime() - autumn.start.getTime()).toBe(169 * 60 * minuteMs);
    const at = (base: Date, minutes: number) => new Date(base.getTime() + minutes * minuteMs);
    await ran(who, at(autumn.start, -60), at(autumn.start, 30));
    await ran(who, at(autumn.start, 100), at(autumn.start, 145));
    await ran(who, at(autumn.end, -15), at(autumn.end, 600));
    await ran(who, at(autumn.start, -500), at(autumn.start, -400));
    expect(await gpuTimeMs(db(), who.actor.userId, autumn)).toBe((30 + 45 + 15) * minuteMs);
    const whole = await seedUser(db());
    await ran(whole, at(autumn.start, -60), null);
    expect(await gpuTimeMs(db(), whole.actor.userId, autumn)).toBe(169 * 60 * minuteMs);
    expect(await gpuTimeMs(db(), (await seedUser(db())).actor.userId, autumn)).toBe(0);
  });

  test("ends where a stop was asked for, however long the host takes to obey", async () => {
    const who = await seedUser(db());
    const week = weekOf(new Date(), testZone);
    const slug = await launch(who);
    await running(slug, 60);
    const stopRequestedAt = new Date(Date.now() - 40 * minuteMs);
    const asked = { state: "STOPPING", stopRequestedAt } as const;
    await db().update(sessions).set(asked).where(eq(sessions.slug, slug));
    const usedMinutes = async () => (await gpuTimeMs(db(), who.actor.userId, week)) / minuteMs;
    expect(await usedMinutes()).toBeCloseTo(20, 1);
    const obeyed = { state: "STOPPED", endedAt: new Date() } as const;
    await db().update(sessions).set(obeyed).where(eq(sessions.slug, slug));
    expect(await usedMinutes()).toBeCloseTo(20, 1);
  });

  test("counts what has not ended up to now, and is told with the limit", async () => {
    const who = await seedUser(db(), { limits: { maxGpuMinutesPerWeek: 150, maxDiskGb: 80 } });
    await running(await launch(who), 6);
    const limits = await getLimits(db(), who.actor, testZone);
    expect(limits.gpuHours.used).toBeCloseTo(0.1, 2);
    expect(limits).toMatchObject({
      sessions: { used: 1, limit: 2 },
      gpuHours: { limit: 2.5 },
      disk: { used: 50, limit: 80 },
      maxDurationMinutes: null,
    });
  });
});

test("what several use is told by their ids: hours of the week, and disk with snapshots as last measured", async () => {
  const [who, idle] = [await seedUser(db()), await seedUser(db())];
  const slug = await launch(who);
  await running(slug, 30);
  await createWorkspace(who, "external", { name: "measured" });
  await createWorkspace(who, "external", { name: "never-measured" });
  const mine = eq(workspaces.userId, who.actor.userId);
  await db().update(workspaces).set({ usedBytes: 5 }).where(mine);
  await db()
    .update(workspaces)
    .set({ totalBytes: 70 })
    .where(and(mine, eq(workspaces.name, "measured")));
  const uses = await usesOf(db(), testZone, [who.actor.publicId, idle.actor.publicId]);
  expect(uses.get(who.actor.publicId)?.diskBytes).toBe(5 + 70 + 5);
  expect(uses.get(who.actor.publicId)?.gpuHoursThisWeek).toBeCloseTo(0.5, 2);
  expect(uses.has(idle.actor.publicId)).toBe(false);
});

describe("a launch", () => {
  test("200 at once on an hour's limit: twelve, which get five minutes each", async () => {
    const who = await seedUser(db(), { maxSessions: 200, limits: { maxGpuMinutesPerWeek: 60 } });
    const wishes = Array.from({ length: 200 }, (_, n) => launch(who, { workspaceName: `w${n}` }));
    const results = await Promise.allSettled(wishes);
    const refused = refusals(results);
    expect(refused.filter((one) => !(one instanceof AppError && one.code === "conflict"))).toEqual([]);
    expect(results.length - refused.length).toBe(12);
    expect(new Set(refused.map(errorText)).size).toBe(1);
    expect(errorText(refused[0])).toMatch(
      /^You have used 0 min of this week's 1 h of GPU time, and your 12 active sessions need what is left\. The next week begins on Saturday \d+ \w+, 00:00 Pacific\/\w+; an admin can raise the limit\.$/,
    );
    const made = await db().select().from(workspaces).where(eq(workspaces.userId, who.actor.userId));
    expect(made).toHaveLength(12);
  });

  test("is refused when the hours are used up, and taken when an admin gives more", async () => {
    const who = await seedUser(db(), { limits: { maxGpuMinutesPerWeek: 15 } });
    const { start } = weekOf(new Date(), testZone);
    await ran(who, start, new Date(start.getTime() + 15 * minuteMs));
    await expect(launch(who)).rejects.toThrow(/^You have used 15 min of this week's 15 min of GPU time\./);
    await db().update(users).set({ maxGpuMinutesPerWeek: 30 }).where(eq(users.id, who.actor.userId));
    await launch(who);
  });

  test("gets the longest time its owner may run one, and no more", async () => {
    const who = await seedUser(db(), { limits: { maxDurationMinutes: 90 } });
    expect((await row(await launch(who))).ttlMinutes).toBe(90);
    const tooLong = launch(who, { workspaceName: "b", ttlMinutes: 91 });
    await expect(tooLong).rejects.toMatchObject({
      code: "invalid",
      fields: { ttlMinutes: expect.stringMatching(/1 h 30 min at most/) },
    });
    expect((await row(await launch(who, { workspaceName: "b", ttlMinutes: 10 }))).ttlMinutes).toBe(10);
  });
});

describe("disk", () => {
  test("20 workspaces at once on room for three: three, and what is left is said", async () => {
    const who = await seedUser(db(), { limits: { maxDiskGb: 100 } });
    const wishes = Array.from({ length: 20 }, (_, n) =>
      createWorkspace(who, "external", { name: `d${n}`, quotaGb: 30 }),
    );
    const refused = refusals(await Promise.allSettled(wishes));
    expect(refused).toHaveLength(17);
    expect(new Set(refused.map(errorText))).toEqual(
      new Set([
        "Your workspaces may have 100 GB together, and 90 GB are taken. Ask for less, delete one, or ask an admin to raise the limit.",
      ]),
    );
    // A launch that makes its workspace takes what is left.
    const session = await view(who, await launch(who, { workspaceName: "rest" }));
    expect(session.workspace.quotaGb).toBe(10);
    await expect(launch(who, { workspaceName: "more" })).rejects.toThrow(/100 GB are taken/);
  });
});

describe("the week's hours of what runs", () => {
  test("bring its end forward with a warning, give it back, and stop it when they are used up", async () => {
    const who = await seedUser(db(), { limits: { maxGpuMinutesPerWeek: 60 } });
    const [first, second] = [
      await launch(who, { ttlMinutes: 600 }),
      await launch(who, { workspaceName: "second" }),
    ];
    await running(first, 10);
    await running(second, 10);
    const own = await view(who, first);
    // 40 minutes are left for two: 20 minutes each.
    await Promise.all([applyWeeklyHours(db(), testZone), applyWeeklyHours(db(), testZone)]);
    const warned = await view(who, first);
    const leftMs = Date.parse(warned.stopsAt ?? "") - Date.now();
    expect(leftMs / minuteMs).toBeGreaterThan(19.5);
    expect(leftMs / minuteMs).toBeLessThanOrEqual(20);
    expect(warned).toMatchObject({ endsWithHours: true });
    expect(warned.condition).toMatch(/^The week's GPU-hours are nearly used up; when they are, it is/);
    expect((await view(who, second)).endsWithHours).toBe(true);
    const told = (await events(first)).filter(({ kind }) => kind === "hours_ending");
    expect(told).toHaveLength(1);
    expect(told[0]?.detail).toMatch(
      /^This week's 1 h of GPU time are used up in \d+ min: .* The next week begins on Sat/,
    );

    // One of the two ends: 40 minutes are more than the warning, so the other has its own limit again.
    await db()
      .update(sessions)
      .set({ state: "STOPPED", endedAt: new Date() })
      .where(eq(sessions.slug, second));
    await applyWeeklyHours(db(), testZone);
    expect(await view(who, first)).toMatchObject({
      endsWithHours: false,
      stopsAt: own.stopsAt,
      condition: null,
    });

    await db().update(users).set({ maxGpuMinutesPerWeek: 15 }).where(eq(users.id, who.actor.userId));
    await applyWeeklyHours(db(), testZone);
    await stopOverdue(db());
    expect(await view(who, first)).toMatchObject({ state: "STOPPING", stopReason: "gpu_hours" });
    expect((await row(first)).stopSnapshotId).toMatch(/^snp_/);
    const { data: notices } = await listNotices(db(), who.actor, { limit: 50 });
    const ofFirst = notices.filter(({ href }) => href === `/sessions/${first}`);
    // The first warning was taken back with the end that it told of.
    expect(ofFirst.map(({ content }) => content.kind).reverse()).toEqual([
      "session_hours_ending",
      "session_hours_used_up",
    ]);
  });

  test("take the place of a time limit's end that was told of", async () => {
    const who = await seedUser(db(), { limits: { maxGpuMinutesPerWeek: 600 } });
    const slug = await launch(who, { ttlMinutes: 40 });
    await running(slug, 32);
    await warnOfEnds(db());
    expect(await endings(who, slug)).toEqual([["session_ending", (await view(who, slug)).stopsAt]]);
    await db().update(users).set({ maxGpuMinutesPerWeek: 37 }).where(eq(users.id, who.actor.userId));
    await applyWeeklyHours(db(), testZone);
    expect(await endings(who, slug)).toEqual([["session_hours_ending", (await view(who, slug)).stopsAt]]);
  });

  test("tell of the end anew when another session moves it, and of no end that was", async () => {
    const who = await seedUser(db(), { limits: { maxGpuMinutesPerWeek: 60 } });
    const first = await launch(who);
    await running(first, 32);
    const stopsAt = async () => (await view(who, first)).stopsAt;
    await applyWeeklyHours(db(), testZone);
    const alone = await stopsAt();
    expect(await endings(who, first)).toEqual([["session_hours_ending", alone]]);

    // Another session halves what is left, and the end that was told of is none any more.
    const second = await launch(who, { workspaceName: "second" });
    await Promise.all([applyWeeklyHours(db(), testZone), applyWeeklyHours(db(), testZone)]);
    const both = await stopsAt();
    expect((Date.parse(alone ?? "") - Date.parse(both ?? "")) / minuteMs).toBeCloseTo(14, 1);
    expect(await endings(who, first)).toEqual([["session_hours_ending", both]]);

    // It is stopped: the end goes back, and so does what is told.
    await stopSession(who, "external", second);
    await applyWeeklyHours(db(), testZone);
    const again = await stopsAt();
    expect(Math.abs(Date.parse(again ?? "") - Date.parse(alone ?? ""))).toBeLessThan(minuteMs);
    expect(await endings(who, first)).toEqual([["session_hours_ending", again]]);
    expect((await events(first)).filter(({ kind }) => kind === "hours_ending")).toHaveLength(1);
  });

  test("that drift within the minute that was told tell nothing more", async () => {
    const who = await seedUser(db(), { limits: { maxGpuMinutesPerWeek: 60 } });
    const slug = await launch(who);
    await running(slug, 40);
    await applyWeeklyHours(db(), testZone);
    const told = async () => (await listNotices(db(), who.actor, { limit: 50 })).data.map(({ id }) => id);
    const before = await told();
    const { stopsAt, runningAt } = await row(slug);
    const secondsIn = required(stopsAt, "its end").getSeconds();
    const driftMs = secondsIn < 30 ? 15_000 : -15_000;
    const began = new Date(required(runningAt, "its start").getTime() + driftMs);
    await db().update(sessions).set({ runningAt: began }).where(eq(sessions.slug, slug));
    await applyWeeklyHours(db(), testZone);
    expect((await row(slug)).stopsAt?.getTime()).not.toBe(stopsAt?.getTime());
    expect(await told()).toEqual(before);
  });

  test("end nothing on a host that is silent, until it is heard again", async () => {
    const who = await seedUser(db(), { limits: { maxGpuMinutesPerWeek: 15 } });
    const [warned, fresh] = [await launch(who), await launch(who, { workspaceName: "fresh" })];
    await running(warned, 1);
    await applyWeeklyHours(db(), testZone);
    const before = await view(who, warned);
    expect(before.endsWithHours).toBe(true);
    await running(fresh, 20);
    const gone = new Date(Date.now() - 5 * minuteMs);
    const past = new Date(Date.now() - minuteMs);
    await db().update(sessions).set({ stopsAt: past }).where(eq(sessions.slug, warned));
    try {
      for (const silence of [{ unreachableSince: gone }, { unreachableSince: null, lastSeenAt: gone }]) {
        await db().update(nodes).set(silence);
        await applyWeeklyHours(db(), testZone);
        expect(await stopOverdue(db())).toBe(0);
        expect(await view(who, warned)).toMatchObject({ state: "RUNNING", stopsAt: past.toISOString() });
        expect(await view(who, fresh)).toMatchObject({ state: "RUNNING", endsWithHours: false });
      }
    } finally {
      await db().update(nodes).set({ unreachableSince: null, lastSeenAt: new Date() });
    }
    await applyWeeklyHours(db(), testZone);
    expect(await stopOverdue(db())).toBe(2);
    for (const slug of [warned, fresh]) {
      expect(await view(who, slug)).toMatchObject({ state: "STOPPING", stopReason: "gpu_hours" });
    }
  });

  test("that an admin takes the limit from go on as they were", async () => {
    const who = await seedUser(db(), { limits: { maxGpuMinutesPerWeek: 15 } });
    const slug = await launch(who);
    await running(slug, 1);
    await applyWeeklyHours(db(), testZone);
    expect(await view(who, slug)).toMatchObject({ endsWithHours: true });
    await db().update(users).set({ maxGpuMinutesPerWeek: null }).where(eq(users.id, who.actor.userId));
    await applyWeeklyHours(db(), testZone);
    expect(await view(who, slug)).toMatchObject({ endsWithHours: false, stopsAt: null, condition: null });
  });
});

describe("extending", () => {
  test("moves the end as far as the longest session goes, said, audited and no further", async () => {
    const who = await seedUser(db(), { limits: { maxDurationMinutes: 180 } });
    const slug = await launch(who, { ttlMinutes: 60 });
    await running(slug, 10);
    const before = Date.parse((await view(who, slug)).stopsAt ?? "");
    expect(await getExtension(who, "external", slug)).toMatchObject({ minutes: 120, boundBy: "duration" });
    // Sent twice, as when the first answer got lost.
    for (let twice = 0; twice < 2; twice++) await extendSession(who, "external", { slug, ttlMinutes: 90 });
    expect(Date.parse((await view(who, slug)).stopsAt ?? "") - before).toBe(30 * minuteMs);
    await expect(extendSession(who, "external", { slug, ttlMinutes: 80 })).rejects.toThrow(
      `Session ${slug} has a time limit of 1 h 30 min already.`,
    );
    await expect(extendSession(who, "external", { slug, ttlMinutes: 330 })).rejects.toThrow(
      `Session ${slug} can be extended by 1 h 30 min at most: its owner's sessions may not run longer.`,
    );
    await extendSession(who, "external", { slug, ttlMinutes: "max" });
    expect((await row(slug)).ttlMinutes).toBe(180);
    await expect(extendSession(who, "external", { slug, ttlMinutes: "max" })).rejects.toThrow(
      /can't be extended/,
    );
    expect((await events(slug)).map(({ kind }) => kind)).toEqual(["requested", "extended", "extended"]);
    expect(await db().select().from(auditLog).where(eq(auditLog.resource, slug))).toMatchObject([
      { action: "session.launch" },
      { action: "session.extend", detail: { minutes: 30, ttlMinutes: 90 } },
      { action: "session.extend", detail: { minutes: 90, ttlMinutes: 180 } },
    ]);
  });

  test("goes no further than the week's hours", async () => {
    const who = await seedUser(db(), { limits: { maxGpuMinutesPerWeek: 120 } });
    const slug = await launch(who, { ttlMinutes: 60 });
    await running(slug, 10);
    const { until: _, ...possible } = await getExtension(who, "external", slug);
    expect(possible).toEqual({ ttlMinutes: 60, minutes: 59, boundBy: "gpu_hours" });
    await expect(extendSession(who, "external", { slug, ttlMinutes: 121 })).rejects.toThrow(
      /by 59 min at most: by then the week's GPU-hours are used up/,
    );
  });

  test("twenty at once: the same wish counts once, and none goes beyond the limit", async () => {
    const who = await seedUser(db(), { limits: { maxDurationMinutes: 100 } });
    const slug = await launch(who, { ttlMinutes: 10 });
    await running(slug);
    const tries = Array.from({ length: 20 }, (_, n) =>
      extendSession(who, "external", { slug, ttlMinutes: n % 2 === 0 ? 40 : 110 }),
    );
    expect(refusals(await Promise.allSettled(tries))).toHaveLength(10);
    expect((await row(slug)).ttlMinutes).toBe(40);
    expect((await events(slug)).filter(({ kind }) => kind === "extended")).toHaveLength(1);
  });

  test("races a stop: either it moved the end before, or it is refused, and what stops stays stopping", async () => {
    const who = await seedUser(db(), { maxSessions: 30 });
    const slugs = await Promise.all(
      Array.from({ length: 20 }, (_, n) => launch(who, { workspaceName: `r${n}`, ttlMinutes: 60 })),
    );
    for (const slug of slugs) await running(slug);
    const extensions = slugs.map((slug) => extendSession(who, "external", { slug, ttlMinutes: 90 }));
    const stops = slugs.map((slug) => stopSession(who, "external", slug));
    const refused = refusals(await Promise.allSettled(extensions));
    await Promise.all(stops);
    for (const reason of refused) expect(reason).toMatchObject({ code: "conflict" });
    for (const slug of slugs) expect((await row(slug)).state).toBe("STOPPING");
    for (const slug of slugs) {
      const kinds = (await events(slug)).map(({ kind }) => kind);
      expect(["extended", "stop_requested"]).toContain(
        kinds.at(-2) === "requested" ? kinds.at(-1) : kinds.at(-2),
      );
      expect(kinds.at(-1)).toBe("stop_requested");
    }
  });

  test("comes before the end that it moves: an overdue session that was extended is not stopped", async () => {
    const who = await seedUser(db());
    const slug = await launch(who, { ttlMinutes: 60 });
    await running(slug, 61);
    await extendSession(who, "external", { slug, ttlMinutes: 90 });
    const found = await row(slug);
    const late = { reason: "time_limit", detail: "late", overdue: "stopsAt" } as const;
    expect(await inTransaction(db(), (tx) => beginStop(tx, found, late, systemAuditor))).toBe(false);
    expect(await stopOverdue(db())).toBe(0);
  });

  test("is for the owner and admins, and for sessions with a time limit that still run", async () => {
    const [who, other, admin] = [
      await seedUser(db(), { maxSessions: 3 }),
      await seedUser(db()),
      await seedUser(db(), { role: "admin" }),
    ];
    const slug = await launch(who, { ttlMinutes: 60 });
    for (const one of [other, { ...who, actor: { ...who.actor, userId: -1 } }]) {
      await expect(extendSession(one, "external", { slug, ttlMinutes: 61 })).rejects.toMatchObject({
        code: "not_found",
      });
    }
    await expect(extendSession(who, "internal", { slug, ttlMinutes: 61 })).rejects.toMatchObject({
      code: "not_found",
    });
    await extendSession(admin, "external", { slug, ttlMinutes: 65 });
    expect((await events(slug)).at(-1)?.detail).toBe(
      `Extended by 5 min by ${admin.actor.username}, an admin, to 1 h 5 min in all.`,
    );
    const endless = await launch(who, { workspaceName: "endless" });
    await expect(extendSession(who, "external", { slug: endless, ttlMinutes: 5 })).rejects.toThrow(
      `Session ${endless} can't be extended: it has no time limit and runs until someone stops it.`,
    );
    await stopSession(who, "external", slug);
    await expect(extendSession(who, "external", { slug, ttlMinutes: 70 })).rejects.toThrow(
      /is stopping or has ended/,
    );
  });
});
