import { and, eq, inArray, sql } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { auditLog, evaluations, leaderboardEntries, scoringReports, scorings } from "@/db/schema";
import { createTestDatabase, type TestDatabase } from "@/db/testing";
import { required } from "@/lib/kernel/assert";
import { seedUser } from "@/lib/sessions/testing";
import type { CommandContext } from "../commands/context";
import { maxFailures, maxLostClaims } from "../rules";
import {
  claimOne,
  reportFor,
  type SeededCompetition,
  seedCompetition,
  seedEvaluation,
  submit,
} from "../testing";
import { claimScoring, renewScoring, type ScoringClaim, ScoringLost } from "./claim";
import { queueRescorings, settleExpired, wakeRetries } from "./recover";
import { settleScoring, type Verdict } from "./settle";

let database: TestDatabase;
let admin: CommandContext;
let contest: SeededCompetition;

beforeAll(async () => {
  database = await createTestDatabase();
  admin = await seedUser(db(), { role: "admin" });
});
afterAll(() => database.close());
beforeEach(async () => {
  await db().update(scorings).set({ state: "FAILED", retryAt: null, claimOwner: null });
  contest = await seedCompetition(admin);
});

const db = () => database.db;
const good = { roc_auc: 0.9, log_loss: 0.1 };
const both = { public: good, private: good };

function scored(claim: ScoringClaim): Verdict {
  return { outcome: "scored", report: reportFor(claim, both), durationMs: 5 };
}

async function row(submission: string) {
  const [found] = await db()
    .select({ scoring: scorings })
    .from(scorings)
    .innerJoin(evaluations, eq(evaluations.id, scorings.evaluationId))
    .where(sql`${scorings.submissionId} = (select id from submissions where public_id = ${submission})`);
  return required(found, "the scoring").scoring;
}

/** As if the time of all leases had passed. */
const expireLeases = () =>
  db()
    .update(scorings)
    .set({ claimExpiresAt: sql`utc_timestamp(3) - interval 1 second` })
    .where(eq(scorings.state, "SCORING"));

const endPauses = () =>
  db()
    .update(scorings)
    .set({ retryAt: sql`utc_timestamp(3) - interval 1 second` })
    .where(and(eq(scorings.state, "QUEUED"), sql`${scorings.retryAt} is not null`));

describe("a claim", () => {
  test("of ten workers, one gets each, and none is left", async () => {
    const people = await Promise.all(Array.from({ length: 6 }, () => seedUser(db())));
    const ids = await Promise.all(
      people.flatMap((who) => [1, 2, 3, 4, 5].map(() => submit(who, contest.slug))),
    );
    const drain = async (worker: string) => {
      const mine: ScoringClaim[] = [];
      for (let claim = await claimScoring(db(), worker); claim; claim = await claimScoring(db(), worker)) {
        mine.push(claim);
        await settleScoring(db(), claim, scored(claim));
      }
      return mine;
    };
    const drained = Array.from({ length: 10 }, (_, n) => drain(`worker-${n}`));
    const claims = (await Promise.all(drained)).flat();
    // Whoever looked while others held the last ones found none: the next round does.
    claims.push(...(await drain("last")));
    expect(claims.map(({ submission }) => submission).sort()).toEqual([...ids].sort());
    const states = await db()
      .select({ state: scorings.state, attempts: scorings.attempts })
      .from(scorings)
      .where(
        inArray(
          scorings.id,
          claims.map(({ id }) => id),
        ),
      );
    expect(new Set(states.map(({ state, attempts }) => `${state} ${attempts}`))).toEqual(
      new Set(["SCORED 1"]),
    );
  });

  test("carries what the scorer is told and the verdict is compared with", async () => {
    const who = await seedUser(db());
    const submission = await submit(who, contest.slug);
    const claim = await claimOne(db());
    expect(claim).toMatchObject({
      submission,
      evaluation: contest.evaluation,
      competition: { slug: contest.slug },
      manifest: { primary: { metric: "roc_auc", direction: "max" } },
    });
    for (const digest of Object.values(claim.digests)) expect(digest).toMatch(/^[0-9a-f]{64}$/);
    expect(await row(submission)).toMatchObject({ state: "SCORING", claimOwner: claim.token, attempts: 1 });
  });

  test("can be renewed, though not beyond its deadline", async () => {
    await submit(await seedUser(db()), contest.slug);
    const claim = await claimOne(db());
    const { deadlineAt } = await row(claim.submission);
    expect(await renewScoring(db(), claim)).toBe(true);
    const soon = sql`utc_timestamp(3) + interval 2 second`;
    await db().update(scorings).set({ deadlineAt: soon }).where(eq(scorings.id, claim.id));
    expect(await renewScoring(db(), claim)).toBe(true);
    const renewed = await row(claim.submission);
    expect(renewed.claimExpiresAt).toEqual(renewed.deadlineAt);
    expect(renewed.deadlineAt?.getTime()).toBeLessThan(deadlineAt?.getTime() ?? 0);
    const past = sql`utc_timestamp(3) - interval 1 second`;
    await db().update(scorings).set({ deadlineAt: past }).where(eq(scorings.id, claim.id));
    expect(await renewScoring(db(), claim)).toBe(false);
  });
});

