import { and, eq, inArray, sql } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { auditLog, sessionEvents, sessions } from "@/db/schema";
import { createTestDatabase, type TestDatabase } from "@/db/testing";
import { inTransaction } from "@/db/tx";
import { required } from "@/lib/kernel/assert";
import { keysChanged } from "../commands/keys";
import { launchSession } from "../commands/launch";
import { stopSession } from "../commands/stop";
import { seedLab, seedUser } from "../testing";
import {
  ClaimLost,
  claimDueSessions,
  releaseClaim,
  releaseOvertaken,
  renewClaim,
  retryLater,
  type SessionClaim,
} from "./claim";
import { recordKeysPushed } from "./keys";
import {
  clearRunningCondition,
  failRunning,
  restartSession,
  runningOn,
  setRunningCondition,
  stopOverdue,
} from "./recover";
import { failStart, markRunning, movePort, recordContainerStarted, recordWorkspaceReady } from "./start";
import { markStopped } from "./stop";

let database: TestDatabase;
let nodeId: number;
const sessionCount = 12;
const hostRestart = { cause: "host", detail: "The GPU host was restarted." } as const;

beforeAll(async () => {
  database = await createTestDatabase();
  nodeId = (await seedLab(database.db, { gpus: sessionCount })).nodeId;
});
afterAll(() => database.close());
beforeEach(async () => {
  await database.db.update(sessions).set({ state: "STOPPED" });
});

const db = () => database.db;
const nothingTaken = { snapshot: null, snapshotError: null };

async function row(slug: string) {
  const [found] = await db().select().from(sessions).where(eq(sessions.slug, slug));
  return required(found, `session ${slug}`);
}

async function claimOne(owner: string): Promise<SessionClaim> {
  const [claim] = await claimDueSessions(db(), owner, 1);
  return required(claim, `a claim for ${owner}`);
}

/** As if the lease's time had passed. */
const expireLeases = () =>
  db()
    .update(sessions)
    .set({ claimExpiresAt: sql`utc_timestamp(3) - interval 1 second` })
    .where(inArray(sessions.state, ["STARTING", "RUNNING", "STOPPING"]));

async function launchOne() {
  const who = await seedUser(db());
  return { who, slug: await launchSession(who, "external", {}) };
}

async function startDue(): Promise<void> {
  const claim = await claimOne("starter");
  await markRunning(db(), claim, claim.node);
}

async function runOne() {
  const launched = await launchOne();
  await startDue();
  return launched;
}

describe("claims", () => {
  test("of many workers, one gets each session", async () => {
    for (let n = 0; n < sessionCount; n++) await launchOne();
    const workers = Array.from({ length: 10 }, (_, n) => claimDueSessions(db(), `worker-${n}`, 8));
    const claims = (await Promise.all(workers)).flat();
    expect(new Set(claims.map(({ session }) => session.slug)).size).toBe(claims.length);
    for (const claim of claims) {
      expect(await row(claim.session.slug)).toMatchObject({ claimOwner: claim.owner, generation: 1 });
    }
    const rest = await claimDueSessions(db(), "late", 50);
    expect(claims.length + rest.length).toBe(sessionCount);
    expect(await claimDueSessions(db(), "later", 50)).toEqual([]);
  });

  test("carry what the agent must be told", async () => {
    const { who, slug } = await launchOne();
    const claim = await claimOne("a");
    expect(claim).toMatchObject({ generation: 1, pack: { slug: "base" }, session: { slug } });
    expect(claim.authorizedKeys).toHaveLength(1);
    expect(claim.session.userId).toBe(who.actor.userId);
  });

  test("run out, can be renewed, and are given back", async () => {
    await launchOne();
    const first = await claimOne("a");
    expect(await renewClaim(db(), first)).toBe(true);
    await expireLeases();
    const second = await claimOne("b");
    expect(second.generation).toBe(first.generation + 1);
    expect(await renewClaim(db(), first)).toBe(false);
    await releaseClaim(db(), first, 0);
    expect(await claimDueSessions(db(), "c", 1)).toEqual([]);
    await releaseClaim(db(), second, 0);
    expect((await claimOne("c")).generation).toBe(second.generation + 1);
  });
});

test("a database's clock that is set back by an hour puts nothing off", async () => {
  const { slug } = await launchOne();
  const ahead = new Date(Date.now() + 3_600_000);
  await db().update(sessions).set({ nextAttemptAt: ahead }).where(eq(sessions.slug, slug));
  const before = await claimOne("before");
  await db().update(sessions).set({ claimExpiresAt: ahead }).where(eq(sessions.slug, slug));
  expect((await claimOne("after")).generation).toBe(before.generation + 1);
  expect(await renewClaim(db(), before)).toBe(false);
});

test("claims can be of some states alone", async () => {
  const { who, slug } = await launchOne();
  expect(await claimDueSessions(db(), "keys", 9, ["RUNNING"])).toEqual([]);
  await startDue();
  await inTransaction(db(), (tx) => keysChanged(tx, who.actor.userId));
  expect(await claimDueSessions(db(), "starter", 9, ["STARTING", "STOPPING"])).toEqual([]);
  const [push] = await claimDueSessions(db(), "keys", 9, ["RUNNING"]);
  expect(push?.session.slug).toBe(slug);
});

