import { and, eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  changes,
  competitions,
  intervalBoards,
  leaderboardIntervals,
  scoringBootstraps,
  scorings,
  submissions,
} from "@/db/schema";
import { createTestDatabase, type TestDatabase } from "@/db/testing";
import { systemAuditor } from "@/lib/audit/record";
import { required } from "@/lib/kernel/assert";
import { seedUser } from "@/lib/sessions/testing";
import { revealPrivate } from "../commands/competitions";
import type { CommandContext } from "../commands/context";
import { rebuildLeaderboard } from "../commands/rebuild";
import { rescoreCompetition } from "../commands/rescore";
import { leaderboardInput, type Split } from "../model";
import { getOwnRank, listLeaderboard } from "../queries/leaderboard";
import { getScoringOverview } from "../queries/queue";
import { maxFailures } from "../rules";
import type { BootstrapReport } from "../scoring/bootstrap/files";
import { scoreNext, seedCompetition, seedEvaluation, submit } from "../testing";
import { advanceBoard, type BoardClaim, BoardLost, claimBoard, releaseBoard } from "./boards";
import {
  type BootstrapClaim,
  BootstrapLost,
  claimBootstrap,
  renewBootstrap,
  settleBootstrap,
} from "./bootstraps";

let database: TestDatabase;
let admin: CommandContext;

beforeAll(async () => {
  database = await createTestDatabase();
  admin = await seedUser(db(), { role: "admin" });
});
afterAll(() => database.close());

const db = () => database.db;
const resamples = 100;

/** Around the score, the same swing for everybody but the scale of their own. */
function reportOf(claim: BootstrapClaim, swing = 0.01): BootstrapReport {
  const of = (split: Split) => {
    const score = claim.metrics?.[split]?.roc_auc ?? null;
    if (score === null) return null;
    const values = Array.from({ length: resamples }, (_, n) => score + ((n - 49.5) / 50) * swing);
    return { cases: 4, score, values };
  };
  const splits = { public: of("public"), private: of("private") };
  return { splits, scorer: "1.0.0", digests: claim.digests };
}

/** People with a score each, of which the first is the best. */
async function entered(slug: string, aucs: readonly number[]): Promise<CommandContext[]> {
  const people: CommandContext[] = [];
  for (const auc of aucs) {
    const who = await seedUser(db());
    people.push(who);
    await submit(who, slug);
    await scoreNext(db(), { public: auc, private: 1 - auc });
  }
  return people;
}

/** No pause is waited for. */
async function hurry(): Promise<void> {
  const past = { nextAttemptAt: new Date(0) };
  await db().update(intervalBoards).set(past).where(eq(intervalBoards.state, "DUE"));
  await db().update(scoringBootstraps).set(past).where(eq(scoringBootstraps.state, "DUE"));
}

async function someBoard(owner = "worker"): Promise<BoardClaim> {
  await hurry();
  return required(await claimBoard(db(), owner), "a board");
}

async function someBootstrap(owner = "worker"): Promise<BootstrapClaim> {
  await hurry();
  return required(await claimBootstrap(db(), owner), "a bootstrap");
}

/** Everything that is due, to the end. */
async function settleAll(swing?: number): Promise<void> {
  for (;;) {
    await hurry();
    const bootstrap = await claimBootstrap(db(), "worker");
    if (bootstrap !== null) {
      await settleBootstrap(db(), bootstrap, { outcome: "bootstrapped", report: reportOf(bootstrap, swing) });
      continue;
    }
    const boards: BoardClaim[] = [];
    for (
      let board = await claimBoard(db(), "worker");
      board !== null;
      board = await claimBoard(db(), "worker")
    )
      boards.push(board);
    if (boards.length === 0) return;
    for (const board of boards) if ((await advanceBoard(db(), board)) > 0) await releaseBoard(db(), board, 0);
  }
}

async function board(slug: string, split: Split = "public", who = admin, evaluationId?: string) {
  const input = leaderboardInput.parse({ slug, split, ...(evaluationId ? { evaluationId } : {}) });
  return (await listLeaderboard(db(), who.actor, "external", input)).data;
}

async function stateOf(slug: string, split: Split) {
  const [row] = await db()
    .select({ board: intervalBoards })
    .from(intervalBoards)
    .innerJoin(competitions, eq(competitions.currentEvaluationId, intervalBoards.evaluationId))
    .where(and(eq(competitions.slug, slug), eq(intervalBoards.split, split)));
  return required(row, `${split} board of ${slug}`).board;
}

