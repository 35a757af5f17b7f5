import { eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { auditLog, scorings } from "@/db/schema";
import { createTestDatabase, type TestDatabase } from "@/db/testing";
import { required } from "@/lib/kernel/assert";
import { AppError } from "@/lib/kernel/errors";
import { seedUser } from "@/lib/sessions/testing";
import type { CommandContext } from "../commands/context";
import { rescoreCompetition } from "../commands/rescore";
import { retryScoring } from "../commands/retry";
import { leaderboardInput } from "../model";
import { scoringFigures } from "../queries/figures";
import { listLeaderboard } from "../queries/leaderboard";
import { getScoringOverview } from "../queries/queue";
import { getSubmission } from "../queries/submissions";
import { boundTries, maxFailures, maxLostClaims } from "../rules";
import { claimOne, scoreNext, seedCompetition, submit } from "../testing";
import { settleExpired, wakeRetries } from "./recover";
import { settleScoring, type Verdict } from "./settle";

let database: TestDatabase;
let admin: CommandContext;
let who: CommandContext;

beforeAll(async () => {
  database = await createTestDatabase();
  admin = await seedUser(db(), { role: "admin" });
});
afterAll(() => database.close());
beforeEach(async () => {
  await db().update(scorings).set({ state: "FAILED", retryAt: null, claimOwner: null });
  who = await seedUser(db());
});

const db = () => database.db;

async function row(submission: string) {
  const [found] = await db()
    .select()
    .from(scorings)
    .where(sql`${scorings.submissionId} = (select id from submissions where public_id = ${submission})`);
  return required(found, "the scoring");
}

const problem = { detail: "Line 2.", rule: "number", line: 2 };
const rejected: Verdict = { outcome: "rejected", problem, scorer: "1.0.0", durationMs: 1 };
const crashed: Verdict = { outcome: "failed", failure: "It crashed.", retry: true };
const hopeless: Verdict = { outcome: "failed", failure: "Gone.", retry: false };
const bound = { detail: "It takes longer than 5 minutes.", rule: "out-of-time" };
const tooLong: Verdict = { outcome: "failed", failure: bound.detail, retry: true, bound };

/** Claims what is next and settles it; its pause, if it has one, is over. @returns the state that it is in then */
async function settleNext(verdict: Verdict): Promise<string> {
  const claim = await claimOne(db());
  const state = await settleScoring(db(), claim, verdict);
  await endPauses();
  return state;
}

async function endPauses(): Promise<void> {
  await db()
    .update(scorings)
    .set({ retryAt: sql`utc_timestamp(3) - interval 1 second` })
    .where(sql`${scorings.retryAt} is not null`);
  await wakeRetries(db());
}

async function loseNext(): Promise<void> {
  const claim = await claimOne(db());
  await db()
    .update(scorings)
    .set({ claimExpiresAt: sql`utc_timestamp(3) - interval 1 second` })
    .where(eq(scorings.id, claim.id));
  expect(await settleExpired(db())).toBe(1);
  await endPauses();
}

async function isRefused(work: Promise<unknown>): Promise<boolean> {
  const error = await work.then(
    () => null,
    (failure: unknown) => failure,
  );
  if (error instanceof AppError && error.conflict === "limit_reached") return true;
  if (error !== null) throw error;
  return false;
}

describe("a verdict that stands while it is made anew", () => {
  test.each(["fails for good", "is lost too often"])("is back when that %s, and counts on", async (how) => {
    const { slug } = await seedCompetition(admin, { settings: { totalLimit: 1 } });
    const id = await submit(who, slug);
    await scoreNext(db(), { public: 0.9 });
    const before = await scoringFigures(db());
    expect(await rescoreCompetition(admin, { slug, scorer: "2.0.0" })).toBe(1);
    if (how === "fails for good") expect(await settleNext(hopeless)).toBe("SCORED");
    else for (let n = 0; n < maxLostClaims; n++) await loseNext();
    expect(await row(id)).toMatchObject({ state: "SCORED", scorer: "1.0.0", retryAt: null });
    const { data: board } = await listLeaderboard(
      db(),
      who.actor,
      "external",
      leaderboardInput.parse({ slug }),
    );
    expect(board).toMatchObject([{ submissionId: id, score: 0.9 }]);
    expect(await isRefused(submit(who, slug))).toBe(true);
    const { failures } = await getScoringOverview(db(), admin.actor);
    expect(failures.filter(({ competition }) => competition === slug)).toMatchObject([{ submissionId: id }]);
    expect((await scoringFigures(db())).failed).toBe(before.failed + 1);
    await retryScoring(admin, id);
    await scoreNext(db(), { public: 0.8 });
    expect(await row(id)).toMatchObject({ state: "SCORED", failure: null, failedAt: null });
    const after = await getScoringOverview(db(), admin.actor);
    expect(after.failures.filter(({ competition }) => competition === slug)).toEqual([]);
  });
});

describe("tries", () => {
  test("of claims that were lost and of failures are counted apart", async () => {
    const { slug } = await seedCompetition(admin);
    const id = await submit(who, slug);
    for (let n = 0; n < maxFailures; n++) await loseNext();
    for (let n = 1; n < maxFailures; n++) expect(await settleNext(crashed)).toBe("QUEUED");
    expect(await row(id)).toMatchObject({ attempts: 2 * maxFailures - 1, failures: maxFailures - 1 });
    expect(await settleNext(crashed)).toBe("FAILED");
    const lost = await submit(who, slug);
    for (let n = 1; n < maxFailures; n++) await settleNext(crashed);
    for (let n = 1; n < maxLostClaims; n++) await loseNext();
    expect(await row(lost)).toMatchObject({ state: "QUEUED" });
    await loseNext();
    expect(await row(lost)).toMatchObject({ state: "FAILED" });
  });

  test("that run over the bounds are few, whatever else went wrong, and cost quota, as people are told", async () => {
    const { slug } = await seedCompetition(admin, { settings: { totalLimit: 1 } });
    const id = await submit(who, slug);
    await settleNext(crashed);
    await loseNext();
    for (let n = 1; n < boundTries; n++) expect(await settleNext(tooLong)).toBe("QUEUED");
    expect(await settleNext(tooLong)).toBe("FAILED");
    expect(await isRefused(submit(who, slug))).toBe(true);
    const view = await getSubmission(db(), who.actor, "external", id);
    expect(view).toMatchObject({ state: "FAILED", problem: bound });
    await retryScoring(admin, id);
    expect(await row(id)).toMatchObject({ problem: null, attempts: 0, failures: 0, overBounds: 0 });
    expect(await settleNext(hopeless)).toBe("FAILED");
    expect(await isRefused(submit(who, slug))).toBe(false);
  });
});

describe("a rejection", () => {
  test("keeps the scorer's version, and is judged anew by another one; it stands until then", async () => {
    const { slug } = await seedCompetition(admin, { settings: { totalLimit: 1 } });
    const id = await submit(who, slug);
    expect(await settleNext(rejected)).toBe("REJECTED");
    expect(await row(id)).toMatchObject({ state: "REJECTED", scorer: "1.0.0", problem });
    expect(await rescoreCompetition(admin, { slug, scorer: "1.0.0" })).toBe(0);
    expect(await rescoreCompetition(admin, { slug, scorer: "2.0.0" })).toBe(1);
    expect(await settleNext(hopeless)).toBe("REJECTED");
    expect(await row(id)).toMatchObject({ state: "REJECTED", problem, failure: "Gone." });
    await rescoreCompetition(admin, { slug, scorer: "2.0.0" });
    // As long as it was rejected it counts for nothing.
    const second = await submit(who, slug);
    await settleNext({ ...rejected, scorer: "2.0.0" });
    expect(await settleNext({ ...rejected, scorer: "2.0.0" })).toBe("REJECTED");
    expect([await row(id), await row(second)]).toMatchObject([{ scorer: "2.0.0" }, { scorer: "2.0.0" }]);
  });
});

test("who has nothing running comes before whoever has, and one evaluation's failure is on record once", async () => {
  const { slug } = await seedCompetition(admin);
  const other = await seedUser(db());
  for (let n = 0; n < 6; n++) await submit(who, slug);
  for (let n = 0; n < 3; n++) await claimOne(db());
  const theirs = await submit(other, slug);
  expect((await claimOne(db())).submission).toBe(theirs);
  // Nobody else waits.
  const next = await claimOne(db());
  expect(next.userId).toBe(who.actor.userId);
  await settleScoring(db(), next, hopeless);
  const audited = await db().select().from(auditLog).where(eq(auditLog.resource, next.submission));
  expect(audited.filter(({ action }) => action === "submission.failed")).toHaveLength(1);
});
