import { eq, inArray } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { auditLog, sessions } from "@/db/schema";
import { createTestDatabase, type TestDatabase } from "@/db/testing";
import { updateGpu } from "@/lib/fleet/gpu-state";
import { listAllGpus } from "@/lib/fleet/queries";
import { required } from "@/lib/kernel/assert";
import { launchSession } from "./commands/launch";
import { activeSessionStates } from "./model";
import { seedLab, seedUser } from "./testing";

const gpuCount = 40;

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  await seedLab(database.db, { gpus: gpuCount });
});
afterAll(() => database.close());

const db = () => database.db;

describe("draining", () => {
  test("races launches: once it is answered nothing new starts on any of the drained GPUs", async () => {
    const admin = await seedUser(db(), { role: "admin" });
    const people = await Promise.all(Array.from({ length: gpuCount }, () => seedUser(db())));
    const all = await listAllGpus(db(), admin.actor);
    const drained = all.slice(0, gpuCount / 2);
    const launches = people.map((who) => launchSession(who, "external", {}));
    await Promise.all(
      drained.map(({ id }) => updateGpu(admin, admin.actor, { id, state: "draining", reason: "new fans" })),
    );
    const before = await db()
      .select({ slug: sessions.slug })
      .from(sessions)
      .where(inArray(sessions.state, [...activeSessionStates]));
    const results = await Promise.allSettled(launches);
    const refusals = results.flatMap((one) => (one.status === "rejected" ? [one.reason as unknown] : []));
    for (const reason of refusals) expect(reason).toMatchObject({ code: "conflict" });
    const late = results.flatMap((one) =>
      one.status === "fulfilled" && !before.some(({ slug }) => slug === one.value) ? [one.value] : [],
    );
    const after = await listAllGpus(db(), admin.actor);
    const heldLate = after.filter(({ holder }) => late.some((slug) => slug === holder?.slug));
    expect(heldLate.filter(({ state }) => state !== "available")).toEqual([]);
    // What got one before goes on.
    expect(after.filter(({ holder }) => holder !== null)).toHaveLength(results.length - refusals.length);
    for (const { id } of drained) await updateGpu(admin, admin.actor, { id, state: "available" });
    expect((await listAllGpus(db(), admin.actor)).map(({ stateReason }) => stateReason)).toEqual(
      all.map(() => null),
    );
  });

  test("is an admin's, and audited once", async () => {
    const [who, admin] = [await seedUser(db()), await seedUser(db(), { role: "admin" })];
    const [gpu] = await listAllGpus(db(), admin.actor);
    const id = required(gpu, "a GPU").id;
    const order = { id, state: "disabled", reason: "ECC errors" } as const;
    await expect(updateGpu(who, who.actor, order)).rejects.toMatchObject({ code: "forbidden" });
    await expect(
      updateGpu(admin, admin.actor, { ...order, id: "gpu_aaaaaaaaaaaaaaaa" }),
    ).rejects.toMatchObject({
      code: "not_found",
    });
    await updateGpu(admin, admin.actor, order);
    await updateGpu(admin, admin.actor, order);
    const told = await db().select().from(auditLog).where(eq(auditLog.actorId, admin.actor.userId));
    expect(told).toMatchObject([
      {
        action: "gpu.update",
        resource: id,
        detail: { from: "available", to: "disabled", reason: "ECC errors" },
      },
    ]);
  });
});

describe("selling a GPU's hours", () => {
  test("takes it out of first come at once, and whoever launches is told why", async () => {
    const lab = await createTestDatabase();
    try {
      await seedLab(lab.db, { gpus: 2, model: "A100" });
      const [ana, admin] = [await seedUser(lab.db), await seedUser(lab.db, { role: "admin" })];
      const [first, second] = await listAllGpus(lab.db, admin.actor);
      const [one, two] = [required(first, "a GPU").id, required(second, "another").id];
      await updateGpu(admin, admin.actor, { id: one, mode: "auction" });
      await expect(launchSession(ana, "external", { gpuId: one })).rejects.toMatchObject({
        code: "conflict",
        message:
          "GPU 0 (A100) is auctioned by the hour, and nobody holds this one: take it for 1 credit under GPU time.",
      });
      // Whoever names none gets the one that is left.
      await launchSession(ana, "external", {});
      const after = await listAllGpus(lab.db, admin.actor);
      expect(after.map(({ mode, free, holder }) => [mode, free, holder?.username])).toEqual([
        ["auction", false, undefined],
        ["on-demand", false, ana.actor.username],
      ]);
      await updateGpu(admin, admin.actor, { id: two, mode: "auction" });
      await expect(launchSession(await seedUser(lab.db), "external", {})).rejects.toMatchObject({
        message:
          "All 2 GPUs are auctioned by the hour, none to whoever comes first. Nobody holds GPU 0 this hour: take it for 1 credit under GPU time.",
      });
    } finally {
      await lab.close();
    }
  });
});
