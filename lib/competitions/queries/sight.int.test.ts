import { eq } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { auditLog, changes, intervalBoards, scorings } from "@/db/schema";
import { createTestDatabase, type TestDatabase } from "@/db/testing";
import { codeOf, codesOf } from "@/lib/kernel/testing";
import { seedUser } from "@/lib/sessions/testing";
import type { Exposure } from "@/lib/workspaces/model";
import { publishCompetition, revealPrivate, withdrawCompetition } from "../commands/competitions";
import type { CommandContext } from "../commands/context";
import { invite, uninvite } from "../commands/invites";
import { rescoreCompetition } from "../commands/rescore";
import { queueRescorings } from "../lifecycle/recover";
import { settleScoring } from "../lifecycle/settle";
import { leaderboardInput } from "../model";
import {
  claimOne,
  reportFor,
  scoreNext,
  seedCompetition,
  seedEvaluation,
  sha256Of,
  submit,
} from "../testing";
import { getCompetition, listCompetitions, listEvaluations } from "./catalogue";
import { getDataset, listDatasets } from "./datasets";
import { listInvites } from "./invites";
import { getHistory, getOwnRank, listLeaderboard } from "./leaderboard";
import { getQueuePlace, getScoringOverview } from "./queue";
import { listRankings } from "./rankings";
import { getSubmission, getSubmissionCases, listSubmissions } from "./submissions";

let database: TestDatabase;
let admin: CommandContext;
let ada: CommandContext;
let bob: CommandContext;

beforeAll(async () => {
  database = await createTestDatabase();
  admin = await seedUser(db(), { role: "admin", canUseInternal: true });
});
afterAll(() => database.close());
beforeEach(async () => {
  await db().update(scorings).set({ state: "FAILED" }).where(eq(scorings.state, "QUEUED"));
  [ada, bob] = [await seedUser(db()), await seedUser(db())];
});

const db = () => database.db;
const zone = "America/New_York";
const many = { limit: 200 };

/** Everything that there is to ask of one competition. */
function questions(who: CommandContext, exposure: Exposure, slug: string) {
  const which = leaderboardInput.parse({ slug });
  return [
    getCompetition(db(), who.actor, exposure, { slug, zone }),
    listEvaluations(db(), who.actor, exposure, slug),
    listSubmissions(db(), who.actor, exposure, { slug, ...many }),
    listLeaderboard(db(), who.actor, exposure, which),
    getOwnRank(db(), who.actor, exposure, which),
    getHistory(db(), who.actor, exposure, which),
    getDataset(db(), who.actor, exposure, { slug: `d-${slug}` }),
  ];
}

async function listed(who: CommandContext, exposure: Exposure = "external") {
  const competitions = await listCompetitions(db(), who.actor, exposure, many);
  const datasets = await listDatasets(db(), who.actor, exposure, many);
  return {
    competitions: competitions.data.map(({ slug }) => slug),
    datasets: datasets.data.map(({ slug }) => slug),
  };
}

