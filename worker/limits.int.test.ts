import { and, eq, isNull } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { labSettings, sessionEvents, sessions, snapshots, users, workspaces } from "@/db/schema";
import { required } from "@/lib/kernel/assert";
import { newPublicId } from "@/lib/kernel/ids";
import { extendSession } from "@/lib/sessions/commands/extend";
import { launchSession } from "@/lib/sessions/commands/launch";
import { stopSession } from "@/lib/sessions/commands/stop";
import { seedUser } from "@/lib/sessions/testing";
import { requestSnapshot, requestSnapshotDelete } from "@/lib/workspaces/commands";
import { until, WorkerLab } from "./testing/lab";

let lab: WorkerLab;
beforeAll(async () => {
  lab = await WorkerLab.start({ gpus: 2, workers: 2 });
});
afterAll(() => lab.close());

const person = () => seedUser(lab.db, { wake: () => lab.wake() });

test("GPU-hours used up: warned once, snapshotted and stopped by whichever of two workers", async () => {
  const who = await person();
  const slug = await launchSession(who, "external", {});
  const { id } = await lab.reaches(slug, "RUNNING");
  // As if it had run since a while ago: a minute is left of the quarter of an hour.
  const runningAt = new Date(Date.now() - 14 * 60_000);
  await lab.db.update(sessions).set({ runningAt }).where(eq(sessions.id, id));
  await lab.db.update(users).set({ maxGpuMinutesPerWeek: 15 }).where(eq(users.id, who.actor.userId));
  await until("the session is warned", async () => (await lab.session(slug)).endsWithHours);
  await lab.db
    .update(sessions)
    .set({ runningAt: new Date(Date.now() - 15 * 60_000) })
    .where(eq(sessions.id, id));
  const ended = await lab.reaches(slug, "STOPPED", "ERROR");
  expect(ended).toMatchObject({ state: "STOPPED", stopReason: "gpu_hours", error: null });
  const kinds = await lab.events(slug);
  expect(kinds.filter((kind) => kind === "hours_ending")).toHaveLength(1);
  expect(kinds.slice(kinds.indexOf("hours_ending"))).toEqual([
    "hours_ending",
    "stop_requested",
    "snapshot_taken",
    "stopped",
  ]);
  await expect(launchSession(who, "external", {})).rejects.toThrow(
    /of GPU time\. The next week begins on Sat/,
  );
});

test("an extension that comes in time keeps the session", async () => {
  const who = await person();
  const slug = await launchSession(who, "external", { ttlMinutes: 1 });
  await lab.reaches(slug, "RUNNING");
  await extendSession(who, "external", { slug, ttlMinutes: 61 });
  const { runningAt, stopsAt } = await lab.session(slug);
  expect(required(stopsAt, "its end").getTime() - required(runningAt, "its start").getTime()).toBe(
    61 * 60_000,
  );
  await stopSession(who, "external", slug);
  await lab.reaches(slug, "STOPPED");
});

test("of snapshots taken at stops the newest are kept, and every one that somebody asked for", async () => {
  await lab.db.update(labSettings).set({ stopSnapshotsKept: 2 });
  const who = await person();
  const slugs: string[] = [];
  let manual = "";
  for (let n = 0; n < 4; n++) {
    const slug = await launchSession(who, "external", {});
    await lab.reaches(slug, "RUNNING");
    if (n === 0) {
      const [row] = await lab.db.select().from(workspaces).where(eq(workspaces.userId, who.actor.userId));
      const id = required(row, "the workspace").publicId;
      const asked = await requestSnapshot(who, "external", { id, name: "before the trial" });
      manual = required(asked.snapshotId, "its id");
      await until("it is taken", async () => (await kept()).includes(manual));
    }
    await stopSession(who, "external", slug);
    await lab.reaches(slug, "STOPPED");
    slugs.push(slug);
  }
  const stops = await Promise.all(slugs.map(async (slug) => (await lab.session(slug)).stopSnapshotId));
  await until("the surplus is gone", async () => (await kept()).length === 3);
  expect(await kept()).toEqual([manual, ...stops.slice(2)].sort());
  const [host] = [...lab.agent.host.workspaces.values()].filter(({ snapshots: taken }) => taken.has(manual));
  const held = required(host, "the host's copy").snapshots;
  await until("the host has destroyed it too", async () => held.size === 3);
  expect([...held.keys()].sort()).toEqual(await kept());
  await until("it is on the timeline", async () =>
    (await lab.events(slugs[3] ?? "")).includes("snapshots_pruned"),
  );
  const [event] = await lab.db.select().from(sessionEvents).where(eq(sessionEvents.kind, "snapshots_pruned"));
  expect(event?.detail).toBe(
    "The oldest snapshot taken at a stop made room for the newest ones. Those you took yourself stay.",
  );

  async function kept(): Promise<string[]> {
    const rows = await lab.db
      .select({ id: snapshots.publicId })
      .from(snapshots)
      .innerJoin(workspaces, eq(workspaces.id, snapshots.workspaceId))
      .where(and(eq(workspaces.userId, who.actor.userId), isNull(snapshots.deletedAt)));
    return rows.map(({ id }) => id).sort();
  }
});