describe("turns", () => {
  test("one person's dozen hold up another's first by one", async () => {
    const [busy, other] = [await seedUser(db()), await seedUser(db())];
    for (let n = 0; n < 12; n++) await submit(busy, contest.slug);
    const first = await claimOne(db());
    const theirs = await submit(other, contest.slug);
    const next = [await claimOne(db()), await claimOne(db())].map(({ submission }) => submission);
    expect(first.userId).toBe(busy.actor.userId);
    expect(next).toContain(theirs);
  });

  test("competitions alternate, however much one of them has waiting", async () => {
    const quiet = await seedCompetition(admin);
    const [one, two] = [await seedUser(db()), await seedUser(db())];
    for (let n = 0; n < 10; n++) await submit(one, contest.slug);
    for (let n = 0; n < 3; n++) await submit(two, quiet.slug);
    const order: string[] = [];
    for (let n = 0; n < 8; n++) {
      const claim = await claimOne(db());
      order.push(claim.competition.slug === quiet.slug ? "quiet" : "busy");
      await settleScoring(db(), claim, scored(claim));
    }
    expect(order.slice(0, 6).filter((which) => which === "quiet")).toHaveLength(3);
    expect(order.slice(0, 6)).not.toEqual(["busy", "busy", "busy", "quiet", "quiet", "quiet"]);
    for (let n = 1; n < 6; n++) expect(order[n]).not.toBe(order[n - 1]);
  });

  test("one that occupies workers gives way to one that has none", async () => {
    const quiet = await seedCompetition(admin);
    const who = await seedUser(db());
    for (let n = 0; n < 6; n++) await submit(who, contest.slug);
    for (let n = 0; n < 3; n++) expect((await claimOne(db())).competition.slug).toBe(contest.slug);
    for (let n = 0; n < 3; n++) await submit(who, quiet.slug);
    for (let n = 0; n < 3; n++) expect((await claimOne(db())).competition.slug).toBe(quiet.slug);
  });

  test("what a new evaluation wants scored again goes after what people wait for", async () => {
    const who = await seedUser(db());
    const old = [await submit(who, contest.slug), await submit(who, contest.slug)];
    for (const _ of old) {
      const claim = await claimOne(db());
      await settleScoring(db(), claim, scored(claim));
    }
    const evaluation = await seedEvaluation(admin, contest.slug);
    expect(await queueRescorings(db())).toBe(2);
    expect(await queueRescorings(db())).toBe(0);
    const fresh = await submit(who, contest.slug);
    const claims = [await claimOne(db()), await claimOne(db()), await claimOne(db())];
    expect(claims.map(({ submission }) => submission)).toEqual([fresh, ...old]);
    expect(new Set(claims.map((claim) => claim.evaluation))).toEqual(new Set([evaluation]));
    for (const claim of claims) await settleScoring(db(), claim, scored(claim));
    expect(await claimScoring(db(), "later")).toBeNull();
  });
});

describe("a stalled worker's late verdict", () => {
  const problem = { detail: "Line 2.", rule: "number", line: 2 };
  const verdicts: [string, (claim: ScoringClaim) => Verdict][] = [
    ["scored", scored],
    ["rejected", () => ({ outcome: "rejected", problem, scorer: "1.0.0", durationMs: 1 })],
    ["failed", () => ({ outcome: "failed", failure: "late", retry: true })],
    ["failed for good", () => ({ outcome: "failed", failure: "late", retry: false })],
  ];

  test.each(verdicts)(
    "%s: nothing is written once another has it, nor once that has settled it",
    async (_, late) => {
      await submit(await seedUser(db()), contest.slug);
      const stalled = await claimOne(db(), "stalled");
      await expireLeases();
      expect(await settleExpired(db())).toBe(1);
      await endPauses();
      await wakeRetries(db());
      const current = await claimOne(db(), "new");
      expect(current.id).toBe(stalled.id);
      expect(await renewScoring(db(), stalled)).toBe(false);
      const before = await row(stalled.submission);
      await expect(settleScoring(db(), stalled, late(stalled))).rejects.toThrow(ScoringLost);
      expect(await row(stalled.submission)).toEqual(before);
      await settleScoring(db(), current, scored(current));
      const settled = await row(stalled.submission);
      for (const claim of [stalled, current]) {
        await expect(settleScoring(db(), claim, late(claim))).rejects.toThrow(ScoringLost);
      }
      expect(await row(stalled.submission)).toEqual(settled);
      const entries = await db()
        .select()
        .from(leaderboardEntries)
        .where(eq(leaderboardEntries.userId, settled.userId));
      expect(entries).toHaveLength(2);
    },
  );

  test("is taken as long as nobody else has it", async () => {
    await submit(await seedUser(db()), contest.slug);
    const slow = await claimOne(db());
    await expireLeases();
    expect(await settleScoring(db(), slow, scored(slow))).toBe("SCORED");
    expect(await settleExpired(db())).toBe(0);
  });
});

