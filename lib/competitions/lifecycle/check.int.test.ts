import { eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { competitions, evaluations } from "@/db/schema";
import { createTestDatabase, type TestDatabase } from "@/db/testing";
import { required } from "@/lib/kernel/assert";
import { AppError } from "@/lib/kernel/errors";
import { newPublicId } from "@/lib/kernel/ids";
import { seedUser } from "@/lib/sessions/testing";
import { addEvaluation } from "../commands/competitions";
import type { CommandContext } from "../commands/context";
import { maxFailures, maxLostClaims } from "../rules";
import { reportFor, seedCompetition, sha256Of, testManifest } from "../testing";
import { type CheckClaim, CheckLost, claimCheck, renewCheck, settleCheck } from "./check";

let database: TestDatabase;
let admin: CommandContext;

beforeAll(async () => {
  database = await createTestDatabase();
  admin = await seedUser(db(), { role: "admin" });
});
afterAll(() => database.close());

const db = () => database.db;
const fine = { public: { roc_auc: 0.5, log_loss: 1 }, private: null };

async function add(slug: string, manifest = testManifest): Promise<string> {
  const id = newPublicId("evl");
  const [truthDigest, sampleDigest] = [sha256Of(`truth ${id}`), sha256Of(`sample ${id}`)];
  await addEvaluation(admin, { id, slug, manifest, truthDigest, sampleDigest, sampleFilename: "s.csv" });
  return id;
}

async function claimOne(owner = "worker"): Promise<CheckClaim> {
  return required(await claimCheck(db(), owner), "a check");
}

async function evaluation(publicId: string) {
  const [row] = await db().select().from(evaluations).where(eq(evaluations.publicId, publicId));
  return required(row, publicId);
}

async function currentOf(slug: string): Promise<number | null> {
  const [row] = await db().select().from(competitions).where(eq(competitions.slug, slug));
  return required(row, slug).currentEvaluationId;
}

test("of many workers one checks it, and what a lost one finds is not written", async () => {
  const { slug } = await seedCompetition(admin);
  const id = await add(slug);
  const claims = await Promise.all(Array.from({ length: 8 }, (_, n) => claimCheck(db(), `worker-${n}`)));
  const [stalled] = claims.filter((claim) => claim !== null);
  expect(claims.filter((claim) => claim !== null)).toHaveLength(1);
  const lost = required(stalled, "the claim");
  expect(await renewCheck(db(), lost)).toBe(true);
  await db()
    .update(evaluations)
    .set({ claimExpiresAt: sql`utc_timestamp(3) - interval 1 second` })
    .where(eq(evaluations.publicId, id));
  const current = await claimOne();
  expect(await renewCheck(db(), lost)).toBe(false);
  const verdict = { outcome: "refused", reason: "late" } as const;
  await expect(settleCheck(db(), lost, verdict)).rejects.toThrow(CheckLost);
  await settleCheck(db(), current, { outcome: "scored", report: reportFor(current, fine) });
  await expect(settleCheck(db(), current, verdict)).rejects.toThrow(CheckLost);
  expect(await evaluation(id)).toMatchObject({ state: "READY", hasPrivate: false, sampleMetrics: fine });
  expect(await currentOf(slug)).toBe((await evaluation(id)).id);
});

test("an older one that is READY later does not come in the newer one's place", async () => {
  const { slug } = await seedCompetition(admin);
  const [older, newer] = [await add(slug), await add(slug)];
  const claims = [await claimOne(), await claimOne()];
  const [first, second] = claims.sort((a, b) => b.number - a.number);
  for (const claim of [required(first, "newer"), required(second, "older")])
    await settleCheck(db(), claim, { outcome: "scored", report: reportFor(claim, fine) });
  expect(await currentOf(slug)).toBe((await evaluation(newer)).id);
  expect(await evaluation(older)).toMatchObject({ state: "READY", queuedThroughId: null });
});

test.each([
  ["metrics undefined on a split", { public: { roc_auc: null }, private: null }, "roc_auc (public)"],
  ["metrics undefined on the private one", { ...fine, private: { log_loss: null } }, "log_loss (private)"],
  ["a truth without public rows", { public: null, private: fine.public }, "no public rows"],
])("%s: refused, and the one before stays current", async (_, splits, reason) => {
  const { slug } = await seedCompetition(admin);
  const before = await currentOf(slug);
  const id = await add(slug);
  const claim = await claimOne();
  await settleCheck(db(), claim, { outcome: "scored", report: reportFor(claim, splits) });
  const row = await evaluation(id);
  expect(row.state).toBe("REFUSED");
  expect(row.reason).toContain(reason);
  expect(await currentOf(slug)).toBe(before);
});

test("other files than those registered are refused", async () => {
  const { slug } = await seedCompetition(admin);
  const id = await add(slug);
  const claim = await claimOne();
  const report = reportFor({ digests: { ...claim.digests, truth: sha256Of("else") } }, fine);
  expect(await settleCheck(db(), claim, { outcome: "scored", report })).toBe("REFUSED");
  expect((await evaluation(id)).reason).toContain("truth");
});

test("a check that fails on our side is tried again, a bounded number of times", async () => {
  const { slug } = await seedCompetition(admin);
  const id = await add(slug);
  for (let attempt = 1; attempt <= maxFailures; attempt++) {
    const claim = await claimOne();
    const state = await settleCheck(db(), claim, { outcome: "failed", failure: "The scorer is away." });
    expect(state).toBe(attempt < maxFailures ? "CHECKING" : "REFUSED");
    expect(await claimCheck(db(), "eager")).toBeNull();
    await db()
      .update(evaluations)
      .set({ nextAttemptAt: new Date(0) })
      .where(eq(evaluations.publicId, id));
  }
  expect((await evaluation(id)).reason).toBe("It could not be checked. The scorer is away.");
});

test("workers that end at a check are bounded, apart from its failures, and none holds it for ever", async () => {
  const { slug } = await seedCompetition(admin);
  const id = await add(slug);
  const late = sql`utc_timestamp(3) - interval 1 second`;
  const expire = () =>
    db().update(evaluations).set({ claimExpiresAt: late }).where(eq(evaluations.publicId, id));
  for (let n = 0; n < maxFailures; n++) {
    await claimOne();
    await expire();
  }
  const claim = await claimOne();
  expect(await settleCheck(db(), claim, { outcome: "failed", failure: "Once." })).toBe("CHECKING");
  await db()
    .update(evaluations)
    .set({ nextAttemptAt: new Date(0) })
    .where(eq(evaluations.publicId, id));
  const slow = await claimOne();
  await db().update(evaluations).set({ deadlineAt: late }).where(eq(evaluations.publicId, id));
  expect(await renewCheck(db(), slow)).toBe(false);
  for (let n = maxFailures + 1; n < maxLostClaims; n++) {
    await expire();
    await claimOne();
  }
  await expire();
  expect(await claimCheck(db(), "last")).toBeNull();
  expect(await evaluation(id)).toMatchObject({ state: "REFUSED", claimOwner: null });
});

test("a manifest that is none is refused at once, and the same evaluation twice is one", async () => {
  const { slug } = await seedCompetition(admin);
  await expect(add(slug, "{}")).rejects.toThrow(AppError);
  const id = newPublicId("evl");
  const digests = { truthDigest: sha256Of("t"), sampleDigest: sha256Of("s") };
  const input = { id, slug, manifest: testManifest, ...digests, sampleFilename: "s.csv" };
  const added = await Promise.all([1, 2, 3, 4].map(() => addEvaluation(admin, input)));
  expect(new Set(added.map(({ number }) => number))).toEqual(new Set([2]));
  await settleCheck(db(), await claimOne(), { outcome: "refused", reason: "not needed" });
});