test("snapshots that were given up go later, however many of them can't", async () => {
  const who = await person();
  const use = async () => {
    const slug = await launchSession(who, "external", {});
    await lab.reaches(slug, "RUNNING");
    await stopSession(who, "external", slug);
    return lab.reaches(slug, "STOPPED");
  };
  const { workspaceId, stopSnapshotId } = await use();
  const last = required(stopSnapshotId, "its snapshot");
  const [host] = [...lab.agent.host.workspaces.values()].filter(({ snapshots: taken }) => taken.has(last));
  const held = required(host, "the host's copy").snapshots;
  const known = required(held.get(last), "the snapshot on the host");
  const ids = Array.from({ length: 250 }, () => newPublicId("snp"));
  const [stuck, free] = [ids.slice(0, 220), ids.slice(220)];
  const why = { workspaceId, generation: 1, reason: "stop", usedBytes: 0, referencedBytes: 0 } as const;
  const times = { createdAt: new Date(), deletedAt: new Date() };
  await lab.db.insert(snapshots).values(ids.map((publicId) => ({ publicId, ...why, ...times })));
  for (const snapshotId of ids) held.set(snapshotId, { ...known, snapshotId });
  for (const id of stuck) lab.agent.host.rooted.add(id);
  await use();
  await until("those that can go are gone", async () => free.every((id) => !held.has(id)));
  expect(stuck.every((id) => held.has(id))).toBe(true);
});

test("a person deletes a snapshot, also while a session runs; another's and a second time do not exist", async () => {
  const [who, other] = [await person(), await person()];
  const slug = await launchSession(who, "external", {});
  await lab.reaches(slug, "RUNNING");
  const [row] = await lab.db.select().from(workspaces).where(eq(workspaces.userId, who.actor.userId));
  const id = required(row, "the workspace").publicId;
  const { snapshotId } = await requestSnapshot(who, "external", { id });
  const ref = { id, snapshotId: required(snapshotId, "its id") };
  const listed = async () =>
    (
      await lab.db
        .select()
        .from(snapshots)
        .where(and(eq(snapshots.publicId, ref.snapshotId), isNull(snapshots.deletedAt)))
    ).length;
  await until("it is taken", async () => (await listed()) === 1);
  await expect(requestSnapshotDelete(other, "external", ref)).rejects.toMatchObject({ code: "not_found" });
  await requestSnapshotDelete(who, "external", ref);
  await until("it is gone", async () => (await listed()) === 0);
  expect(lab.agent.host.workspaces.get(id)?.snapshots.has(ref.snapshotId)).toBe(false);
  await expect(requestSnapshotDelete(who, "external", ref)).rejects.toMatchObject({ code: "not_found" });
  await stopSession(who, "external", slug);
  await lab.reaches(slug, "STOPPED");
});

test("what was given up while the host did not answer goes with the next stop", async () => {
  const who = await person();
  const slug = await launchSession(who, "external", {});
  await lab.reaches(slug, "RUNNING");
  const [row] = await lab.db.select().from(workspaces).where(eq(workspaces.userId, who.actor.userId));
  const { publicId: id } = required(row, "the workspace");
  const { snapshotId } = await requestSnapshot(who, "external", { id });
  const left = required(snapshotId, "its id");
  const onHost = () => [...required(lab.agent.host.workspaces.get(id), "the host's copy").snapshots.keys()];
  await until("it is taken", async () => onHost().includes(left));
  const which = eq(snapshots.publicId, left);
  await until("it is listed", async () => (await lab.db.select().from(snapshots).where(which)).length === 1);
  await lab.db.update(snapshots).set({ deletedAt: new Date() }).where(which);
  await stopSession(who, "external", slug);
  const { stopSnapshotId } = await lab.reaches(slug, "STOPPED");
  await until("it is gone", async () => !onHost().includes(left));
  expect(onHost()).toEqual([stopSnapshotId]);
});
