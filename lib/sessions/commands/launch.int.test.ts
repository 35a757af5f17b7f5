import { eq, inArray } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { auditLog, changes, gpus, nodes, sessionEvents, sessions, users, workspaces } from "@/db/schema";
import { createTestDatabase, type TestDatabase } from "@/db/testing";
import { inTransaction } from "@/db/tx";
import { systemAuditor } from "@/lib/audit/record";
import { listGpus } from "@/lib/fleet/queries";
import { required } from "@/lib/kernel/assert";
import { AppError, errorText } from "@/lib/kernel/errors";
import { absoluteText } from "@/lib/kernel/zoned-time";
import { type CommandContext, createWorkspace, requestSnapshot } from "@/lib/workspaces/commands";
import { activeSessionStates, sshPorts } from "../model";
import { getSession, listAllSessions, listSessionEvents, listSessions } from "../queries";
import { seedLab, seedUser } from "../testing";
import { launchSession } from "./launch";
import { beginStop, stopSession } from "./stop";

let test1: TestDatabase;
let people: CommandContext[];
const gpuCount = 2;

beforeAll(async () => {
  test1 = await createTestDatabase();
  await seedLab(test1.db, { gpus: gpuCount });
  people = await Promise.all(Array.from({ length: 200 }, () => seedUser(test1.db)));
});
afterAll(() => test1.close());
beforeEach(async () => {
  await test1.db.update(sessions).set({ state: "STOPPED" });
  await test1.db.update(nodes).set({ lastSeenAt: new Date(), unreachableSince: null });
});

const db = () => test1.db;
const launch = (who: CommandContext, input = {}) => launchSession(who, "external", input);
const someone = (index: number) => required(people[index], "a seeded user");
const active = () =>
  db()
    .select()
    .from(sessions)
    .where(inArray(sessions.state, [...activeSessionStates]));

/** Counts successes and the texts of conflicts; anything that isn't an AppError conflict is counted by its own text. */
function tally(results: PromiseSettledResult<unknown>[]) {
  const refusals = results.filter((one) => one.status === "rejected").map(({ reason }) => reason as unknown);
  return {
    ok: results.filter(({ status }) => status === "fulfilled").length,
    conflicts: refusals.filter((one) => one instanceof AppError && one.code === "conflict").length,
    texts: [...new Set(refusals.map(errorText))],
  };
}

describe("under contention", () => {
  // The second round finds every workspace made already.
  test.each([1, 2])("200 people, 2 GPUs: 2 sessions and 198 clear conflicts (round %i)", async () => {
    const result = tally(await Promise.allSettled(people.map((who) => launch(who))));
    expect(result.ok).toBe(gpuCount);
    expect(result.conflicts).toBe(people.length - gpuCount);
    expect(result.texts).toEqual([
      "All 2 GPUs are in use, none with a time limit. Try again when someone stops a session.",
    ]);
    const rows = await active();
    for (const key of ["gpuId", "sshPort", "workspaceId", "userId"] as const) {
      expect(new Set(rows.map((row) => row[key])).size).toBe(gpuCount);
    }
  });

  test("a GPU freed in the midst is given to exactly one more", async () => {
    const first = await launch(someone(0));
    await launch(someone(1));
    let freed = false;
    // Nobody gives up before a refusal of what was asked after the GPU was freed.
    const everyone = people.slice(2, 100).map(async (who) => {
      for (;;) {
        const late = freed;
        try {
          return await launch(who);
        } catch (error) {
          if (late) throw error;
        }
      }
    });
    await db().update(sessions).set({ state: "STOPPED" }).where(eq(sessions.slug, first));
    freed = true;
    expect(tally(await Promise.allSettled(everyone))).toMatchObject({ ok: 1, conflicts: 97 });
    expect(await active()).toHaveLength(gpuCount);
  });

  test("one person, 50 launches at once, a limit of 1: one session", async () => {
    const who = await seedUser(db(), { maxSessions: 1 });
    const wishes = Array.from({ length: 50 }, (_, n) => launch(who, { workspaceName: `w${n}` }));
    const result = tally(await Promise.allSettled(wishes));
    expect(result).toMatchObject({ ok: 1, conflicts: 49 });
    expect(result.texts).toEqual([
      "You have 1 session active, and your limit is 1. Stop one first, or ask an admin to raise it.",
    ]);
    // What was refused left nothing behind.
    const made = await db().select().from(workspaces).where(eq(workspaces.userId, who.actor.userId));
    expect(made).toHaveLength(1);
  });

  test("two launches on one workspace: one session", async () => {
    const who = await seedUser(db());
    const both = await Promise.allSettled([launch(who), launch(who)]);
    expect(tally(both)).toMatchObject({ ok: 1, conflicts: 1 });
    expect(tally(both).texts[0]).toMatch(/uses workspace "default" already/);
  });

  test("stops race launches: never two sessions on a GPU, never another error", async () => {
    const crowd = people.slice(0, 40);
    const results = await Promise.allSettled(
      crowd.map(async (who) => {
        const slug = await launch(who);
        await stopSession(who, "external", slug);
        // As the worker ends it: the database may choose any of the crowd's writes to end a deadlock.
        await inTransaction(db(), (tx) =>
          tx.update(sessions).set({ state: "STOPPED" }).where(eq(sessions.slug, slug)),
        );
      }),
    );
    const { ok, conflicts } = tally(results);
    expect(ok + conflicts).toBe(crowd.length);
    expect(ok).toBeGreaterThanOrEqual(gpuCount);
    expect(await active()).toEqual([]);
  });
});

