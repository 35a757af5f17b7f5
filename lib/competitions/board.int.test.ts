import { and, asc, eq } from "drizzle-orm";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { competitions, evaluations, leaderboardEntries, scorings, submissions } from "@/db/schema";
import { createTestDatabase, type TestDatabase } from "@/db/testing";
import { systemAuditor } from "@/lib/audit/record";
import { required } from "@/lib/kernel/assert";
import { AppError } from "@/lib/kernel/errors";
import { seedUser } from "@/lib/sessions/testing";
import type { CommandContext } from "./commands/context";
import { rebuildLeaderboard } from "./commands/rebuild";
import { queueRescorings } from "./lifecycle/recover";
import { settleScoring } from "./lifecycle/settle";
import { leaderboardInput, type MetricValues, type Split } from "./model";
import { getHistory, getOwnRank, listLeaderboard } from "./queries/leaderboard";
import { currentEvaluation, scoresBehind, storedScores } from "./queries/stored-scores";
import { claimOne, reportFor, scoreNext, seedCompetition, seedEvaluation, submit } from "./testing";

let database: TestDatabase;
let admin: CommandContext;

beforeAll(async () => {
  database = await createTestDatabase();
  admin = await seedUser(db(), { role: "admin" });
});
afterAll(() => database.close());

const db = () => database.db;

function page(
  slug: string,
  more: { split?: Split; cursor?: string; limit?: number; evaluationId?: string } = {},
) {
  return listLeaderboard(db(), admin.actor, "external", leaderboardInput.parse({ slug, ...more }));
}

async function wholeBoard(slug: string, split: Split, limit = 50) {
  const all = [];
  for (let cursor: string | undefined; ; ) {
    const { data, nextCursor } = await page(slug, { split, limit, ...(cursor ? { cursor } : {}) });
    all.push(...data);
    if (nextCursor === null) return all;
    cursor = nextCursor;
  }
}

/** Settles what is next with these metrics on both splits. */
async function settleNext(metrics: MetricValues): Promise<string> {
  const claim = await claimOne(db());
  const report = reportFor(claim, { public: metrics, private: metrics });
  await settleScoring(db(), claim, { outcome: "scored", report, durationMs: 1 });
  return claim.submission;
}

async function people(count: number): Promise<CommandContext[]> {
  const made: CommandContext[] = [];
  for (let n = 0; n < count; n++) made.push(await seedUser(db()));
  return made;
}

/** Everything of a competition's boards, as it lies on disk. */
function rowsOf(slug: string) {
  return db()
    .select({ entry: leaderboardEntries })
    .from(leaderboardEntries)
    .innerJoin(evaluations, eq(evaluations.id, leaderboardEntries.evaluationId))
    .innerJoin(competitions, and(eq(competitions.id, evaluations.competitionId), eq(competitions.slug, slug)))
    .orderBy(
      asc(leaderboardEntries.evaluationId),
      asc(leaderboardEntries.split),
      asc(leaderboardEntries.orderKey),
    );
}