describe("failures", () => {
  test("are tried again after a pause, a bounded number of times", async () => {
    const submission = await submit(await seedUser(db()), contest.slug);
    for (let attempt = 1; attempt < maxFailures; attempt++) {
      const claim = await claimOne(db());
      expect(claim.attempts).toBe(attempt);
      const verdict = { outcome: "failed", failure: `crash ${attempt}`, retry: true } as const;
      expect(await settleScoring(db(), claim, verdict)).toBe("QUEUED");
      expect(await claimScoring(db(), "eager")).toBeNull();
      expect(await wakeRetries(db())).toBe(0);
      await endPauses();
      expect(await wakeRetries(db())).toBe(1);
    }
    const last = await claimOne(db());
    expect(await settleScoring(db(), last, { outcome: "failed", failure: "crash", retry: true })).toBe(
      "FAILED",
    );
    expect(await row(submission)).toMatchObject({ state: "FAILED", failure: "crash", claimOwner: null });
    const audited = and(eq(auditLog.action, "submission.failed"), eq(auditLog.resource, submission));
    expect(await db().select().from(auditLog).where(audited)).toHaveLength(1);
  });

  test("of claims that ran out are bounded, too, and taken back once by many workers", async () => {
    const submission = await submit(await seedUser(db()), contest.slug);
    for (let attempt = 1; attempt <= maxLostClaims; attempt++) {
      await claimOne(db());
      await expireLeases();
      const taken = await Promise.all([1, 2, 3, 4].map(() => settleExpired(db())));
      expect(taken.reduce((sum, one) => sum + one, 0)).toBe(1);
      await endPauses();
      await wakeRetries(db());
    }
    expect(await row(submission)).toMatchObject({ state: "FAILED", attempts: maxLostClaims });
    expect(await claimScoring(db(), "later")).toBeNull();
  });

  test("a running one with its lease is left alone", async () => {
    await submit(await seedUser(db()), contest.slug);
    const claim = await claimOne(db());
    expect(await settleExpired(db())).toBe(0);
    expect(await row(claim.submission)).toMatchObject({ state: "SCORING" });
  });

  test.each(["evaluation", "truth", "submission"] as const)(
    "a report of another %s is no score",
    async (which) => {
      const who = await seedUser(db());
      await submit(who, contest.slug);
      const claim = await claimOne(db());
      const report = reportFor({ digests: { ...claim.digests, [which]: "0".repeat(64) } }, both);
      expect(await settleScoring(db(), claim, { outcome: "scored", report, durationMs: 1 })).toBe("QUEUED");
      expect(await row(claim.submission)).toMatchObject({ metrics: null, reportDigest: null });
      expect((await row(claim.submission)).failure).toContain(which);
      const mine = eq(leaderboardEntries.userId, who.actor.userId);
      expect(await db().select().from(leaderboardEntries).where(mine)).toEqual([]);
      expect(await db().select().from(scoringReports).where(eq(scoringReports.scoringId, claim.id))).toEqual(
        [],
      );
    },
  );
});

test("a database's clock that is set back by an hour puts nothing off", async () => {
  const submission = await submit(await seedUser(db()), contest.slug);
  const claim = await claimOne(db());
  await settleScoring(db(), claim, { outcome: "failed", failure: "once", retry: true });
  const ahead = new Date(Date.now() + 3_600_000);
  await db().update(scorings).set({ retryAt: ahead }).where(eq(scorings.id, claim.id));
  expect(await wakeRetries(db())).toBe(1);
  await claimOne(db());
  await db().update(scorings).set({ claimExpiresAt: ahead }).where(eq(scorings.id, claim.id));
  expect(await settleExpired(db())).toBe(1);
  expect(await row(submission)).toMatchObject({ state: "QUEUED" });
});
