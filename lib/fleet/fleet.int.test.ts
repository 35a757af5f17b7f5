import { eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { gpus, nodes } from "@/db/schema";
import { createTestDatabase, type TestDatabase } from "@/db/testing";
import { listNotices } from "@/lib/notices/queries";
import { seedLab, seedUser, type TestLab } from "@/lib/sessions/testing";
import {
  ensureInstallation,
  ensureLocalNode,
  recordHealth,
  recordInventory,
  recordUnreachable,
  recordUsage,
} from "./commands";
import { listAllGpus, listGpus, listNodes, listPacks } from "./queries";

let database: TestDatabase;
let lab: TestLab;
beforeAll(async () => {
  database = await createTestDatabase();
  lab = await seedLab(database.db, { gpus: 2, model: "A100" });
});
afterAll(() => database.close());

const db = () => database.db;
const disk = {
  ...{ cpus: 8, memoryBytes: 2 ** 36, diskTotalBytes: 2 ** 40, diskFreeBytes: 2 ** 39 },
  hostCaPublicKey: "ssh-ed25519 AAAA",
};

test("one installation and one local node, however often asked and by how many at once", async () => {
  const ids = await Promise.all(Array.from({ length: 5 }, () => ensureInstallation(db())));
  expect(new Set(ids)).toEqual(new Set([lab.installationId]));
  await Promise.all(Array.from({ length: 5 }, () => ensureLocalNode(db(), "renamed")));
  expect(await db().select({ id: nodes.id, name: nodes.name }).from(nodes)).toEqual([
    { id: lab.nodeId, name: "renamed" },
  ]);
});

test("a GPU that is gone is kept as absent, and free again when it is back", async () => {
  const admin = await seedUser(db(), { role: "admin" });
  const all = lab.gpuUuids.map((uuid, index) => ({
    index,
    uuid,
    model: "A100",
    memoryMiB: 40_960,
    simulated: false,
  }));
  await recordInventory(db(), lab.nodeId, { ...disk, gpus: all.slice(0, 1) });
  expect((await listGpus(db(), admin.actor, "external")).map(({ uuid }) => uuid)).toEqual(
    lab.gpuUuids.slice(0, 1),
  );
  expect((await listAllGpus(db(), admin.actor)).map(({ present }) => present)).toEqual([true, false]);
  const since = async () => (await db().select().from(gpus).orderBy(gpus.id))[1]?.absentSince;
  const lost = await since();
  expect(lost).toBeInstanceOf(Date);
  await recordInventory(db(), lab.nodeId, { ...disk, gpus: all.slice(0, 1) });
  expect(await since()).toEqual(lost);
  await recordInventory(db(), lab.nodeId, { ...disk, gpus: all });
  expect(await since()).toBeNull();
  const back = await listGpus(db(), admin.actor, "external");
  expect(back[0]).not.toHaveProperty("silent");
  expect(back.map(({ free }) => free)).toEqual([true, true]);
  expect(back[0]).toMatchObject({ memoryMiB: 40_960, simulated: false });
  expect(await db().select().from(gpus)).toHaveLength(2);
});

test("a sample is stored for its own host's GPU only", async () => {
  const who = await seedUser(db());
  const uuid = lab.gpuUuids[0] ?? "";
  const usage = {
    sampledAt: "2026-11-22T00:00:00.000Z",
    utilizationPercent: 93,
    memoryUsedMiB: 1,
    temperatureC: null,
    powerW: 2.5,
  };
  await recordUsage(db(), lab.nodeId, [{ uuid, usage }]);
  await recordUsage(db(), lab.nodeId + 1, [{ uuid, usage: { ...usage, powerW: 9 } }]);
  expect((await listGpus(db(), who.actor, "external"))[0]?.usage).toEqual(usage);
});

test("a silent host's GPUs are not free; since when is kept until it answers", async () => {
  const admin = await seedUser(db(), { role: "admin" });
  const missed = { condition: "no answer within 5000 ms", certain: false };
  expect(await recordUnreachable(db(), lab.nodeId, missed)).toBe(false);
  expect((await listGpus(db(), admin.actor, "external")).map(({ free }) => free)).toEqual([true, true]);
  const silent = { condition: "no answer within 5000 ms", certain: true };
  expect(await recordUnreachable(db(), lab.nodeId, silent)).toBe(true);
  const [first] = await db().select().from(nodes).where(eq(nodes.id, lab.nodeId));
  const gone = { condition: "connect ECONNREFUSED", certain: false };
  expect(await recordUnreachable(db(), lab.nodeId, gone)).toBe(true);
  const [second] = await db().select().from(nodes).where(eq(nodes.id, lab.nodeId));
  expect(second?.unreachableSince).toEqual(first?.unreachableSince);
  expect(await listGpus(db(), admin.actor, "external")).toMatchObject([
    { free: false, silent: true },
    { free: false, silent: true },
  ]);
  expect(await listNodes(db(), admin.actor)).toMatchObject([
    { reachable: false, condition: "connect ECONNREFUSED" },
  ]);
  const { bootId, engineStartedAt } = lab;
  await recordHealth(db(), lab.nodeId, { bootId, engineStartedAt, problems: ["The disk is nearly full."] });
  expect(await listNodes(db(), admin.actor)).toMatchObject([
    { reachable: true, condition: "The disk is nearly full." },
  ]);
  await db()
    .update(nodes)
    .set({ lastSeenAt: new Date(Date.now() - 16_000) })
    .where(eq(nodes.id, lab.nodeId));
  expect(await recordUnreachable(db(), lab.nodeId, missed)).toBe(true);
});

test("admins are told of a host that stays silent, once, and of its answer; a short silence is no news", async () => {
  const admin = await seedUser(db(), { role: "admin" });
  const { bootId, engineStartedAt } = lab;
  const silent = () => recordUnreachable(db(), lab.nodeId, { condition: "silent", certain: true });
  const answer = () => recordHealth(db(), lab.nodeId, { bootId, engineStartedAt, problems: [] });
  const told = async () => {
    const { data } = await listNotices(db(), admin.actor, { limit: 50 });
    return data.map(({ content }) => content.kind).reverse();
  };
  await silent();
  await answer();
  expect(await told()).toEqual([]);
  await silent();
  await db().update(nodes).set({ unreachableSince: sql`utc_timestamp(3) - interval 90 second` });
  await Promise.all(Array.from({ length: 6 }, () => silent()));
  expect(await told()).toEqual(["node_unreachable"]);
  await Promise.all([answer(), answer()]);
  expect(await told()).toEqual(["node_unreachable", "node_back"]);
});

test("hosts are for admins, packs for all", async () => {
  const who = await seedUser(db());
  await expect(listNodes(db(), who.actor)).rejects.toMatchObject({ code: "forbidden" });
  await expect(listAllGpus(db(), who.actor)).rejects.toMatchObject({ code: "forbidden" });
  const nobody = { ...who.actor, role: "guest" } as unknown as typeof who.actor;
  await expect(listGpus(db(), nobody, "external")).rejects.toMatchObject({ code: "forbidden" });
  await expect(listPacks(db(), nobody)).rejects.toMatchObject({ code: "forbidden" });
  expect(await listPacks(db(), who.actor)).toMatchObject([{ slug: "base", name: "Base" }]);
});