describe("a board", () => {
  test("is in the order of full doubles, tie-breaks, acceptance and id", async () => {
    const { slug } = await seedCompetition(admin);
    const next = 0.75 + Number.EPSILON / 2;
    const best: [MetricValues, string][] = [
      [{ roc_auc: next, log_loss: 9 }, "a last bit more"],
      [{ roc_auc: 0.75, log_loss: 0.25 }, "the lower loss"],
      [{ roc_auc: 0.75, log_loss: 0.25 + Number.EPSILON / 4 }, "accepted first"],
      [{ roc_auc: 0.75, log_loss: 0.25 + Number.EPSILON / 4 }, "accepted later, smaller id"],
      [{ roc_auc: 0.75, log_loss: 0.25 + Number.EPSILON / 4 }, "the larger id"],
      [{ roc_auc: 0.75, log_loss: null }, "an undefined tie-break"],
      [{ roc_auc: 0, log_loss: 0.1 }, "zero, accepted before minus zero"],
      [{ roc_auc: -0, log_loss: 0.1 }, "minus zero"],
    ];
    const who = await people(best.length);
    const ids: string[] = [];
    for (const one of who) ids.push(await submit(one, slug));
    const earlier = "2026-01-01T00:00:00.000001Z";
    const later = "2026-01-01T00:00:00.000002Z";
    for (const [place, acceptedAt] of [earlier, later, later].entries()) {
      const id = required(ids[place + 2], "an id");
      await db().update(submissions).set({ acceptedAt }).where(eq(submissions.publicId, id));
    }
    const metricsOf = new Map(ids.map((id, index) => [id, required(best[index], "metrics")[0]]));
    for (let n = 0; n < ids.length; n++) {
      const claim = await claimOne(db());
      const metrics = required(metricsOf.get(claim.submission), "metrics");
      const report = reportFor(claim, { public: metrics, private: metrics });
      await settleScoring(db(), claim, { outcome: "scored", report, durationMs: 1 });
    }
    for (const split of ["public", "private"] as const) {
      const board = await wholeBoard(slug, split, 3);
      expect(board.map(({ submissionId }) => submissionId)).toEqual(ids);
      expect(board.map(({ rank }) => rank)).toEqual(ids.map((_, index) => index + 1));
      expect(board.map(({ score }) => score)).toEqual(best.map(([{ roc_auc }]) => roc_auc));
    }
  });

  test("holds each person's best of each split, which need not be one submission", async () => {
    const { slug } = await seedCompetition(admin);
    const [who] = await people(1);
    const me = required(who, "somebody");
    const ids = [];
    for (const scores of [
      { public: 0.5, private: 0.9 },
      { public: 0.8, private: 0.4 },
      { public: 0.7, private: 0.6 },
    ]) {
      ids.push(await submit(me, slug));
      await scoreNext(db(), scores);
    }
    expect(await wholeBoard(slug, "public")).toMatchObject([{ submissionId: ids[1], score: 0.8 }]);
    expect(await wholeBoard(slug, "private")).toMatchObject([{ submissionId: ids[0], score: 0.9 }]);
    const which = leaderboardInput.parse({ slug });
    const history = await getHistory(db(), me.actor, "external", which);
    expect(history.map(({ score }) => score)).toEqual([0.5, 0.8]);
    const own = await getOwnRank(db(), me.actor, "external", which);
    expect(own).toMatchObject({ row: { rank: 1, mine: true }, total: 1 });
    expect(await getOwnRank(db(), admin.actor, "external", which)).toEqual({ row: null, total: 1 });
  });

  test("loses none of one person's scores that are settled at once", async () => {
    const { slug } = await seedCompetition(admin);
    const who = required((await people(1))[0], "somebody");
    for (let n = 0; n < 16; n++) await submit(who, slug);
    const claims = [];
    for (let n = 0; n < 16; n++) claims.push(await claimOne(db(), `w${n}`));
    await Promise.all(
      claims.map((claim, n) => {
        const metrics = { roc_auc: (n * 7) % 16, log_loss: 1 };
        const report = reportFor(claim, { public: metrics, private: { ...metrics, roc_auc: 16 - n } });
        return settleScoring(db(), claim, { outcome: "scored", report, durationMs: 1 });
      }),
    );
    expect(await wholeBoard(slug, "public")).toMatchObject([{ score: 15 }]);
    expect(await wholeBoard(slug, "private")).toMatchObject([{ score: 16 }]);
  });

  test("goes on from where a page ended, though its last one has moved up", async () => {
    const { slug } = await seedCompetition(admin);
    const who = await people(4);
    for (const [n, one] of who.entries()) {
      await submit(one, slug);
      await scoreNext(db(), { public: 0.9 - n / 10 });
    }
    const first = await page(slug, { limit: 2 });
    await submit(required(who[1], "the second"), slug);
    await scoreNext(db(), { public: 0.99 });
    const second = await page(slug, { limit: 2, cursor: required(first.nextCursor, "a cursor") });
    expect(second.data.map(({ username, rank }) => [username, rank])).toEqual([
      [who[2]?.actor.username, 3],
      [who[3]?.actor.username, 4],
    ]);
    expect(second.nextCursor).toBeNull();
    const forged = Buffer.from("sub_aaaaaaaaaaaaaaaa.1").toString("base64url");
    await expect(page(slug, { cursor: forged })).rejects.toThrow(AppError);
  });

  test("goes on with the next, though its last one's score is gone", async () => {
    const { slug } = await seedCompetition(admin);
    const who = await people(4);
    for (const [n, one] of who.entries()) {
      await submit(one, slug);
      await scoreNext(db(), { public: 0.9 - n / 10 });
    }
    const first = await page(slug, { limit: 2 });
    const gone = eq(scorings.userId, required(who[1], "the second").actor.userId);
    await db().update(scorings).set({ state: "REJECTED", metrics: null, reportDigest: null }).where(gone);
    await rebuildLeaderboard(db(), systemAuditor, slug);
    const second = await page(slug, { limit: 2, cursor: required(first.nextCursor, "a cursor") });
    expect(second.data.map(({ username }) => username)).toEqual(
      who.slice(2).map(({ actor }) => actor.username),
    );
  });

  test("of an older evaluation stays as it was, and is read by its id", async () => {
    const { slug, evaluation } = await seedCompetition(admin);
    const who = required((await people(1))[0], "somebody");
    await submit(who, slug);
    await scoreNext(db(), { public: 0.6 });
    await seedEvaluation(admin, slug);
    expect((await page(slug)).data).toEqual([]);
    while ((await queueRescorings(db())) > 0);
    await scoreNext(db(), { public: 0.3 });
    expect((await page(slug)).data).toMatchObject([{ score: 0.3 }]);
    expect((await page(slug, { evaluationId: evaluation })).data).toMatchObject([{ score: 0.6 }]);
    const other = await seedCompetition(admin);
    await expect(page(other.slug, { evaluationId: evaluation })).rejects.toThrow(AppError);
  });
});

