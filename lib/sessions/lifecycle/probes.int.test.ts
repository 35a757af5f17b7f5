import { and, eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { auditLog, sessionEvents, sessionProbes, sessions } from "@/db/schema";
import { createTestDatabase, type TestDatabase } from "@/db/testing";
import { required } from "@/lib/kernel/assert";
import { listNotices } from "@/lib/notices/queries";
import type { CommandContext } from "@/lib/workspaces/commands";
import { launchSession } from "../commands/launch";
import { stopSession } from "../commands/stop";
import type { ProbeView } from "../model";
import { getSession, getSshCa, listProbeRuns } from "../queries";
import { seedLab, seedUser } from "../testing";
import { claimDueSessions } from "./claim";
import {
  claimDueProbes,
  type ProbeClaim,
  probeAfterFenceChange,
  recordProbe,
  retryProbe,
  sweepProbes,
} from "./probes";
import { restartSession, runningOn } from "./recover";
import { markRunning } from "./start";

let database: TestDatabase;
let nodeId: number;
const gpus = 8;

beforeAll(async () => {
  database = await createTestDatabase();
  nodeId = (await seedLab(database.db, { gpus })).nodeId;
});
afterAll(() => database.close());
beforeEach(async () => {
  await database.db.update(sessions).set({ state: "STOPPED" });
});

const db = () => database.db;
const holds: ProbeView = {
  ...{ target: "10.0.0.1:80", kind: "private", expectation: "refused", outcome: "refused" },
  ...{ how: "timed out", ms: 2_000 },
};
const leaks: ProbeView = { ...holds, outcome: "reached", how: "connected" };

async function startDue(): Promise<void> {
  const [due] = await claimDueSessions(db(), "starter", 1);
  const claim = required(due, "a claim");
  await markRunning(db(), claim, claim.node);
}

async function running(): Promise<{ who: CommandContext; slug: string }> {
  const who = await seedUser(db());
  const slug = await launchSession(who, "external", {});
  await startDue();
  return { who, slug };
}

/** As if the time until the next probe had passed. */
const makeDue = () => db().update(sessions).set({ probeDueAt: sql`utc_timestamp(3)` });

async function claimOne(): Promise<ProbeClaim> {
  await makeDue();
  const [claim] = await claimDueProbes(db(), 1);
  return required(claim, "a probe's claim");
}

async function row(slug: string) {
  const [found] = await db().select().from(sessions).where(eq(sessions.slug, slug));
  return required(found, `session ${slug}`);
}

const view = ({ who, slug }: Awaited<ReturnType<typeof running>>) =>
  getSession(db(), who.actor, "external", "gpu.example.edu", slug);

const runs = async ({ who, slug }: Awaited<ReturnType<typeof running>>) =>
  (await listProbeRuns(db(), who.actor, "external", slug, { limit: 200 })).data;

test("a session is probed soon after it runs, then hourly; the newest evidence is in its view", async () => {
  const session = await running();
  expect(await claimDueProbes(db(), 8)).toEqual([]);
  const first = await claimOne();
  expect(first.cause).toBe("started");
  expect(await recordProbe(db(), first, [holds, holds])).toEqual([]);
  expect(await claimDueProbes(db(), 8)).toEqual([]);
  const second = await claimOne();
  expect(second.cause).toBe("hourly");
  await recordProbe(db(), second, [holds]);
  expect(await view(session)).toMatchObject({
    isolation: { ok: true, refused: 1, reached: 0 },
    condition: null,
  });
  expect((await runs(session)).map(({ cause, probes }) => [cause, probes.length])).toEqual([
    ["hourly", 1],
    ["started", 2],
  ]);
  const dueInMs = (required((await row(session.slug)).probeDueAt, "due").getTime() - Date.now()) / 60_000;
  expect(Math.round(dueInMs)).toBe(60);
});

test("who would rather let others go first is given what has waited long enough", async () => {
  const { slug } = await running();
  await makeDue();
  expect(await claimDueProbes(db(), 8, 10_000)).toEqual([]);
  await db()
    .update(sessions)
    .set({ probeDueAt: sql`utc_timestamp(3) - interval 11 second` })
    .where(eq(sessions.slug, slug));
  expect((await claimDueProbes(db(), 8, 10_000)).map((claim) => claim.slug)).toEqual([slug]);
  // There may be a leak: nobody goes before that.
  await makeDue();
  await db().update(sessions).set({ probeCause: "firewall" }).where(eq(sessions.slug, slug));
  expect((await claimDueProbes(db(), 8, 10_000)).map((claim) => claim.slug)).toEqual([slug]);
});

test("of many workers, one probes each session, and its lease runs out", async () => {
  for (let n = 0; n < gpus; n++) await running();
  await makeDue();
  const claims = (await Promise.all(Array.from({ length: 6 }, () => claimDueProbes(db(), gpus)))).flat();
  expect(claims.map(({ slug }) => slug).sort()).toEqual([...new Set(claims.map(({ slug }) => slug))].sort());
  expect(claims.length + (await claimDueProbes(db(), gpus)).length).toBe(gpus);
  await makeDue();
  const [again] = await claimDueProbes(db(), 1);
  const stalled = required(
    claims.find(({ slug }) => slug === again?.slug),
    "the claim before",
  );
  expect(await recordProbe(db(), stalled, [leaks])).toBeNull();
  await retryProbe(db(), stalled, 0);
  expect((await row(stalled.slug)).isolationFault).toBeNull();
  expect(await recordProbe(db(), required(again, "claim"), [holds])).toEqual([]);
});

test("a leak is a condition, told once on the timeline, in the audit, to its owner and to admins, and stops nothing", async () => {
  const session = await running();
  const admin = await seedUser(db(), { role: "admin" });
  await recordProbe(db(), await claimOne(), [leaks, holds]);
  await recordProbe(db(), await claimOne(), [leaks, holds]);
  expect(await view(session)).toMatchObject({
    state: "RUNNING",
    condition: "Isolation is broken: reached 10.0.0.1:80.",
    isolation: { ok: false, refused: 1, reached: 1 },
  });
  await recordProbe(db(), await claimOne(), [holds, holds]);
  expect(await view(session)).toMatchObject({ condition: null, isolation: { ok: true } });
  const { id } = await row(session.slug);
  const kinds = await db()
    .select({ kind: sessionEvents.kind, detail: sessionEvents.detail })
    .from(sessionEvents)
    .where(eq(sessionEvents.sessionId, id))
    .orderBy(sessionEvents.id);
  expect(kinds.slice(-2)).toEqual([
    { kind: "isolation_broken", detail: "Isolation is broken: reached 10.0.0.1:80." },
    { kind: "isolation_restored", detail: "Isolation holds again: 2 probes refused." },
  ]);
  const audited = await db()
    .select()
    .from(auditLog)
    .where(and(eq(auditLog.action, "session.isolation_broken"), eq(auditLog.resource, session.slug)));
  expect(audited).toMatchObject([{ actorId: null, detail: { reached: ["10.0.0.1:80"] } }]);
  for (const { actor } of [session.who, admin]) {
    const { data } = await listNotices(db(), actor, { limit: 50 });
    expect(data).toMatchObject([
      {
        title: `Session ${session.slug} is not isolated as it should be`,
        body: "Isolation is broken: reached 10.0.0.1:80.",
        surface: "external",
      },
    ]);
  }
});

test("what was seen of a session that was restarted or is ending is void", async () => {
  const session = await running();
  const before = await claimOne();
  const [seen] = await runningOn(db(), nodeId);
  await restartSession(db(), required(seen, "running session"), { cause: "host", detail: "Again." });
  expect(await recordProbe(db(), before, [leaks])).toBeNull();
  await startDue();
  expect(await recordProbe(db(), before, [leaks])).toBeNull();
  const after = await claimOne();
  expect(after.cause).toBe("started");
  await stopSession(session.who, "external", session.slug);
  expect(await recordProbe(db(), after, [leaks])).toBeNull();
  expect(await runs(session)).toEqual([]);
  expect(await claimDueProbes(db(), 8)).toEqual([]);
});

test("a changed firewall has every running session probed anew, once", async () => {
  const session = await running();
  await recordProbe(db(), await claimOne(), [holds]);
  const underWay = await claimOne();
  const changedAt = new Date("2026-11-25T02:00:00.123Z");
  const told = await Promise.all(
    Array.from({ length: 4 }, () => probeAfterFenceChange(db(), nodeId, changedAt)),
  );
  expect(told.sort()).toEqual([0, 0, 0, 1]);
  expect(await recordProbe(db(), underWay, [holds])).toBeNull();
  const [claim] = await claimDueProbes(db(), 8);
  expect(claim).toMatchObject({ slug: session.slug, cause: "firewall" });
  await recordProbe(db(), required(claim, "claim"), [holds]);
  expect(await probeAfterFenceChange(db(), nodeId, changedAt)).toBe(0);
  expect((await runs(session)).map(({ cause }) => cause)).toEqual(["firewall", "started"]);
});

test("the newest 200 runs of a session are kept", async () => {
  const session = await running();
  const { id } = await row(session.slug);
  const old = { sessionId: id, at: new Date(0), cause: "hourly", ok: true, refused: 1, reached: 0 } as const;
  await db()
    .insert(sessionProbes)
    .values(Array.from({ length: 203 }, () => ({ ...old, probes: [holds] })));
  await recordProbe(db(), await claimOne(), [holds, holds]);
  const kept = await runs(session);
  expect(kept).toHaveLength(200);
  expect(kept[0]).toMatchObject({ refused: 2 });
  expect(kept[0]?.id).toBe((await row(session.slug)).lastProbeId);
});

test("some time after the end of a session its last run alone is kept", async () => {
  const session = await running();
  const other = await running();
  const { id } = await row(session.slug);
  const old = { at: new Date(0), cause: "hourly", ok: true, refused: 1, reached: 0 } as const;
  for (const { id: sessionId } of [await row(session.slug), await row(other.slug)]) {
    const before = Array.from({ length: 29 }, () => ({ ...old, sessionId, probes: [holds] }));
    await db().insert(sessionProbes).values(before);
  }
  await makeDue();
  for (const claim of await claimDueProbes(db(), 8)) await recordProbe(db(), claim, [holds]);
  const { lastProbeId } = await row(session.slug);
  const ended = (seconds: number) =>
    db()
      .update(sessions)
      .set({ endedAt: sql`utc_timestamp(3) - interval ${seconds} second` })
      .where(eq(sessions.id, id));
  await ended(3_500);
  await sweepProbes(db(), 3_600_000);
  expect(await runs(session)).toHaveLength(30);
  await ended(3_700);
  await sweepProbes(db(), 3_600_000);
  expect((await runs(session)).map((run) => run.id)).toEqual([lastProbeId]);
  expect((await view(session)).isolation).toMatchObject({ ok: true });
  expect(await runs(other)).toHaveLength(30);
});

test("another's evidence is not found, and an admin sees it", async () => {
  const { slug } = await running();
  await recordProbe(db(), await claimOne(), [holds]);
  const [other, admin] = [await seedUser(db()), await seedUser(db(), { role: "admin" })];
  const ask = ({ actor }: CommandContext) => listProbeRuns(db(), actor, "external", slug, { limit: 1 });
  await expect(ask(other)).rejects.toMatchObject({ code: "not_found" });
  expect((await ask(admin)).data).toHaveLength(1);
});

test("the hosts' authorities make the lines that trust them", async () => {
  expect(await getSshCa(db(), "gpu.example.edu")).toEqual({
    knownHosts: "@cert-authority mf-* ssh-ed25519 AAAATESTAUTHORITY",
    config: "Host mf-*\n  HostName gpu.example.edu\n  User mf\n  StrictHostKeyChecking yes",
  });
});