test("of many workers each takes another, and the board has its intervals once all are there", async () => {
  const { slug } = await seedCompetition(admin);
  const [, second] = await entered(slug, [0.9, 0.895, 0.5]);
  const claimed = await someBoard();
  expect(await advanceBoard(db(), claimed)).toBe(3);
  await hurry();
  const claims = await Promise.all(Array.from({ length: 8 }, (_, n) => claimBootstrap(db(), `worker-${n}`)));
  const taken = claims.filter((claim) => claim !== null);
  expect(new Set(taken.map(({ scoringId }) => scoringId)).size).toBe(taken.length);
  while (taken.length < 3) taken.push(await someBootstrap());
  expect(await claimBootstrap(db(), "late")).toBeNull();
  for (const claim of taken.slice(1))
    await settleBootstrap(db(), claim, { outcome: "bootstrapped", report: reportOf(claim) });
  // One of three is missing: the board waits.
  expect(await advanceBoard(db(), claimed)).toBe(1);
  expect((await board(slug)).map(({ interval }) => interval)).toEqual([null, null, null]);
  const last = required(taken[0], "the first");
  await settleBootstrap(db(), last, { outcome: "bootstrapped", report: reportOf(last) });
  expect(await advanceBoard(db(), claimed)).toBe(0);
  const rows = await board(slug);
  // Of 100 the 2nd from either end; all swing together, so that no place ever changes.
  const swings = [-48.5, 48.5].map((n) => (n / 50) * 0.01);
  const facts = { replicates: 100, leftOut: 0, computedAt: expect.stringMatching(/^20/) };
  const intervalOf = (score: number, rank: number) => ({
    ...{ score: swings.map((swing) => score + swing), rank: [rank, rank] },
    ...facts,
  });
  expect(rows.map(({ interval }) => interval)).toEqual([0.9, 0.895, 0.5].map((s, n) => intervalOf(s, n + 1)));
  const mine = await getOwnRank(db(), required(second, "the second").actor, "external", {
    slug,
    split: "public",
  });
  expect(mine.row?.interval).toEqual(rows[1]?.interval);
  await settleAll();
  expect(await stateOf(slug, "private")).toMatchObject({ state: "DONE", claimOwner: null });
  expect((await board(slug, "private"))[0]?.interval).toMatchObject({ rank: [1, 1] });
});

test("what a worker that lost its claim finds is not written", async () => {
  const { slug } = await seedCompetition(admin);
  await entered(slug, [0.7]);
  const stalled = await someBoard("stalled");
  const expired = { claimExpiresAt: sql`utc_timestamp(3) - interval 1 second` };
  await db().update(intervalBoards).set(expired).where(eq(intervalBoards.claimOwner, stalled.token));
  const current = await someBoard("current");
  expect(current).toMatchObject({ evaluationId: stalled.evaluationId, split: stalled.split });
  await advanceBoard(db(), current);
  const lost = await someBootstrap("stalled");
  expect(await renewBootstrap(db(), lost)).toBe(true);
  await db().update(scoringBootstraps).set(expired).where(eq(scoringBootstraps.scoringId, lost.scoringId));
  const taken = await someBootstrap("current");
  expect(taken).toMatchObject({ scoringId: lost.scoringId, attempts: 2 });
  expect(await renewBootstrap(db(), lost)).toBe(false);
  const wrong = { outcome: "bootstrapped", report: reportOf(lost, 0.4) } as const;
  await expect(settleBootstrap(db(), lost, wrong)).rejects.toThrow(BootstrapLost);
  await settleBootstrap(db(), taken, { outcome: "bootstrapped", report: reportOf(taken, 0) });
  await expect(settleBootstrap(db(), taken, wrong)).rejects.toThrow(BootstrapLost);
  await expect(advanceBoard(db(), stalled)).rejects.toThrow(BoardLost);
  expect(await advanceBoard(db(), current)).toBe(0);
  expect((await board(slug, current.split))[0]?.interval?.score).toEqual(
    current.split === "public" ? [0.7, 0.7] : [1 - 0.7, 1 - 0.7],
  );
  await settleAll();
});