describe("a rebuild", () => {
  test("changes nothing of a board that is right, and makes the very rows of one that is lost or wrong", async () => {
    const { slug } = await seedCompetition(admin);
    const who = await people(12);
    for (const [n, one] of who.entries()) {
      for (let k = 0; k < 3; k++) {
        await submit(one, slug);
        await settleNext({ roc_auc: ((n * 5 + k * 3) % 11) / 10, log_loss: k === 1 ? null : 0.1 * k });
      }
    }
    const before = await rowsOf(slug);
    expect(await rebuildLeaderboard(db(), systemAuditor, slug)).toEqual({ entries: 24, changed: 0 });
    expect(await rowsOf(slug)).toEqual(before);
    const mine = (n: number) => eq(leaderboardEntries.userId, required(who[n], "somebody").actor.userId);
    await db().delete(leaderboardEntries).where(mine(0));
    await db().update(leaderboardEntries).set({ score: 42 }).where(mine(1));
    await db()
      .update(leaderboardEntries)
      .set({ orderKey: Buffer.alloc(32) })
      .where(and(mine(2), eq(leaderboardEntries.split, "private")));
    await db()
      .update(scorings)
      .set({ state: "REJECTED", metrics: null, reportDigest: null })
      .where(eq(scorings.userId, required(who[3], "somebody").actor.userId));
    expect(await rebuildLeaderboard(db(), systemAuditor, slug)).toEqual({ entries: 22, changed: 7 });
    const after = await rowsOf(slug);
    const gone = required(who[3], "somebody").actor.userId;
    expect(after).toEqual(before.filter(({ entry }) => entry.userId !== gone));
    expect(await rebuildLeaderboard(db(), systemAuditor, slug)).toEqual({ entries: 22, changed: 0 });
  });

  test("loses no score that is settled meanwhile", async () => {
    const { slug } = await seedCompetition(admin);
    const who = await people(10);
    for (const one of who) {
      await submit(one, slug);
      await scoreNext(db(), { public: 0.1 });
    }
    for (const one of who) await submit(one, slug);
    const rebuilds = (async () => {
      for (let n = 0; n < 5; n++) await rebuildLeaderboard(db(), systemAuditor, slug);
    })();
    const settles = who.map(() => scoreNext(db(), { public: 0.9 }));
    await Promise.all([rebuilds, ...settles]);
    const board = await wholeBoard(slug, "public");
    expect(board.map(({ score }) => score)).toEqual(who.map(() => 0.9));
    expect(await rebuildLeaderboard(db(), systemAuditor, slug)).toEqual({ entries: 20, changed: 0 });
  });
});

