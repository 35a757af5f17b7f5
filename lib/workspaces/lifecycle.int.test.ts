import { eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { operations } from "@/db/schema";
import { createTestDatabase, type TestDatabase } from "@/db/testing";
import { required } from "@/lib/kernel/assert";
import { AppError } from "@/lib/kernel/errors";
import { seedLab, seedUser } from "@/lib/sessions/testing";
import { type CommandContext, createWorkspace, requestDelete, requestSnapshot } from "./commands";
import {
  claimDueOperations,
  failOperation,
  finishDelete,
  finishSnapshot,
  OperationLost,
  retryOperation,
} from "./lifecycle";
import { getOperation, getWorkspace, listSnapshots, listWorkspaces } from "./queries";

let database: TestDatabase;
let who: CommandContext;
beforeAll(async () => {
  database = await createTestDatabase();
  await seedLab(database.db, { gpus: 1 });
  who = await seedUser(database.db);
});
afterAll(() => database.close());

const db = () => database.db;

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
    await expect(retryOperation(db(), stalled, 1, 0)).rejects.toThrow(OperationLost);
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