describe("a competition is not there", () => {
  async function expectHidden(who: CommandContext, slug: string): Promise<void> {
    expect(await codesOf(questions(who, "external", slug))).toEqual(["not_found"]);
    const lists = await listed(who);
    expect(lists.competitions).not.toContain(slug);
    expect(lists.datasets).not.toContain(`d-${slug}`);
  }

  async function expectSeen(who: CommandContext, slug: string): Promise<void> {
    await Promise.all(questions(who, "external", slug));
    const lists = await listed(who);
    expect(lists.competitions).toContain(slug);
    expect(lists.datasets).toContain(`d-${slug}`);
  }

  test("before it is published, but for admins", async () => {
    const { slug } = await seedCompetition(admin, { published: false });
    await expectHidden(ada, slug);
    await expectSeen(admin, slug);
    await publishCompetition(admin, slug);
    await publishCompetition(admin, slug);
    await expectSeen(ada, slug);
    const audited = await db().select().from(auditLog).where(eq(auditLog.resource, slug));
    expect(audited.filter(({ action }) => action === "competition.publish")).toHaveLength(1);
  });

  test("after it was withdrawn, but for admins; what was submitted is there when it is published again", async () => {
    const { slug } = await seedCompetition(admin);
    await submit(ada, slug);
    await scoreNext(db(), { public: 0.9 });
    const board = async (who: CommandContext) =>
      (await listLeaderboard(db(), who.actor, "external", leaderboardInput.parse({ slug }))).data.length;
    await Promise.all([1, 2, 3].map(() => withdrawCompetition(admin, slug)));
    await expectHidden(ada, slug);
    await expectSeen(admin, slug);
    expect(await board(admin)).toBe(1);
    expect(await codesOf([submit(ada, slug), submit(admin, slug)])).toEqual(["not_found", "conflict"]);
    await publishCompetition(admin, slug);
    await expectSeen(ada, slug);
    expect(await board(ada)).toBe(1);
    const audited = await db().select().from(auditLog).where(eq(auditLog.resource, slug));
    expect(audited.filter(({ action }) => action === "competition.withdraw")).toHaveLength(1);
  });

  test("for whoever is not invited, nor in the rankings", async () => {
    const { slug } = await seedCompetition(admin, { settings: { visibility: "invite" } });
    await invite(admin, { slug, userId: ada.actor.publicId });
    await invite(admin, { slug, userId: ada.actor.publicId });
    await submit(ada, slug);
    await scoreNext(db(), { public: 0.9 });
    await expectSeen(ada, slug);
    await expectHidden(bob, slug);
    const named = async (who: CommandContext) =>
      (await listRankings(db(), who.actor, "external", many)).data.map(({ username }) => username);
    expect(await named(ada)).toContain(ada.actor.username);
    expect(await named(bob)).not.toContain(ada.actor.username);
    await uninvite(admin, { slug, userId: ada.actor.publicId });
    await expectHidden(ada, slug);
  });

  test("on the other side, nor on the internal one without the grant, admins too", async () => {
    const { slug } = await seedCompetition(admin, { exposure: "internal" });
    const granted = await seedUser(db(), { canUseInternal: true });
    const plainAdmin = await seedUser(db(), { role: "admin" });
    const id = await submit(granted, slug, "internal");
    await scoreNext(db(), { public: 0.7 });
    await Promise.all(questions(granted, "internal", slug));
    expect((await listed(granted, "internal")).competitions).toContain(slug);
    await expectHidden(granted, slug);
    expect(await codeOf(getSubmission(db(), granted.actor, "external", id))).toBe("not_found");
    for (const who of [ada, plainAdmin]) {
      expect(await codesOf(questions(who, "internal", slug))).toEqual(["not_found"]);
      expect(await codeOf(listed(who, "internal"))).toBe("forbidden");
      expect(await codeOf(listRankings(db(), who.actor, "internal", many))).toBe("forbidden");
      expect(await codeOf(getSubmission(db(), who.actor, null, id))).toBe("not_found");
    }
    expect((await getSubmission(db(), admin.actor, null, id)).submitter).toBe(granted.actor.username);
  });
});

