import { and, asc, eq } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { auditLog, competitions, evaluations, scorings, submissions } from "@/db/schema";
import { createTestDatabase, type TestDatabase } from "@/db/testing";
import { required } from "@/lib/kernel/assert";
import { AppError } from "@/lib/kernel/errors";
import { newPublicId } from "@/lib/kernel/ids";
import { seedUser } from "@/lib/sessions/testing";
import { addEvaluation } from "../commands/competitions";
import type { CommandContext } from "../commands/context";
import type { AddEvaluationInput } from "../model";
import { getQueuePlace } from "../queries/queue";
import {
  claimOne,
  reportFor,
  scoreNext,
  seedCompetition,
  seedEvaluation,
  sha256Of,
  submit,
  testManifest,
} from "../testing";
import { claimCheck, settleCheck } from "./check";
import { queueRescorings } from "./recover";
import { settleScoring } from "./settle";

let database: TestDatabase;
let admin: CommandContext;

beforeAll(async () => {
  database = await createTestDatabase();
  admin = await seedUser(db(), { role: "admin" });
});
afterAll(() => database.close());
beforeEach(() => db().update(scorings).set({ state: "FAILED", retryAt: null, claimOwner: null }));

const db = () => database.db;
const fine = { public: { roc_auc: 0.5, log_loss: 1 }, private: { roc_auc: 0.5, log_loss: 1 } };

/** As an import gives it. */
function version(slug: string, more: Partial<AddEvaluationInput> = {}): AddEvaluationInput {
  const id = newPublicId("evl");
  const [truthDigest, sampleDigest] = [sha256Of(`truth ${id}`), sha256Of(`sample ${id}`)];
  return { id, slug, manifest: testManifest, truthDigest, sampleDigest, sampleFilename: "s.csv", ...more };
}

async function checkNext(): Promise<string> {
  const claim = required(await claimCheck(db(), "worker"), "a check");
  return settleCheck(db(), claim, { outcome: "scored", report: reportFor(claim, fine) });
}

async function inForce(slug: string) {
  const [row] = await db()
    .select({ evaluation: evaluations.publicId, competition: competitions })
    .from(competitions)
    .innerJoin(evaluations, eq(evaluations.id, competitions.currentEvaluationId))
    .where(eq(competitions.slug, slug));
  return required(row, slug);
}

async function queueAll(): Promise<void> {
  while ((await queueRescorings(db())) > 0);
}

describe("the version that was asked for last is in force", () => {
  test("also one that was there before, on record, and scores what came since", async () => {
    const { slug, evaluation } = await seedCompetition(admin);
    const who = await seedUser(db());
    const [before] = await db().select().from(evaluations).where(eq(evaluations.publicId, evaluation));
    const again = version(slug, { id: evaluation, truthDigest: before?.truthDigest ?? "" });
    const second = await seedEvaluation(admin, slug);
    await submit(who, slug);
    await scoreNext(db(), { public: 0.7 });
    await addEvaluation(admin, again);
    await addEvaluation(admin, again);
    expect((await inForce(slug)).evaluation).toBe(evaluation);
    const audited = and(eq(auditLog.resource, slug), eq(auditLog.action, "competition.restore_evaluation"));
    expect(await db().select().from(auditLog).where(audited)).toMatchObject([{ detail: { evaluation } }]);
    await queueAll();
    expect((await claimOne(db())).evaluation).toBe(evaluation);
    await addEvaluation(admin, version(slug, { id: second }));
    expect((await inForce(slug)).evaluation).toBe(second);
  });

  test("though another one's check ends later", async () => {
    const { slug, evaluation } = await seedCompetition(admin);
    await addEvaluation(admin, version(slug));
    await addEvaluation(admin, version(slug, { id: evaluation }));
    expect(await checkNext()).toBe("READY");
    expect((await inForce(slug)).evaluation).toBe(evaluation);
  });
});

describe("what an import expects", () => {
  test("of the sample is compared before anything takes effect, texts and limits too", async () => {
    const { slug, evaluation } = await seedCompetition(admin, { settings: { title: "Before" } });
    const expected = { public: { roc_auc: 0.75 }, private: { log_loss: 1 + 1e-12 } };
    const wrong = version(slug, { expected, settings: { title: "After", dailyLimit: 7 } });
    await addEvaluation(admin, wrong);
    expect(await checkNext()).toBe("REFUSED");
    const [refused] = await db().select().from(evaluations).where(eq(evaluations.publicId, wrong.id));
    expect(refused?.reason).toBe("The sample's public roc_auc is 0.5, and 0.75 in private/checks.json.");
    const before = await inForce(slug);
    expect(before).toMatchObject({ evaluation, competition: { title: "Before", dailyLimit: null } });
    await addEvaluation(admin, { ...wrong, expected: { public: { roc_auc: 0.5 } } });
    expect(await checkNext()).toBe("READY");
    const after = await inForce(slug);
    expect(after).toMatchObject({ evaluation: wrong.id, competition: { title: "After", dailyLimit: 7 } });
    // The same content once more takes its texts at once, and nothing where it expects something else.
    await addEvaluation(admin, {
      ...wrong,
      expected: { public: { roc_auc: 0.5 } },
      settings: { title: "Last" },
    });
    expect((await inForce(slug)).competition.title).toBe("Last");
    await expect(addEvaluation(admin, { ...wrong, settings: { title: "Never" } })).rejects.toThrow(AppError);
    expect((await inForce(slug)).competition.title).toBe("Last");
  });
});

describe("who waits for a verdict when a version arrives", () => {
  test("keeps their turn, is scored once, and by that their quota counts", async () => {
    const { slug } = await seedCompetition(admin, { settings: { totalLimit: 2 } });
    const [first, who, later] = [await seedUser(db()), await seedUser(db()), await seedUser(db())];
    const done = await submit(first, slug);
    await scoreNext(db(), { public: 0.5 });
    const running = await submit(first, slug);
    const old = await claimOne(db());
    const waiting = await submit(who, slug);
    const evaluation = await seedEvaluation(admin, slug);
    await queueAll();
    const fresh = await submit(later, slug);
    expect(await getQueuePlace(db(), who.actor, "external", waiting)).toMatchObject({ ahead: 0 });
    await settleScoring(db(), old, { outcome: "scored", report: reportFor(old, fine), durationMs: 1 });
    const claims = [];
    for (let n = 0; n < 4; n++) claims.push(await claimOne(db()));
    expect(claims.map(({ submission }) => submission)).toEqual([waiting, running, fresh, done]);
    expect(new Set(claims.map((claim) => claim.evaluation))).toEqual(new Set([evaluation]));
    const theirs = await db()
      .select({ state: scorings.state, first: submissions.firstEvaluationId, by: scorings.evaluationId })
      .from(scorings)
      .innerJoin(submissions, eq(submissions.id, scorings.submissionId))
      .where(eq(submissions.publicId, waiting))
      .orderBy(asc(scorings.id));
    expect(theirs).toMatchObject([{ state: "SCORING" }]);
    expect(theirs[0]?.first).toBe(theirs[0]?.by);
  });
});