test("a proof of scores goes on behind a submission to that competition, and no other's", async () => {
  const [{ slug }, other] = [await seedCompetition(admin), await seedCompetition(admin)];
  const [who = admin] = await people(1);
  const first = await submit(who, slug);
  await scoreNext(db(), { public: 0.5 });
  await submit(who, slug);
  await scoreNext(db(), { public: 0.6 });
  const elsewhere = await submit(who, other.slug);
  await scoreNext(db(), { public: 0.7 });
  const { id } = await currentEvaluation(db(), slug);
  expect((await scoresBehind(db(), id, undefined)).count).toBe(2);
  const { after, count } = await scoresBehind(db(), id, first);
  expect(count).toBe(1);
  expect((await storedScores(db(), id, after, 10)).map(({ submission }) => submission)).not.toContain(first);
  await expect(scoresBehind(db(), id, elsewhere)).rejects.toThrow("to this competition");
});

test("random doubles come back from the database bit for bit, as scores and as metrics", async () => {
  const { slug } = await seedCompetition(admin);
  const who = required((await people(1))[0], "somebody");
  await submit(who, slug);
  await scoreNext(db(), { public: 0.5 });
  const [scoring] = await db().select().from(scorings).where(eq(scorings.userId, who.actor.userId));
  const { id, evaluationId } = required(scoring, "the scoring");
  const bits = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }).map((pattern) => {
    const view = new DataView(new ArrayBuffer(8));
    view.setBigUint64(0, pattern);
    return view.getFloat64(0);
  });
  const known = [
    5e-324,
    -5e-324,
    1.7976931348623157e308,
    2.2250738585072014e-308,
    0,
    -0,
    0.1 + 0.2,
    1e21,
    123456789012345680000,
  ];
  const doubles = [
    ...known,
    ...fc.sample(bits.filter(Number.isFinite), 150),
    ...fc.sample(fc.double({ min: 0, max: 1, noNaN: true }), 100),
  ];
  const mine = and(
    eq(leaderboardEntries.evaluationId, evaluationId),
    eq(leaderboardEntries.userId, who.actor.userId),
  );
  for (const value of doubles) {
    await db().update(leaderboardEntries).set({ score: value }).where(mine);
    // JSON has no minus zero; as a score it is equal to zero.
    const stored = value === 0 ? 0 : value;
    const metrics = { public: { roc_auc: stored, log_loss: null }, private: null };
    await db().update(scorings).set({ metrics }).where(eq(scorings.id, id));
    const [entry] = await db()
      .select({ score: leaderboardEntries.score })
      .from(leaderboardEntries)
      .where(mine);
    const [row] = await db().select({ metrics: scorings.metrics }).from(scorings).where(eq(scorings.id, id));
    expect(Object.is(entry?.score, value), `${value} as a score`).toBe(true);
    expect(Object.is(row?.metrics?.public?.roc_auc, stored), `${value} as a metric`).toBe(true);
  }
});

test("instants come back to the microsecond", async () => {
  const { slug } = await seedCompetition(admin);
  const who = required((await people(1))[0], "somebody");
  const publicId = await submit(who, slug);
  for (const micros of ["000000", "000001", "999999", "123456"]) {
    const acceptedAt = `2026-07-01T23:59:59.${micros}Z`;
    await db().update(submissions).set({ acceptedAt }).where(eq(submissions.publicId, publicId));
    const [row] = await db().select().from(submissions).where(eq(submissions.publicId, publicId));
    expect(row?.acceptedAt).toBe(acceptedAt);
  }
});