describe("the private split", () => {
  const metrics = {
    public: { roc_auc: 0.5, log_loss: 1 },
    private: { roc_auc: 0.123456789, log_loss: 0.987654321 },
  };

  async function scoreWithDetails(): Promise<void> {
    const claim = await claimOne(db());
    const report = {
      ...reportFor(claim, metrics),
      undefined: { public: { brier: "one class" }, private: { brier: "secret reason" } },
      explanation: {
        public: { perClass: {}, confusion: [[1]] },
        private: { perClass: {}, confusion: [[777]] },
      },
    };
    await settleScoring(db(), claim, { outcome: "scored", report, durationMs: 3 });
  }

  /** All that somebody may be told about a competition and a submission, as text. */
  async function told(who: CommandContext, slug: string, id: string): Promise<string> {
    const answers = await Promise.all([
      ...questions(who, "external", slug),
      getSubmission(db(), who.actor, "external", id),
      getSubmissionCases(db(), who.actor, "external", id),
      listRankings(db(), who.actor, "external", many),
    ]);
    return JSON.stringify(answers);
  }

  const secrets = [
    /0\.123456789/,
    /0\.987654321/,
    /\[\[777\]\]/,
    /secret reason/,
    /"split":"private"/,
    /0\.75/,
  ];

  test("reaches nobody but admins before it is revealed, and everybody then", async () => {
    const { slug, evaluation } = await seedCompetition(admin);
    const id = await submit(ada, slug);
    await scoreWithDetails();
    const board = leaderboardInput.parse({ slug, split: "private" });
    const privately = (who: CommandContext) => [
      listLeaderboard(db(), who.actor, "external", board),
      getOwnRank(db(), who.actor, "external", board),
      getHistory(db(), who.actor, "external", board),
    ];
    const text = await told(ada, slug, id);
    for (const secret of secrets) expect(text).not.toMatch(secret);
    expect(text).toMatch(/"reportDigest":null/);
    expect(text).toMatch(/"truth":null/);
    const truth = sha256Of(`truth of ${evaluation}`);
    expect(text).not.toContain(truth);
    expect(await codesOf(privately(ada))).toEqual(["not_found"]);
    const toAdmin = await told(admin, slug, id);
    for (const secret of [...secrets, truth]) expect(toAdmin).toMatch(secret);
    await Promise.all(privately(admin));
    await revealPrivate(admin, { slug });
    const revealed = await told(ada, slug, id);
    for (const secret of [...secrets, truth]) expect(revealed).toMatch(secret);
    await Promise.all(privately(ada));
  });

  test("is its evaluation's: a later one's stays closed though the one before was revealed", async () => {
    const { slug, evaluation } = await seedCompetition(admin);
    const id = await submit(ada, slug);
    await scoreNext(db(), { public: 0.5, private: 0.625 });
    await revealPrivate(admin, { slug, evaluationId: evaluation });
    const anew = await seedEvaluation(admin, slug);
    while ((await queueRescorings(db())) > 0);
    await scoreWithDetails();
    const text = await told(ada, slug, id);
    for (const secret of secrets) expect(text).not.toMatch(secret);
    const board = (evaluationId?: string) =>
      listLeaderboard(
        db(),
        ada.actor,
        "external",
        leaderboardInput.parse({ slug, split: "private", evaluationId }),
      );
    expect(await codesOf([board(), board(anew)])).toEqual(["not_found"]);
    expect((await board(evaluation)).data).toMatchObject([{ score: 0.625 }]);
    expect((await getCompetition(db(), ada.actor, "external", { slug, zone })).revealedAt).toBeNull();
    const stale = revealPrivate(admin, { slug, evaluationId: evaluation });
    expect(await codeOf(stale)).toBe("conflict");
    await revealPrivate(admin, { slug, evaluationId: anew });
    await revealPrivate(admin, { slug });
    expect((await board()).data).toMatchObject([{ score: 0.123456789 }]);
  });

  test("moves nothing that others hear of: a better private score alone is told to its submitter only", async () => {
    const { slug } = await seedCompetition(admin);
    const competition = await getCompetition(db(), ada.actor, "external", { slug, zone });
    await submit(ada, slug);
    await scoreNext(db(), { public: 0.8, private: 0.1 });
    const heard = async () => {
      const rows = await db().select().from(changes).where(eq(changes.resource, competition.id));
      return rows.length;
    };
    const before = await heard();
    await submit(ada, slug);
    await scoreNext(db(), { public: 0.7, private: 0.9 });
    expect(await heard()).toBe(before);
    await submit(ada, slug);
    await scoreNext(db(), { public: 0.9, private: 0.2 });
    expect(await heard()).toBe(before + 1);
  });

  test("moves nothing that others hear of when it is scored anew", async () => {
    const { slug } = await seedCompetition(admin);
    const competition = await getCompetition(db(), ada.actor, "external", { slug, zone });
    await submit(ada, slug);
    await scoreNext(db(), { public: 0.8, private: 0.1 });
    const heard = async () => {
      const rows = await db().select().from(changes).where(eq(changes.resource, competition.id));
      return rows.length;
    };
    const anew = async (scores: { public: number; private: number }) => {
      await rescoreCompetition(admin, { slug, scorer: "2.0.0" });
      const before = await heard();
      await scoreNext(db(), scores);
      return (await heard()) - before;
    };
    expect(await anew({ public: 0.8, private: 0.9 })).toBe(0);
    expect(await anew({ public: 0.7, private: 0.9 })).toBe(1);
  });

  test("is not what ranks people across competitions before it is revealed", async () => {
    const { slug } = await seedCompetition(admin);
    await submit(ada, slug);
    await scoreNext(db(), { public: 0.9, private: 0.1 });
    await submit(bob, slug);
    await scoreNext(db(), { public: 0.8, private: 0.2 });
    const first = async () => {
      const { data } = await listRankings(db(), admin.actor, "external", many);
      const ours = data.filter(({ username }) => [ada, bob].some(({ actor }) => actor.username === username));
      return ours.map(({ username, points }) => [username, points]);
    };
    // Two on the board: 100 · log10(1 + log10(2)) for the first, of that 2^-0.75 for the second.
    const [most, less] = [11.43, 6.8];
    expect(await first()).toEqual([
      [ada.actor.username, most],
      [bob.actor.username, less],
    ]);
    await revealPrivate(admin, { slug });
    expect(await first()).toEqual([
      [bob.actor.username, most],
      [ada.actor.username, less],
    ]);
  });
});

test("what is somebody else's is not there", async () => {
  const { slug } = await seedCompetition(admin);
  const id = await submit(ada, slug);
  await scoreNext(db(), { public: 0.9 });
  const questionsOfBob = [
    getSubmission(db(), bob.actor, "external", id),
    getSubmissionCases(db(), bob.actor, "external", id),
    getQueuePlace(db(), bob.actor, "external", id),
  ];
  expect(await codesOf(questionsOfBob)).toEqual(["not_found"]);
  expect((await listSubmissions(db(), bob.actor, "external", { slug, ...many })).data).toEqual([]);
  expect((await listSubmissions(db(), ada.actor, "external", { slug, ...many })).data).toMatchObject([
    { id, state: "SCORED", submitter: ada.actor.username, durationMs: 12, metrics: { private: null } },
  ]);
});

