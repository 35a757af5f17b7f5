import { eq, inArray, sql } from "drizzle-orm";
import { afterEach, expect, test } from "vitest";
import { operations, sessions, snapshots, workspaces } from "@/db/schema";
import type { VerbName } from "@/lib/agent-protocol/verbs";
import { required } from "@/lib/kernel/assert";
import { launchSession } from "@/lib/sessions/commands/launch";
import { stopSession } from "@/lib/sessions/commands/stop";
import { activeSessionStates } from "@/lib/sessions/model";
import { seedUser } from "@/lib/sessions/testing";
import { type CommandContext, requestDelete, requestRestore } from "@/lib/workspaces/commands";
import { until, WorkerLab } from "./testing/lab";
import type { WorkerProcess } from "./testing/worker-process";

let lab: WorkerLab;
afterEach(() => lab.close());

/** Lets the killed worker's lease be over, without waiting for its time. */
async function leaseOver(): Promise<void> {
  const over = { claimExpiresAt: sql`utc_timestamp(3)` };
  await lab.db
    .update(sessions)
    .set(over)
    .where(inArray(sessions.state, [...activeSessionStates]));
  await lab.db.update(operations).set(over).where(eq(operations.state, "RUNNING"));
}

/** Kills the worker when the agent gets to that point. Resolves when it is dead. */
function killAt(worker: WorkerProcess, verb: VerbName, when: "before" | "after"): Promise<void> {
  return new Promise((resolve) => {
    lab.agent.inject({ verb, when, act: async () => resolve(await worker.kill()) });
  });
}

/** Containers are exactly those of the running sessions, each where its row says. */
async function expectNothingLeaked(): Promise<void> {
  const rows = await lab.db.select().from(sessions);
  const running = rows.filter(({ state }) => state === "RUNNING");
  const containers = [...lab.agent.host.containers.values()].map(({ info }) => info);
  expect(containers.map(({ slug }) => slug).sort()).toEqual(running.map(({ slug }) => slug).sort());
  for (const row of running) {
    expect(containers.find(({ slug }) => slug === row.slug)).toMatchObject({
      sshPort: row.sshPort,
      state: "running",
      generation: row.generation,
    });
  }
  const taken = await lab.db.select().from(snapshots);
  expect(taken.length).toBe(rows.filter(({ state, runningAt }) => state === "STOPPED" && runningAt).length);
  for (const row of rows) expect(row.claimOwner).toBeNull();
}

const steps = (["before", "after"] as const).flatMap((when) =>
  (["workspace.ensure", "session.start"] as const).map((verb) => ({ verb, when })),
);

test.each(steps)(
  "a worker killed $when $verb: the next one brings the session up",
  async ({ verb, when }) => {
    lab = await WorkerLab.start({ gpus: 1 });
    const dead = killAt(lab.workers[0] as WorkerProcess, verb, when);
    const who = await seedUser(lab.db);
    const slug = await launchSession({ ...who, wake: () => lab.wake() }, "external", {});
    await dead;
    expect((await lab.session(slug)).state).toBe("STARTING");
    await leaseOver();
    await lab.startWorker();
    const row = await lab.reaches(slug, "RUNNING");
    expect(row).toMatchObject({ generation: 2, error: null });
    await expectNothingLeaked();
  },
);

test.each(["before", "after"] as const)(
  "a worker killed %s session.stop: one snapshot, all free",
  async (when) => {
    lab = await WorkerLab.start({ gpus: 1 });
    const who = { ...(await seedUser(lab.db)), wake: () => lab.wake() };
    const slug = await launchSession(who, "external", {});
    await lab.reaches(slug, "RUNNING");
    const dead = killAt(lab.workers[0] as WorkerProcess, "session.stop", when);
    await stopSession(who, "external", slug);
    await dead;
    expect((await lab.session(slug)).state).toBe("STOPPING");
    await leaseOver();
    await lab.startWorker();
    const row = await lab.reaches(slug, "STOPPED");
    await expectNothingLeaked();
    const [snapshot] = await lab.db.select().from(snapshots);
    expect(snapshot?.publicId).toBe(row.stopSnapshotId);
  },
);

/** A workspace that one session has used, with the snapshot of its stop. */
async function usedWorkspace(who: CommandContext) {
  const slug = await launchSession(who, "external", {});
  await lab.reaches(slug, "RUNNING");
  await stopSession(who, "external", slug);
  const { workspaceId, stopSnapshotId } = await lab.reaches(slug, "STOPPED");
  const [row] = await lab.db.select().from(workspaces).where(eq(workspaces.id, workspaceId));
  return { id: required(row, "workspace").publicId, snapshotId: required(stopSnapshotId, "snapshot") };
}

async function succeeds(operation: string): Promise<void> {
  await until(`operation ${operation} succeeds`, async () => {
    const [row] = await lab.db.select().from(operations).where(eq(operations.publicId, operation));
    return row?.state === "SUCCEEDED" && row.condition === null;
  });
}

const operationSteps = (verbs: readonly VerbName[]) =>
  (["before", "after"] as const).flatMap((when) => verbs.map((verb) => ({ verb, when })));

