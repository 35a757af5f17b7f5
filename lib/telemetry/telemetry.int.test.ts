import { eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { sessionLogs, sessionSamples, sessions } from "@/db/schema";
import { createTestDatabase, type TestDatabase } from "@/db/testing";
import { recordGpuProcesses } from "@/lib/fleet/commands";
import { listForeignProcesses } from "@/lib/fleet/queries";
import { required } from "@/lib/kernel/assert";
import { launchSession } from "@/lib/sessions/commands/launch";
import { seedLab, seedUser, type TestLab } from "@/lib/sessions/testing";
import type { CommandContext } from "@/lib/workspaces/commands";
import { installationFigures } from "./figures";
import { getLog, getProcesses, listSamples } from "./queries";
import { type NewSample, recordLog, recordSamples, sampledSessions, sweepLogs, sweepSamples } from "./record";

let database: TestDatabase;
let lab: TestLab;
let who: CommandContext;
let slug: string;
let sessionId: number;

beforeAll(async () => {
  database = await createTestDatabase();
  lab = await seedLab(database.db, { gpus: 2 });
});
afterAll(() => database.close());
beforeEach(async () => {
  await db().update(sessions).set({ state: "STOPPED" });
  who = await seedUser(db());
  slug = await launchSession(who, "external", {});
  await db().update(sessions).set({ state: "RUNNING" }).where(eq(sessions.slug, slug));
  const [row] = await db().select().from(sessions).where(eq(sessions.slug, slug));
  sessionId = required(row, "session").id;
});

const db = () => database.db;
const asked = (actor = who.actor) => ({ actor, exposure: "external" as const, slug });

function sample(over: Partial<NewSample> = {}): NewSample {
  return {
    ...{ sessionId, generation: 1, hostMs: 1_000, cpuUs: 0, receivedBytes: 0, sentBytes: 0, pids: 4 },
    ...{ memoryBytes: 1_000, memoryLimitBytes: 4_096, diskBytes: 10, diskQuotaBytes: 100 },
    ...{ gpuPercent: 50, gpuMemoryMiB: 512, gpuCelsius: 40.5, gpuWatts: 99.25 },
    ...over,
  };
}

/** As if the samples there are had been taken `seconds` earlier. */
const age = (seconds: number) =>
  db()
    .update(sessionSamples)
    .set({ at: sql`${sessionSamples.at} - interval ${seconds} second` })
    .where(eq(sessionSamples.sessionId, sessionId));

describe("samples", () => {
  test("are of full ten seconds, and of several workers' the first stays", async () => {
    await Promise.all([1, 2, 3, 4].map((pids) => recordSamples(db(), [sample({ pids })])));
    const rows = await db().select().from(sessionSamples).where(eq(sessionSamples.sessionId, sessionId));
    // A moment between two rounds may fall to either.
    expect(rows.length).toBeLessThanOrEqual(2);
    for (const { at } of rows) {
      expect(at.getTime() % 10_000).toBe(0);
      expect(Math.abs(at.getTime() - Date.now())).toBeLessThan(10_000);
    }
  });

  test("become rates on reading, and what came since includes its own", async () => {
    await recordSamples(db(), [sample()]);
    await age(10);
    await recordSamples(db(), [
      sample({ hostMs: 11_000, cpuUs: 5_000_000, receivedBytes: 2_000_000, sentBytes: 10 }),
    ]);
    const all = await listSamples(db(), asked());
    expect(all.at).toHaveLength(2);
    expect(all).toMatchObject({
      cpus: [null, 0.5],
      receivedBytesPerSecond: [null, 200_000],
      sentBytesPerSecond: [null, 1],
      gpuWatts: [99.25, 99.25],
      limits: { cpus: 2, memoryBytes: 4_096, diskBytes: 100, gpuMemoryMiB: 24_576 },
    });
    const since = await listSamples(db(), asked(), new Date(required(all.at[0], "first sample")));
    expect(since.at).toEqual(all.at.slice(1));
    expect(since.cpus).toEqual([0.5]);
  });

  test("are kept for an hour", async () => {
    await recordSamples(db(), [sample()]);
    await age(3_590);
    await sweepSamples(db());
    expect((await listSamples(db(), asked())).at).toHaveLength(1);
    await age(30);
    expect((await listSamples(db(), asked())).at).toEqual([]);
    await sweepSamples(db());
    expect(await db().select().from(sessionSamples).where(eq(sessionSamples.sessionId, sessionId))).toEqual(
      [],
    );
  });

  test("are taken of what runs on the node, and of nothing else", async () => {
    expect(await sampledSessions(db(), lab.nodeId)).toEqual([{ id: sessionId, slug, gpu: null }]);
    expect(await sampledSessions(db(), lab.nodeId + 1)).toEqual([]);
    await db().update(sessions).set({ state: "STOPPED" });
    expect(await sampledSessions(db(), lab.nodeId)).toEqual([]);
  });
});

describe("the log", () => {
  test("is written when it changed, and stays after the end", async () => {
    expect(await getLog(db(), asked())).toEqual({ text: null, changedAt: null });
    expect(await recordLog(db(), sessionId, "Server listening")).toBe(true);
    expect(await recordLog(db(), sessionId, "Server listening")).toBe(false);
    expect(await recordLog(db(), sessionId, "Server listening\n<b>\\u{1b}")).toBe(true);
    await db().update(sessions).set({ state: "ERROR" });
    expect(await getLog(db(), asked())).toMatchObject({ text: "Server listening\n<b>\\u{1b}" });
    expect(await db().select().from(sessionLogs)).toHaveLength(1);
  });

  test("goes some time after the end, and never while the session is active", async () => {
    await recordLog(db(), sessionId, "Server listening");
    const ended = (seconds: number) =>
      db()
        .update(sessions)
        .set({ endedAt: sql`utc_timestamp(3) - interval ${seconds} second` })
        .where(eq(sessions.id, sessionId));
    await sweepLogs(db(), 3_600_000);
    await ended(3_500);
    await sweepLogs(db(), 3_600_000);
    expect((await getLog(db(), asked())).text).toBe("Server listening");
    await ended(3_700);
    await sweepLogs(db(), 3_600_000);
    expect(await getLog(db(), asked())).toEqual({ text: null, changedAt: null });
  });

  test("may be as long as the agent tells it, in any script", async () => {
    const text = "界".repeat(64 * 1024);
    await recordLog(db(), sessionId, text);
    expect((await getLog(db(), asked())).text).toBe(text);
  });
});

describe("programs on GPUs", () => {
  const process = { pid: 4711, innerPid: 12, name: "python3", memoryMiB: 2_566 };
  const sampledAt = "2026-11-25T10:00:00.000Z";
  const record = async (slugs: (string | null)[]) => {
    const [held] = await db().select().from(sessions).where(eq(sessions.id, sessionId));
    const gpuUuid = required(lab.gpuUuids[required(held, "session").gpuId - 1], "uuid");
    const processes = slugs.map((one) => ({ ...process, gpuUuid, slug: one }));
    await recordGpuProcesses(db(), lab.nodeId, { sampledAt, processes });
  };

  test("are shown to their owner by the number they have inside; of others only how many", async () => {
    await record([slug, null, "aaaaaaaa"]);
    expect(await getProcesses(db(), asked())).toEqual({
      sampledAt,
      own: [{ pid: 12, name: "python3", memoryMiB: 2_566 }],
      foreign: { count: 2, memoryMiB: 5_132 },
    });
  });

  test("of others are named to admins, with who holds the GPU", async () => {
    await record([slug, null]);
    const admin = await seedUser(db(), { role: "admin" });
    expect(await listForeignProcesses(db(), admin.actor)).toMatchObject([
      { ...process, slug: null, holder: { username: who.actor.username, slug }, gpu: { simulated: true } },
    ]);
    await expect(listForeignProcesses(db(), who.actor)).rejects.toMatchObject({ code: "forbidden" });
    await record([]);
    expect(await listForeignProcesses(db(), admin.actor)).toEqual([]);
  });

  test("are nobody's business once the session has ended", async () => {
    await record([slug, null]);
    await db().update(sessions).set({ state: "STOPPED" });
    const nothing = { sampledAt: null, own: [], foreign: { count: 0, memoryMiB: 0 } };
    expect(await getProcesses(db(), asked())).toEqual(nothing);
  });
});

test("another's samples, log and programs are not there; an admin sees them", async () => {
  const [other, admin] = [await seedUser(db()), await seedUser(db(), { role: "admin" })];
  for (const read of [listSamples, getLog, getProcesses]) {
    await expect(read(db(), asked(other.actor))).rejects.toMatchObject({ code: "not_found" });
    await expect(read(db(), { ...asked(), exposure: "internal" })).rejects.toMatchObject({
      code: "not_found",
    });
    await read(db(), asked(admin.actor));
  }
});

test("the installation in figures: states, waiting work, hosts and GPUs", async () => {
  const figures = await installationFigures(db());
  expect(figures.sessions.RUNNING).toBe(1);
  expect(figures.sessions.STARTING).toBe(0);
  expect(figures.dueSeconds).toEqual({ session: 0, operation: 0 });
  expect(figures.nodes).toMatchObject([{ name: "gpu1", reachable: true, poolFreeBytes: 2 ** 39 }]);
  expect(figures.gpus.map(({ held }) => held).sort()).toEqual([false, true]);
  await db()
    .update(sessions)
    .set({ state: "STARTING", nextAttemptAt: sql`utc_timestamp(3) - interval 90 second` })
    .where(eq(sessions.id, sessionId));
  const waiting = (await installationFigures(db())).dueSeconds.session;
  expect(waiting).toBeGreaterThanOrEqual(90);
  expect(waiting).toBeLessThan(150);
});