test("lists page through everything once, newest first", async () => {
  const { slug } = await seedCompetition(admin);
  const ids: string[] = [];
  for (let n = 0; n < 5; n++) ids.push(await submit(ada, slug));
  const seen: string[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await listSubmissions(db(), ada.actor, "external", {
      slug,
      limit: 2,
      ...(cursor ? { cursor } : {}),
    });
    seen.push(...page.data.map(({ id }) => id));
    if (page.nextCursor === null) break;
    cursor = page.nextCursor;
  }
  expect(seen).toEqual(ids.reverse());
});

test("one's place in the queue counts what is served before, and goes down", async () => {
  const { slug } = await seedCompetition(admin);
  const mine: string[] = [];
  for (let n = 0; n < 3; n++) mine.push(await submit(ada, slug));
  const theirs = await submit(bob, slug);
  const place = async (who: CommandContext, id: string | undefined) =>
    getQueuePlace(db(), who.actor, "external", id ?? "");
  expect(await place(ada, mine[2])).toEqual({ ahead: 3, more: false, expectedMs: null });
  expect(await place(bob, theirs)).toMatchObject({ ahead: 1 });
  await scoreNext(db(), { public: 0.5 });
  expect(await place(ada, mine[0])).toBeNull();
  expect(await place(bob, theirs)).toEqual({ ahead: 0, more: false, expectedMs: 0 });
  expect(await place(ada, mine[2])).toEqual({ ahead: 2, more: false, expectedMs: 24 });
});

test("admins see queue, running and failures; nobody else does", async () => {
  const { slug } = await seedCompetition(admin);
  for (let n = 0; n < 3; n++) await submit(ada, slug);
  const failed = await claimOne(db(), "host:1");
  await settleScoring(db(), failed, { outcome: "failed", failure: "Out of memory.", retry: false });
  const running = await claimOne(db(), "host:1");
  const overview = await getScoringOverview(db(), admin.actor);
  expect(overview.queues.filter(({ competition }) => competition === slug)).toMatchObject([
    { queued: 1, retrying: 0, running: 1 },
  ]);
  expect(overview.running).toMatchObject([
    { submissionId: running.submission, worker: "host:1", attempts: 1 },
  ]);
  expect(JSON.stringify(overview)).not.toContain(running.token);
  expect(overview.failures).toContainEqual(
    expect.objectContaining({ submissionId: failed.submission, failure: "Out of memory." }),
  );
  expect(await codeOf(getScoringOverview(db(), ada.actor))).toBe("forbidden");
  await settleScoring(db(), running, { outcome: "failed", failure: "done", retry: false });
});

test("what is internal, administrators see of queue, failures and invitations with the grant alone", async () => {
  const granted = await seedUser(db(), { canUseInternal: true });
  const { slug } = await seedCompetition(admin, { exposure: "internal" });
  await invite(admin, { slug, userId: granted.actor.publicId });
  const [waiting, failed, running] = [1, 2, 3].map(() => submit(granted, slug, "internal"));
  await Promise.all([waiting, failed, running]);
  await settleScoring(db(), await claimOne(db()), { outcome: "failed", failure: "Gone.", retry: false });
  const claim = await claimOne(db());
  const boss = (canUseInternal: boolean) => ({ ...admin.actor, canUseInternal });
  const seen = async (canUseInternal: boolean) => {
    const { intervals, ...overview } = await getScoringOverview(db(), boss(canUseInternal));
    return [...Object.values(overview), intervals.failures].map(
      (list) => list.filter(({ competition }) => competition === slug).length,
    );
  };
  await db()
    .insert(intervalBoards)
    .values({
      ...{ evaluationId: claim.evaluationId, split: "public", state: "FAILED", nextAttemptAt: new Date() },
      ...{ failure: "Gone.", attempts: 4 },
    });
  expect(await seen(true)).toEqual([1, 1, 1, 1]);
  expect(await seen(false)).toEqual([0, 0, 0, 0]);
  expect(await listInvites(db(), boss(true), slug)).toMatchObject([{ username: granted.actor.username }]);
  expect(await codeOf(listInvites(db(), boss(false), slug))).toBe("not_found");
  await settleScoring(db(), claim, { outcome: "failed", failure: "done", retry: false });
});

test("a failure under an evaluation that is no longer current is nothing to see to", async () => {
  const { slug } = await seedCompetition(admin);
  const id = await submit(ada, slug);
  await settleScoring(db(), await claimOne(db()), { outcome: "failed", failure: "Gone.", retry: false });
  const shown = async () => {
    const { failures } = await getScoringOverview(db(), admin.actor);
    return failures.map(({ submissionId }) => submissionId);
  };
  expect(await shown()).toContain(id);
  await seedEvaluation(admin, slug);
  expect(await shown()).not.toContain(id);
});