describe("what a launch writes", () => {
  test("session, first event, audit and word to the live pages, or nothing at all", async () => {
    let woken = 0;
    const who = await seedUser(db(), { wake: () => woken++ });
    const slug = await launch(who, { ttlMinutes: 30, workspaceName: "ct-study" });
    expect(woken).toBe(1);
    const view = await getSession(db(), who.actor, "external", "gpu.example.org", slug);
    expect(view).toMatchObject({
      state: "STARTING",
      owner: who.actor.username,
      workspace: { name: "ct-study" },
    });
    expect(view.ssh.port).toBeGreaterThanOrEqual(sshPorts.first);
    const events = await listSessionEvents(db(), who.actor, "external", slug, { limit: 50 });
    expect(events.data.map(({ kind }) => kind)).toEqual(["requested"]);
    expect(await db().select().from(auditLog).where(eq(auditLog.resource, slug))).toMatchObject([
      { action: "session.launch", actorName: who.actor.username, requestId: "req_test" },
    ]);
    expect(await db().select().from(changes).where(eq(changes.resource, slug))).toHaveLength(1);
    const before = (await db().select().from(sessionEvents)).length;
    await expect(launch(who, { workspaceName: "ct-study" })).rejects.toThrow(AppError);
    expect((await db().select().from(sessionEvents)).length).toBe(before);
    expect(woken).toBe(1);
  });

  test("a named GPU or model is obeyed", async () => {
    const list = await listGpus(db(), someone(0).actor, "external");
    const wanted = required(list[1], "second GPU");
    const slug = await launch(someone(0), { gpuId: wanted.id });
    const view = await getSession(db(), someone(0).actor, "external", "h", slug);
    expect(view.gpu.id).toBe(wanted.id);
    await expect(launch(someone(1), { gpuId: wanted.id })).rejects.toThrow(
      `GPU 1 (Test GPU (simulated)) is in use by ${someone(0).actor.username}, without a time limit.`,
    );
    await expect(launch(someone(1), { gpuModel: "H100" })).rejects.toThrow(
      'No GPU is a "H100". There are: Test GPU (simulated).',
    );
    await launch(someone(1), { gpuModel: wanted.model.toUpperCase() });
    await expect(launch(someone(2), { gpuModel: wanted.model.toUpperCase() })).rejects.toThrow(/are in use/);
  });
});