test("a claim that the agent calls older than one it has seen leaps ahead, unless a newer one was made", async () => {
  const { slug } = await launchOne();
  const stalled = await claimOne("stalled");
  await expireLeases();
  const current = await claimOne("current");
  await releaseOvertaken(db(), stalled, 0);
  expect(await row(slug)).toMatchObject({ generation: current.generation, claimOwner: "current" });
  await releaseOvertaken(db(), current, 0);
  expect((await claimOne("next")).generation).toBe(current.generation + 1_001);
});

describe("a stalled worker's late writes", () => {
  const made = { identity: "0".repeat(32), hostPublicKey: "ssh-ed25519 AAAA" };
  const writes: [string, (claim: SessionClaim) => Promise<unknown>][] = [
    ["workspace ready", (claim) => recordWorkspaceReady(db(), claim, made)],
    ["container started", (claim) => recordContainerStarted(db(), claim)],
    ["port moved", (claim) => movePort(db(), claim, claim.session.sshPort)],
    ["running", (claim) => markRunning(db(), claim, claim.node)],
    ["failed", (claim) => failStart(db(), claim, "too late")],
    ["put off", (claim) => retryLater(db(), claim, { condition: "late", attempts: 1, delayMs: 0 })],
  ];

  test.each(writes)("%s: nothing changes after another claim", async (_, write) => {
    const { slug } = await launchOne();
    const stalled = await claimOne("stalled");
    await expireLeases();
    await claimOne("new");
    const before = await row(slug);
    const events = await db().select().from(sessionEvents);
    await expect(write(stalled)).rejects.toThrow(ClaimLost);
    expect(await row(slug)).toEqual(before);
    expect(await db().select().from(sessionEvents)).toEqual(events);
  });

  test.each(writes)("%s: nothing changes after a stop", async (_, write) => {
    const { who, slug } = await launchOne();
    const stalled = await claimOne("stalled");
    await stopSession(who, "external", slug);
    const before = await row(slug);
    await expect(write(stalled)).rejects.toThrow(ClaimLost);
    expect(await row(slug)).toEqual(before);
  });

  test("stopped: a stop that was taken over ends once", async () => {
    const { who, slug } = await runOne();
    await stopSession(who, "external", slug);
    const stalled = await claimOne("stalled");
    await expireLeases();
    const current = await claimOne("new");
    await expect(markStopped(db(), stalled, nothingTaken)).rejects.toThrow(ClaimLost);
    expect((await row(slug)).state).toBe("STOPPING");
    await markStopped(db(), current, nothingTaken);
    await expect(markStopped(db(), current, nothingTaken)).rejects.toThrow(ClaimLost);
    expect(await row(slug)).toMatchObject({ state: "STOPPED", claimOwner: null, activeGpuId: null });
  });
});

describe("running sessions", () => {
  test("are due only while their owner's keys are newer than what they have", async () => {
    const { who } = await runOne();
    expect(await claimDueSessions(db(), "a", 1)).toEqual([]);
    const change = () => inTransaction(db(), (tx) => keysChanged(tx, who.actor.userId));
    await change();
    const push = await claimOne("a");
    await change();
    await recordKeysPushed(db(), push);
    const again = await claimOne("a");
    await recordKeysPushed(db(), again);
    expect(await claimDueSessions(db(), "a", 1)).toEqual([]);
  });

  test("keep the condition of a push that waits, whatever the host is said to be", async () => {
    const { who, slug } = await runOne();
    await setRunningCondition(db(), nodeId, "silent");
    expect((await row(slug)).condition).toBe("silent");
    await inTransaction(db(), (tx) => keysChanged(tx, who.actor.userId));
    const condition = "not pushed yet";
    await retryLater(db(), await claimOne("a"), { condition, attempts: 1, delayMs: 0 });
    await clearRunningCondition(db(), nodeId, "silent");
    expect((await row(slug)).condition).toBe(condition);
    await setRunningCondition(db(), nodeId, "silent");
    expect((await row(slug)).condition).toBe(condition);
    await recordKeysPushed(db(), await claimOne("a"));
    expect((await row(slug)).condition).toBeNull();
  });

  test("a verdict on an older look at one is void", async () => {
    const { who } = await runOne();
    const [seen] = await runningOn(db(), nodeId);
    await inTransaction(db(), (tx) => keysChanged(tx, who.actor.userId));
    await claimOne("a");
    const stale = required(seen, "running session");
    expect(await restartSession(db(), stale, hostRestart)).toBe(false);
    expect(await failRunning(db(), stale, "late")).toBe(false);
  });

  test("keep their time limit over a restart, and end when it has passed", async () => {
    const who = await seedUser(db());
    const slug = await launchSession(who, "external", { ttlMinutes: 5 });
    await startDue();
    const before = await row(slug);
    expect(await stopOverdue(db())).toBe(0);
    const [seen] = await runningOn(db(), nodeId);
    expect(await restartSession(db(), required(seen, "running session"), hostRestart)).toBe(true);
    await startDue();
    const after = await row(slug);
    expect([after.runningAt, after.stopsAt]).toEqual([before.runningAt, before.stopsAt]);
    await db()
      .update(sessions)
      .set({ stopsAt: new Date(0) })
      .where(eq(sessions.slug, slug));
    expect(await stopOverdue(db())).toBe(1);
    expect(await stopOverdue(db())).toBe(0);
    expect(await row(slug)).toMatchObject({ state: "STOPPING", stopReason: "time_limit" });
    const audited = and(eq(auditLog.action, "session.stop"), eq(auditLog.resource, slug));
    expect(await db().select().from(auditLog).where(audited)).toMatchObject([
      { actorId: null, detail: { reason: "time_limit" } },
    ]);
  });
});