test("old ones stay with their time until the changed board has newer ones, and what changes meanwhile is not missed", async () => {
  const { slug } = await seedCompetition(admin);
  const [first] = await entered(slug, [0.6, 0.5]);
  await settleAll();
  const before = await board(slug);
  await entered(slug, [0.8]);
  const during = await board(slug);
  expect(during.map(({ interval }) => interval)).toEqual([null, before[0]?.interval, before[1]?.interval]);
  const claim = await someBoard();
  const other = await someBoard();
  const ofPublic = claim.split === "public" ? claim : other;
  // Better again, while the board is being worked on.
  await submit(required(first, "the first"), slug);
  await scoreNext(db(), { public: 0.9 });
  await advanceBoard(db(), ofPublic);
  for (let at = 0; at < 2; at++) {
    const bootstrap = await someBootstrap();
    await settleBootstrap(db(), bootstrap, { outcome: "bootstrapped", report: reportOf(bootstrap) });
  }
  expect(await advanceBoard(db(), ofPublic)).toBe(0);
  await releaseBoard(db(), claim === ofPublic ? other : claim, 0);
  // What it was made of has changed since it was claimed.
  expect(await stateOf(slug, "public")).toMatchObject({ state: "DUE", claimOwner: null, failure: null });
  expect((await board(slug)).map(({ interval }) => interval?.rank)).toEqual([
    [1, 1],
    [2, 2],
    [3, 3],
  ]);
  await settleAll();
  expect(await stateOf(slug, "public")).toMatchObject({ state: "DONE" });
  // Of another's place nothing is left, and its resamples are gone where no board needs them.
  const kept = await db()
    .select()
    .from(leaderboardIntervals)
    .where(eq(leaderboardIntervals.evaluationId, claim.evaluationId));
  expect(kept.filter(({ split }) => split === "public")).toHaveLength(3);
  await settleAll();
});

test("what fails is tried a bounded number of times, told to admins, keeps nobody else's from coming, and is retried by a rebuild", async () => {
  const { slug } = await seedCompetition(admin);
  await entered(slug, [0.9, 0.5]);
  const claimed = await someBoard();
  expect(await advanceBoard(db(), claimed)).toBe(2);
  await releaseBoard(db(), claimed, 0);
  const [{ scoringId }, other] = [await someBootstrap(), await someBootstrap()];
  await settleBootstrap(db(), other, {
    outcome: "bootstrapped",
    report: {
      ...reportOf(other),
      splits: { ...reportOf(other).splits, public: { cases: 4, score: 0.1, values: [] } },
    },
  });
  expect(
    await db().select().from(scoringBootstraps).where(eq(scoringBootstraps.scoringId, other.scoringId)),
  ).toMatchObject([
    { state: "DUE", failure: expect.stringContaining("public roc_auc is 0.1 by the resamples' program") },
  ]);
  const due = { state: "DUE", claimOwner: null, claimExpiresAt: null, attempts: 0 } as const;
  await db().update(scoringBootstraps).set(due).where(eq(scoringBootstraps.scoringId, scoringId));
  for (let tries = 0; tries < 2 * maxFailures; tries++) {
    const claim = await claimBootstrap(db(), "w").then(async (got) => got ?? someBootstrap());
    if (claim.scoringId !== scoringId) {
      await settleBootstrap(db(), claim, { outcome: "bootstrapped", report: reportOf(claim) });
      continue;
    }
    const verdict = { outcome: "failed", failure: "It crashed.", retry: true } as const;
    const state = await settleBootstrap(db(), claim, verdict);
    if (state === "FAILED") {
      expect(claim.attempts).toBe(maxFailures);
      break;
    }
  }
  await settleAll();
  const { intervals } = await getScoringOverview(db(), admin.actor);
  const failed = { competition: slug, failure: "It crashed.", attempts: maxFailures };
  expect(intervals).toMatchObject({ waiting: 0, failures: [failed] });
  const ranks = async () => (await board(slug)).map(({ interval }) => interval?.rank ?? null);
  expect((await ranks()).filter((rank) => rank === null)).toHaveLength(1);
  expect((await rebuildLeaderboard(db(), systemAuditor, slug)).changed).toBe(0);
  await settleAll();
  expect(await ranks()).toEqual([
    [1, 1],
    [2, 2],
  ]);
  expect((await getScoringOverview(db(), admin.actor)).intervals).toEqual({ waiting: 0, failures: [] });
});