test.each(operationSteps(["workspace.snapshot", "workspace.restore"]))(
  "a worker killed $when $verb of a restore: the next one restores once",
  async ({ verb, when }) => {
    lab = await WorkerLab.start({ gpus: 1 });
    const who = { ...(await seedUser(lab.db)), wake: () => lab.wake() };
    const { id, snapshotId } = await usedWorkspace(who);
    const dead = killAt(lab.workers[0] as WorkerProcess, verb, when);
    const asked = await requestRestore(who, "external", { id, snapshotId });
    await dead;
    await leaseOver();
    await lab.startWorker();
    await succeeds(asked.id);
    const [row] = await lab.db.select().from(workspaces).where(eq(workspaces.publicId, id));
    expect(row?.generation).toBe(2);
    expect([...(lab.agent.host.workspaces.get(id)?.generations ?? [])]).toEqual([1, 2]);
    const taken = await lab.db.select().from(snapshots).orderBy(snapshots.id);
    expect(taken.map(({ reason }) => reason)).toEqual(["stop", "pre_restore"]);
    expect([...(lab.agent.host.workspaces.get(id)?.snapshots.keys() ?? [])]).toEqual(
      taken.map(({ publicId }) => publicId),
    );
  },
);

test.each(operationSteps(["workspace.destroy"]))(
  "a worker killed $when $verb of a delete: the next one deletes the rest",
  async ({ verb, when }) => {
    lab = await WorkerLab.start({ gpus: 1 });
    const who = { ...(await seedUser(lab.db)), wake: () => lab.wake() };
    const { id } = await usedWorkspace(who);
    const dead = killAt(lab.workers[0] as WorkerProcess, verb, when);
    const asked = await requestDelete(who, "external", { id });
    await dead;
    await leaseOver();
    await lab.startWorker();
    await succeeds(asked.id);
    expect(lab.agent.host.workspaces.has(id)).toBe(false);
    expect(await lab.db.select().from(snapshots)).toEqual([]);
    const [row] = await lab.db.select().from(workspaces).where(eq(workspaces.publicId, id));
    expect(row?.deletedAt).not.toBeNull();
  },
);

test("a killed worker's lease runs out by itself, and a silent agent kills nothing", async () => {
  lab = await WorkerLab.start({ gpus: 1, workers: 2 });
  const [first, second] = lab.workers as [WorkerProcess, WorkerProcess];
  const who = await seedUser(lab.db);
  let killed: WorkerProcess | undefined;
  lab.agent.inject({
    verb: "session.start",
    when: "after",
    act: async () => {
      const [row] = await lab.db.select().from(sessions);
      killed = first.lines.some((line) => line.includes(`"owner":"${row?.claimOwner}"`)) ? first : second;
      await killed.kill();
      await lab.agent.silence();
    },
  });
  const slug = await launchSession({ ...who, wake: () => lab.wake() }, "external", {});
  await until("a worker is killed", async () => killed !== undefined);
  await until("the other one claimed it and waits", async () => (await lab.session(slug)).condition !== null);
  await lab.agent.open();
  await lab.reaches(slug, "RUNNING");
  await expectNothingLeaked();
});

test("workers killed at any moment of start and stop: right in the end", async () => {
  lab = await WorkerLab.start({ gpus: 4, workers: 0 });
  await lab.startWorker();
  await lab.hostRecorded();
  const slugs: string[] = [];
  for (let round = 0; round < 6; round++) {
    const who = { ...(await seedUser(lab.db)), wake: () => lab.wake() };
    const slug = await until("a GPU is free", () => launchSession(who, "external", {}).catch(() => null));
    slugs.push(slug);
    // Nothing waits for this: it is the moment of the kill, another one each round.
    const moment = round * 12;
    await new Promise((resolve) => setTimeout(resolve, moment));
    if (round % 2 === 1) await stopSession(who, "external", slug);
    await new Promise((resolve) => setTimeout(resolve, moment));
    await lab.workers.at(-1)?.kill();
    await leaseOver();
    await lab.startWorker();
    await lab.reaches(slug, round % 2 === 1 ? "STOPPED" : "RUNNING");
    if (round % 2 === 0) await stopSession(who, "external", slug);
  }
  for (const slug of slugs) await lab.reaches(slug, "STOPPED");
  const ended = await lab.db.select().from(sessions).where(eq(sessions.state, "STOPPED"));
  expect(ended).toHaveLength(slugs.length);
  await expectNothingLeaked();
});

test("a second worker on a host finds the wake port taken, works by polling, and ends well", async () => {
  lab = await WorkerLab.start({ gpus: 1 });
  const [first] = lab.workers as [WorkerProcess];
  const second = await lab.startWorker(first.wakePort);
  await until("it says so", async () => second.lines.some((line) => line.includes("Not listening")));
  await first.kill();
  const slug = await launchSession(await seedUser(lab.db), "external", {});
  await lab.reaches(slug, "RUNNING");
  expect(await second.stop()).toBe(0);
});

test("a worker that is told to end finishes what it is at", async () => {
  lab = await WorkerLab.start({ gpus: 1 });
  const [worker] = lab.workers as [WorkerProcess];
  let stopping: Promise<number | null> | undefined;
  lab.agent.inject({
    verb: "session.start",
    when: "before",
    act: () => {
      stopping = worker.stop();
    },
  });
  const who = await seedUser(lab.db);
  const slug = await launchSession({ ...who, wake: () => lab.wake() }, "external", {});
  await until("it was told", async () => stopping !== undefined);
  expect(await stopping).toBe(0);
  expect((await lab.session(slug)).state).toBe("RUNNING");
  await expectNothingLeaked();
});
