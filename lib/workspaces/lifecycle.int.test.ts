import { eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { labSettings, operations, snapshots, workspaces } from "@/db/schema";
import { createTestDatabase, type TestDatabase } from "@/db/testing";
import { inTransaction } from "@/db/tx";
import { required } from "@/lib/kernel/assert";
import { AppError } from "@/lib/kernel/errors";
import { newPublicId } from "@/lib/kernel/ids";
import { seedLab, seedUser } from "@/lib/sessions/testing";
import {
  type CommandContext,
  createWorkspace,
  requestDelete,
  requestRestore,
  requestSnapshot,
} from "./commands";
import {
  claimDueOperations,
  failOperation,
  finishDelete,
  finishSnapshot,
  OperationLost,
  retryOperation,
} from "./lifecycle";
import { getOperation, getWorkspace, listSnapshots, listWorkspaces } from "./queries";
import { givenUp, insertSnapshot, recordWorkspaceUsage, retireStopSnapshots } from "./snapshots";

let database: TestDatabase;
let who: CommandContext;
beforeAll(async () => {
  database = await createTestDatabase();
  await seedLab(database.db, { gpus: 1 });
  who = await seedUser(database.db);
});
afterAll(() => database.close());

const db = () => database.db;

const keepOne = () => db().update(labSettings).set({ stopSnapshotsKept: 1 });
const retire = (workspaceId: number) => inTransaction(db(), (tx) => retireStopSnapshots(tx, workspaceId, 50));

function taken(snapshotId: string) {
  const createdAt = new Date().toISOString();
  return { snapshotId, datasetGeneration: 1, usedBytes: 1, referencedBytes: 2, createdAt };
}

describe("workspaces", () => {
  test("one name, one workspace, also when asked for at once", async () => {
    const wishes = Array.from({ length: 8 }, () => createWorkspace(who, "external", { name: "study" }));
    const results = await Promise.allSettled(wishes);
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    for (const result of results) {
      if (result.status === "rejected") expect(result.reason).toMatchObject({ code: "conflict" });
    }
  });

  test("someone else's does not exist", async () => {
    const mine = await createWorkspace(who, "external", { name: "private" });
    const other = await seedUser(db());
    const tries = await Promise.allSettled([
      getWorkspace(db(), other.actor, "external", mine.id),
      getWorkspace(db(), who.actor, "internal", mine.id),
      listSnapshots(db(), other.actor, "external", mine.id, { limit: 1 }),
      requestSnapshot(other, "external", { id: mine.id }),
      requestDelete(other, "external", { id: mine.id }),
    ]);
    for (const one of tries) {
      expect(one).toMatchObject({ status: "rejected", reason: { code: "not_found" } });
    }
    const asked = await requestSnapshot(who, "external", { id: mine.id });
    await expect(getOperation(db(), other.actor, asked.id)).rejects.toThrow(AppError);
    expect((await listWorkspaces(db(), other.actor, "external", { limit: 10 })).data).toEqual([]);
  });
});

test("a role that nobody knows may nothing, not even with what is its own", async () => {
  const { id } = await createWorkspace(who, "external", { name: "guarded" });
  const asked = await requestSnapshot(who, "external", { id });
  const actor = { ...who.actor, role: "guest" } as unknown as CommandContext["actor"];
  const guest = { ...who, actor };
  const page = { limit: 10 };
  await expect(listWorkspaces(db(), actor, "external", page)).rejects.toMatchObject({ code: "forbidden" });
  await expect(createWorkspace(guest, "external", { name: "x" })).rejects.toMatchObject({
    code: "forbidden",
  });
  const tries = [
    getWorkspace(db(), actor, "external", id),
    listSnapshots(db(), actor, "external", id, page),
    getOperation(db(), actor, asked.id),
    requestDelete(guest, "external", { id }),
  ];
  for (const one of await Promise.allSettled(tries)) {
    expect(one).toMatchObject({ status: "rejected", reason: { code: "not_found" } });
  }
});

describe("what is measured of a workspace", () => {
  const size = { usedBytes: 10, snapshotBytes: 5, totalBytes: 500, spaceBytes: null };
  const sized = (snapshotId: string, usedBytes: number) => ({ ...taken(snapshotId), usedBytes });

  async function made(name: string) {
    const { id } = await createWorkspace(who, "external", { name });
    const [row] = await db().select().from(workspaces).where(eq(workspaces.publicId, id));
    return required(row, "the workspace");
  }
  async function list(publicId: string) {
    return (await listSnapshots(db(), who.actor, "external", publicId, { limit: 10 })).data;
  }

  test("keeps its snapshots' sizes up to date, and lists one that no row told of", async () => {
    const { id, publicId } = await made("measured");
    const [known, unknown] = [newPublicId("snp"), newPublicId("snp")];
    const why = { reason: "manual", name: "mine" } as const;
    await inTransaction(db(), (tx) => insertSnapshot(tx, id, sized(known, 1), why));
    await recordWorkspaceUsage(db(), id, size, [sized(known, 70), sized(unknown, 8)]);
    expect(await list(publicId)).toMatchObject([
      { id: unknown, reason: "recovery", usedBytes: 8 },
      { id: known, reason: "manual", name: "mine", usedBytes: 70 },
    ]);
    expect(await getWorkspace(db(), who.actor, "external", publicId)).toMatchObject(size);
  });

  test("that came between a snapshot and its record does not hide why it was taken", async () => {
    const { id, publicId } = await made("overtaken");
    const snapshotId = newPublicId("snp");
    await recordWorkspaceUsage(db(), id, size, [sized(snapshotId, 1)]);
    await inTransaction(db(), (tx) => insertSnapshot(tx, id, taken(snapshotId), { reason: "stop" }));
    expect(await list(publicId)).toMatchObject([{ id: snapshotId, reason: "stop" }]);
  });

  test("does not list a snapshot again that was deleted after the host was asked", async () => {
    const { id, publicId } = await made("pruned");
    const snapshotId = newPublicId("snp");
    const newest = newPublicId("snp");
    for (const each of [snapshotId, newest]) {
      await inTransaction(db(), (tx) => insertSnapshot(tx, id, taken(each), { reason: "stop" }));
    }
    await keepOne();
    expect(await retire(id)).toEqual({ generation: 1, snapshotIds: [snapshotId] });
    await recordWorkspaceUsage(db(), id, size, [sized(snapshotId, 1)]);
    expect(await list(publicId)).toMatchObject([{ id: newest }]);
    expect(await getWorkspace(db(), who.actor, "external", publicId)).toMatchObject({ snapshotCount: 1 });
    expect(await givenUp(db(), id, [newest, snapshotId, newPublicId("snp")])).toEqual([snapshotId]);
  });

  test("lists nothing again of one that was deleted meanwhile", async () => {
    const { id } = await made("gone");
    await db().update(workspaces).set({ deletedAt: new Date() }).where(eq(workspaces.id, id));
    await recordWorkspaceUsage(db(), id, size, [sized(newPublicId("snp"), 1)]);
    expect(await db().select().from(snapshots).where(eq(snapshots.workspaceId, id))).toEqual([]);
  });
});

describe("old snapshots make room", () => {
  async function withStops(name: string, count: number) {
    const { id: publicId } = await createWorkspace(who, "external", { name });
    const [row] = await db().select().from(workspaces).where(eq(workspaces.publicId, publicId));
    const { id } = required(row, "the workspace");
    const ids = Array.from({ length: count }, () => newPublicId("snp"));
    for (const each of ids) {
      await inTransaction(db(), (tx) => insertSnapshot(tx, id, taken(each), { reason: "stop" }));
    }
    return { id, publicId, oldest: required(ids[0], "a snapshot"), ids };
  }

  test("races restores of the oldest: it is given up and does not exist, or the restore has it", async () => {
    const all = await Promise.all(Array.from({ length: 24 }, (_, n) => withStops(`race${n}`, 3)));
    await keepOne();
    const results = await Promise.all(
      all.map(async ({ id, publicId, oldest }, n) => {
        const restore = () => requestRestore(who, "external", { id: publicId, snapshotId: oldest });
        // Half of the time the other is asked first.
        const order = n % 2 === 0 ? [restore, () => retire(id)] : [() => retire(id), restore];
        const settled = await Promise.allSettled(order.map((ask) => ask()));
        const [restored, retired] = n % 2 === 0 ? settled : settled.reverse();
        return {
          oldest,
          restored: required(restored, "the restore"),
          retired: required(retired, "the other"),
        };
      }),
    );
    for (const { oldest, restored, retired } of results) {
      expect(retired.status).toBe("fulfilled");
      if (restored.status === "rejected") {
        expect(restored.reason).toMatchObject({ code: "not_found" });
        expect(retired).toMatchObject({ value: { snapshotIds: expect.arrayContaining([oldest]) } });
      } else expect(retired).toMatchObject({ value: null });
    }
  });

  test("and what was given up can't be brought back", async () => {
    const { id, publicId, oldest } = await withStops("late", 2);
    await keepOne();
    expect(await retire(id)).toMatchObject({ snapshotIds: [oldest] });
    const restore = requestRestore(who, "external", { id: publicId, snapshotId: oldest });
    await expect(restore).rejects.toMatchObject({ code: "not_found" });
  });

  test("but not while an operation is under way, and never twice", async () => {
    const { id, publicId, ids } = await withStops("waits", 3);
    await keepOne();
    await requestSnapshot(who, "external", { id: publicId });
    expect(await retire(id)).toBeNull();
    await db().update(operations).set({ state: "FAILED" }).where(eq(operations.workspaceId, id));
    const both = await Promise.all([retire(id), retire(id)]);
    expect(both.flatMap((one) => required(one, "an answer").snapshotIds)).toEqual(ids.slice(0, 2));
  });
});

describe("operations", () => {
  test("one at a time on a workspace, however many ask at once", async () => {
    const { id } = await createWorkspace(who, "external", { name: "busy" });
    const wishes = Array.from({ length: 10 }, () => requestSnapshot(who, "external", { id }));
    const results = await Promise.allSettled(wishes);
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    for (const result of results) {
      if (result.status === "rejected") expect(result.reason).toMatchObject({ code: "conflict" });
    }
  });

  test("of many workers one gets each; a stalled one's writes change nothing", async () => {
    await db().update(operations).set({ state: "FAILED" });
    const { id } = await createWorkspace(who, "external", { name: "raced" });
    const asked = await requestSnapshot(who, "external", { id, name: "kept" });
    const claims = (
      await Promise.all(Array.from({ length: 6 }, (_, n) => claimDueOperations(db(), `w${n}`, 4)))
    ).flat();
    expect(claims).toHaveLength(1);
    const stalled = required(claims[0], "the claim");
    await db()
      .update(operations)
      .set({ claimExpiresAt: sql`utc_timestamp(3) - interval 1 second` })
      .where(eq(operations.publicId, asked.id));
    const [current] = await claimDueOperations(db(), "new", 4);
    const snapshotId = required(stalled.operation.snapshotPublicId, "snapshot id");
    await expect(finishSnapshot(db(), stalled, taken(snapshotId))).rejects.toThrow(OperationLost);
    await expect(failOperation(db(), stalled, "late")).rejects.toThrow(OperationLost);
    await expect(finishDelete(db(), stalled)).rejects.toThrow(OperationLost);
    await expect(
      retryOperation(db(), stalled, { condition: "late", attempts: 1, delayMs: 0 }),
    ).rejects.toThrow(OperationLost);
    await finishSnapshot(db(), required(current, "the new claim"), taken(snapshotId));
    expect(await getOperation(db(), who.actor, asked.id)).toMatchObject({ state: "SUCCEEDED" });
    const page = await listSnapshots(db(), who.actor, "external", id, { limit: 10 });
    expect(page.data).toMatchObject([{ id: snapshotId, name: "kept", reason: "manual", current: true }]);
  });

  test("a deleted workspace gives its name back", async () => {
    await db().update(operations).set({ state: "FAILED" });
    const { id } = await createWorkspace(who, "external", { name: "again" });
    await requestDelete(who, "external", { id });
    const [claim] = await claimDueOperations(db(), "w", 4);
    await finishDelete(db(), required(claim, "the claim"));
    await expect(getWorkspace(db(), who.actor, "external", id)).rejects.toMatchObject({ code: "not_found" });
    expect((await createWorkspace(who, "external", { name: "again" })).id).not.toBe(id);
  });
});