test("a score made anew has resamples made anew, and a new evaluation a board of its own", async () => {
  const { slug } = await seedCompetition(admin);
  const [who] = await entered(slug, [0.9]);
  await settleAll(0.01);
  const [old] = await board(slug);
  await db()
    .update(scorings)
    .set({ scorer: "0.9.0" })
    .where(eq(scorings.userId, who?.actor.userId ?? 0));
  expect(await rescoreCompetition(admin, { slug, scorer: "1.0.0" })).toBe(1);
  // Another on the private split, and so another report.
  await scoreNext(db(), { public: 0.9, private: 0.3 });
  expect((await board(slug))[0]?.interval).toEqual(old?.interval);
  await settleAll(0.02);
  const [anew] = await board(slug);
  const width = ([low, high]: readonly number[] = []) => (high ?? 0) - (low ?? 0);
  expect(width(anew?.interval?.score)).toBeCloseTo(2 * width(old?.interval?.score), 9);
  const before = (await stateOf(slug, "public")).evaluationId;
  await seedEvaluation(admin, slug);
  const [competition] = await db().select().from(competitions).where(eq(competitions.slug, slug));
  expect(competition?.currentEvaluationId).not.toBe(before);
  expect(await board(slug)).toEqual([]);
  expect(
    await db()
      .select()
      .from(leaderboardIntervals)
      .where(and(eq(leaderboardIntervals.evaluationId, before), eq(leaderboardIntervals.split, "public"))),
  ).toHaveLength(1);
});

test("resamples that were drawn otherwise than everybody's are made anew", async () => {
  const { slug } = await seedCompetition(admin);
  await entered(slug, [0.9, 0.6]);
  await settleAll(0.01);
  const [before] = await board(slug);
  // As an older release left one of them.
  const [own] = await db()
    .select({ id: scorings.id, reportDigest: scorings.reportDigest })
    .from(scorings)
    .innerJoin(submissions, eq(submissions.id, scorings.submissionId))
    .where(eq(submissions.publicId, before?.submissionId ?? ""));
  const { id, reportDigest } = required(own, "the best one's scoring");
  await db()
    .update(scoringBootstraps)
    .set({ madeOf: required(reportDigest, "its report's digest") })
    .where(eq(scoringBootstraps.scoringId, id));
  await rebuildLeaderboard(db(), systemAuditor, slug);
  await hurry();
  expect(await claimBootstrap(db(), "early")).toBeNull();
  await settleAll(0.02);
  const rows = await board(slug);
  const width = ([low, high]: readonly number[] = []) => (high ?? 0) - (low ?? 0);
  const once = width(before?.interval?.score);
  expect(width(rows[0]?.interval?.score)).toBeCloseTo(2 * once, 9);
  expect(width(rows[1]?.interval?.score)).toBeCloseTo(once, 9);
});

test("of the private split nobody but administrators sees or hears anything before it is revealed", async () => {
  const { slug } = await seedCompetition(admin);
  const [who] = await entered(slug, [0.9, 0.8]);
  const person = required(who, "the first");
  await settleAll();
  const [publicRow] = await board(slug, "public", person);
  // Worse in public, better in private: on the private board alone something changes.
  const seen = async () => {
    const told = await db()
      .select()
      .from(changes)
      .where(eq(changes.resource, (await competitionOf(slug)).publicId));
    return {
      told: told.length,
      row: (await board(slug, "public", person))[0],
      public: await stateOf(slug, "public"),
    };
  };
  const before = await seen();
  await submit(person, slug);
  await scoreNext(db(), { public: 0.1, private: 0.99 });
  const { told } = await seen();
  expect(told).toBe(before.told);
  await settleAll();
  expect(await seen()).toEqual(before);
  expect((await board(slug, "private"))[0]?.interval?.score[1]).toBeGreaterThan(0.98);
  await expect(board(slug, "private", person)).rejects.toThrow("not revealed");
  await expect(getOwnRank(db(), person.actor, "external", { slug, split: "private" })).rejects.toThrow(
    "not revealed",
  );
  await revealPrivate(admin, { slug });
  expect((await board(slug, "private", person))[0]?.interval?.score[1]).toBeGreaterThan(0.98);
  expect(publicRow?.interval).not.toBeNull();
});

async function competitionOf(slug: string) {
  const [row] = await db().select().from(competitions).where(eq(competitions.slug, slug));
  return required(row, slug);
}