describe("refusals say what to do", () => {
  test("no key", async () => {
    const who = await seedUser(db(), { key: false });
    await expect(launch(who)).rejects.toThrow(/^Add an SSH public key first/);
  });

  test("a disabled account", async () => {
    const who = await seedUser(db());
    await db().update(users).set({ disabledAt: new Date() }).where(eq(users.id, who.actor.userId));
    await expect(launch(who)).rejects.toMatchObject({ code: "forbidden" });
  });

  test("when the next GPU is free, and whose", async () => {
    await launch(someone(0));
    const slug = await launch(someone(1));
    const at = new Date(Date.now() + 3_600_000);
    await db().update(sessions).set({ state: "RUNNING", stopsAt: at }).where(eq(sessions.slug, slug));
    await expect(launch(someone(2))).rejects.toThrow(
      `All 2 GPUs are in use; the next is free at ${absoluteText(at, new Date(), someone(2).settings.zone)} (${someone(1).actor.username}).`,
    );
    const seen = await listGpus(db(), someone(2).actor, "external");
    expect(JSON.stringify(seen)).not.toContain(slug);
    expect(seen.map(({ free }) => free)).toEqual([false, false]);
  });

  test("a host that is silent, or was never told of again", async () => {
    await db()
      .update(nodes)
      .set({ lastSeenAt: new Date(Date.now() - 120_000) });
    await expect(launch(someone(3))).rejects.toThrow(/^The GPU host gpu1 has not answered since/);
  });

  test("GPUs that are out of service", async () => {
    await db().update(gpus).set({ state: "draining", stateReason: "new fans on Friday" });
    await db().update(gpus).set({ state: "disabled", stateReason: null }).where(eq(gpus.deviceIndex, 1));
    await expect(launch(someone(3))).rejects.toThrow(
      "All 2 GPUs are out of service for now. GPU 0 is draining: new fans on Friday. GPU 1 is disabled.",
    );
    const [first] = await db().select().from(gpus).where(eq(gpus.deviceIndex, 0));
    await expect(launch(someone(3), { gpuId: first?.publicId })).rejects.toThrow(
      "GPU 0 is draining: new fans on Friday. Choose another.",
    );
    await db().update(gpus).set({ state: "available", stateReason: null });
  });

  test("GPUs in use beside others that take nobody new", async () => {
    const drained = { state: "draining", stateReason: "driver update on Friday" } as const;
    await db().update(gpus).set(drained).where(eq(gpus.deviceIndex, 1));
    await launch(someone(0));
    await expect(launch(someone(1))).rejects.toMatchObject({
      message:
        "No GPU is free: 1 in use, 1 draining. GPU 1 is draining: driver update on Friday. None in use has a time limit. Try again when someone stops a session.",
      conflict: "no_gpu",
    });
    await db().update(gpus).set({ state: "available", stateReason: null });
  });

  test("a workspace that is busy, someone else's, or unknown", async () => {
    const who = await seedUser(db());
    const mine = await createWorkspace(who, "external", { name: "mine" });
    await expect(launch(someone(4), { workspaceId: mine.id })).rejects.toMatchObject({ code: "not_found" });
    await requestSnapshot(who, "external", { id: mine.id });
    await expect(launch(who, { workspaceId: mine.id })).rejects.toThrow(
      'Workspace "mine" is being snapshotted. Try again when that is done.',
    );
    await expect(launchSession(who, "internal", {})).rejects.toMatchObject({ code: "forbidden" });
  });
});

describe("who may see and stop", () => {
  test("the owner and an admin; for others it does not exist", async () => {
    const [owner, other, admin] = [await seedUser(db()), someone(5), await seedUser(db(), { role: "admin" })];
    const slug = await launch(owner);
    await expect(getSession(db(), other.actor, "external", "h", slug)).rejects.toMatchObject({
      code: "not_found",
    });
    await expect(listSessionEvents(db(), other.actor, "external", slug, { limit: 1 })).rejects.toMatchObject({
      code: "not_found",
    });
    await expect(stopSession(other, "external", slug)).rejects.toMatchObject({ code: "not_found" });
    await expect(stopSession(owner, "internal", slug)).rejects.toMatchObject({ code: "not_found" });
    const page = { limit: 10, active: true };
    expect((await listSessions(db(), other.actor, "external", "h", page)).data).toEqual([]);
    await expect(listAllSessions(db(), owner.actor, "h", page)).rejects.toMatchObject({ code: "forbidden" });
    expect((await listAllSessions(db(), admin.actor, "h", page)).data.map((one) => one.slug)).toContain(slug);
    await stopSession(admin, null, slug);
    expect(await getSession(db(), admin.actor, null, "h", slug)).toMatchObject({
      state: "STOPPING",
      stopReason: "admin",
    });
  });

  test("a second stop changes nothing", async () => {
    const slug = await launch(someone(6));
    await stopSession(someone(6), "external", slug);
    const [row] = await db().select().from(sessions).where(eq(sessions.slug, slug));
    await stopSession(someone(6), "external", slug);
    const [after] = await db().select().from(sessions).where(eq(sessions.slug, slug));
    expect(after).toEqual(row);
    const ended = await inTransaction(db(), (tx) =>
      beginStop(tx, required(row, "session"), { reason: "time_limit", detail: "late" }, systemAuditor),
    );
    expect(ended).toBe(false);
  });

  test("lists page from newest to oldest by cursor", async () => {
    const who = await seedUser(db(), { maxSessions: 9 });
    const slugs = [];
    for (let n = 0; n < 5; n++) {
      slugs.push(await launch(who));
      await db().update(sessions).set({ state: "STOPPED" });
    }
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await listSessions(db(), who.actor, "external", "h", { limit: 2, active: false, cursor });
      seen.push(...page.data.map(({ slug }) => slug));
      cursor = page.nextCursor ?? undefined;
    } while (cursor);
    expect(seen).toEqual(slugs.reverse());
    await expect(
      listSessions(db(), who.actor, "external", "h", { limit: 2, active: false, cursor: "%%%" }),
    ).rejects.toMatchObject({ code: "invalid" });
  });
});
