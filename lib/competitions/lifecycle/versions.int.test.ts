import { rmSync } from "node:fs";
import { and, asc, eq } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { auditLog, competitions, datasetVersions, evaluations, scorings, submissions } from "@/db/schema";
import { createTestDatabase, type TestDatabase } from "@/db/testing";
import { required } from "@/lib/kernel/assert";
import { AppError } from "@/lib/kernel/errors";
import { newPublicId } from "@/lib/kernel/ids";
import { seedUser } from "@/lib/sessions/testing";
import { addEvaluation, publishCompetition, updateCompetition } from "../commands/competitions";
import type { CommandContext } from "../commands/context";
import { applyWaiting, type Consent, importCompetition } from "../commands/import";
import {
  binaryFiles,
  competitionFile,
  type Files,
  readFiles,
  temporaryParent,
} from "../folder/testing/folders";
import { type AddEvaluationInput, leaderboardInput } from "../model";
import { listEvaluations } from "../queries/catalogue";
import { planImport } from "../queries/import-changes";
import { listLeaderboard } from "../queries/leaderboard";
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
let parent: string;

beforeAll(async () => {
  parent = temporaryParent();
  database = await createTestDatabase();
  admin = await seedUser(db(), { role: "admin" });
});
afterAll(async () => {
  await database.close();
  rmSync(parent, { recursive: true });
});
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

test("what is expected is what was said last, also of one that is being checked", async () => {
  const { slug, evaluation } = await seedCompetition(admin);
  const expecting = (auc: number) => ({ expected: { public: { roc_auc: auc } } });
  for (const [before, since, state] of [
    [0.5, 0.75, "REFUSED"],
    [0.75, 0.5, "READY"],
  ] as const) {
    const brought = version(slug, expecting(before));
    await addEvaluation(admin, brought);
    const claim = required(await claimCheck(db(), "worker"), "a check");
    await addEvaluation(admin, { ...brought, ...expecting(since) });
    const verdict = { outcome: "scored", report: reportFor(claim, fine) } as const;
    expect(await settleCheck(db(), claim, verdict)).toBe(state);
    expect((await inForce(slug)).evaluation === evaluation).toBe(state === "REFUSED");
  }
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

const otherTruth =
  "id,label,split\na1,benign,public\na2,malignant,public\na3,benign,private\na4,malignant,private\n";

/** A competition's folder, brought in as the command does it; each with a name of its own. */
function importer(slug: string) {
  const folder = (says: object = {}, files: Files = {}) =>
    readFiles(parent, {
      ...binaryFiles,
      "competition.json": JSON.stringify({ ...competitionFile, slug, ...says }),
      ...files,
    });
  return {
    folder,
    bring: async (says: object = {}, files: Files = {}, consent: Consent = {}) =>
      importCompetition(admin, { dir: parent }, await folder(says, files), consent),
  };
}

/** Brought in, checked and published, then changed by an administrator. */
async function live(slug: string) {
  const { folder, bring } = importer(slug);
  await bring();
  expect(await checkNext()).toBe("READY");
  await publishCompetition(admin, slug);
  const settings = { visibility: "invite", dailyLimit: 3, closesAt: "2030-01-01T00:00:00.000Z" } as const;
  await updateCompetition(admin, { slug, ...settings, description: "Corrected by hand." });
  return { folder, bring, before: await inForce(slug) };
}

describe("a folder of a competition that is published", () => {
  test("changes nothing back to a default, also when it may change what differs", async () => {
    const { folder, bring, before } = await live("again-the-same");
    expect(await planImport(db(), await folder({}, { "description.md": null }))).toMatchObject({
      ...{ published: true, changes: [], evaluation: null, staysInvite: false },
    });
    for (const replace of [false, true])
      expect(await bring({}, { "description.md": null }, { replace })).toMatchObject({
        ...{ created: false, changed: [], waiting: null },
      });
    expect(await inForce("again-the-same")).toEqual(before);
  });

  test("says what it would change, and changes what it says itself by a word alone", async () => {
    const { bring, folder, before } = await live("other-limits");
    const says = { title: "Another", limits: { total: 9 }, closesAt: null, licence: "CC BY 4.0" };
    const plan = await planImport(db(), await folder(says));
    expect(plan?.changes).toEqual([
      { field: "title", before: "A small one", after: "Another" },
      // Nobody wrote one.
      { field: "summary", before: "A small one", after: "Another" },
      { field: "description.md", before: "18 characters", after: "14 characters" },
      { field: "limits.total", before: "none", after: "9" },
      { field: "closesAt", before: "2030-01-01T00:00:00.000Z", after: "none" },
      { field: "licence", before: "CC0-1.0", after: "CC BY 4.0" },
    ]);
    expect(await bring(says)).toMatchObject({ changed: [], waiting: { settings: { title: "Another" } } });
    expect(await inForce("other-limits")).toEqual(before);
    const { changed } = await bring(says, {}, { replace: true });
    expect(changed).toEqual(plan?.changes);
    expect((await inForce("other-limits")).competition).toMatchObject({
      ...{ title: "Another", dailyLimit: 3, totalLimit: 9, closesAt: null, visibility: "invite" },
      description: "# A small one\n",
    });
  });

  test("is for everybody only where it says so, and the word allows it", async () => {
    const { bring, folder } = await live("widened");
    const says = { visibility: "public" };
    expect(await planImport(db(), await folder(says))).toMatchObject({ staysInvite: true });
    const { waiting } = await bring(says, {}, { replace: true });
    expect(waiting).toEqual({ settings: { visibility: "public" } });
    expect((await inForce("widened")).competition.visibility).toBe("invite");
    await bring(says, {}, { replace: true, widen: true });
    expect((await inForce("widened")).competition.visibility).toBe("public");
  });

  test("has its evaluation checked, which takes force when an administrator says so, texts and all", async () => {
    const { bring, before } = await live("next-version");
    const files = { "private/truth.csv": otherTruth };
    const says = { summary: "Other labels" };
    const { evaluation, waiting } = await bring(says, files);
    expect(await checkNext()).toBe("READY");
    expect(await inForce("next-version")).toEqual(before);
    // Brought in once more it still waits, and an older one that is asked for again is in force as ever.
    await bring(says, files);
    await bring();
    expect(await inForce("next-version")).toEqual(before);
    const slug = "next-version";
    const wishes = required(waiting, "what waits");
    await applyWaiting(admin, { slug, evaluation, wishes }, { widen: false });
    const after = await inForce(slug);
    expect(after).toMatchObject({
      evaluation,
      competition: { summary: "Other labels", visibility: "invite" },
    });
    // The one before waits in turn.
    await bring();
    expect((await inForce(slug)).evaluation).toBe(evaluation);
    await bring({}, {}, { replace: true });
    expect((await inForce(slug)).evaluation).toBe(before.evaluation);
  });

  test("takes force at the end of its check where the word came before, and never by itself", async () => {
    const { bring, before } = await live("said-early");
    const { evaluation, waiting } = await bring({}, { "private/truth.csv": otherTruth });
    const wishes = required(waiting, "what waits");
    await applyWaiting(admin, { slug: "said-early", evaluation, wishes }, { widen: false });
    expect((await inForce("said-early")).evaluation).toBe(before.evaluation);
    expect(await checkNext()).toBe("READY");
    expect((await inForce("said-early")).evaluation).toBe(evaluation);
  });
});

describe("a folder that is refused by the check", () => {
  const png = Buffer.from("89504e470d0a1a0a00", "hex");
  const truth = { "private/truth.csv": otherTruth };

  async function state(slug: string) {
    const { competition, evaluation } = await inForce(slug);
    const [version] = await db()
      .select()
      .from(datasetVersions)
      .where(eq(datasetVersions.id, competition.datasetVersionId));
    return { competition, evaluation, version };
  }

  test("changes neither the picture nor what is said of the data; one that is not, both", async () => {
    const slug = "refused-whole";
    const { bring } = await live(slug);
    const before = await state(slug);
    const says = { licence: "CC BY 4.0", title: "Another" };
    const checks = {
      "private/checks.json": JSON.stringify({ "sample_submission/public": { roc_auc: 0.75 } }),
    };
    await bring(says, { ...truth, ...checks, "picture.png": png }, { replace: true });
    expect(await state(slug)).toEqual(before);
    expect(await checkNext()).toBe("REFUSED");
    expect(await state(slug)).toEqual(before);
    // The evaluation that is in force already, and a sample that is said to score otherwise.
    const known = bring(says, { ...checks, "picture.png": png }, { replace: true });
    await expect(known).rejects.toThrow("0.75 in private/checks.json");
    expect(await state(slug)).toEqual(before);
    await bring(says, { ...truth, "picture.png": png }, { replace: true });
    expect(await checkNext()).toBe("READY");
    expect(await state(slug)).toMatchObject({
      competition: { title: "Another", pictureType: "png" },
      version: { licence: "CC BY 4.0" },
    });
  });

  test("says so where its dates contradict an administrator's, and is not the worker's failure", async () => {
    const slug = "closed-first";
    const { bring } = await live(slug);
    await updateCompetition(admin, { slug, opensAt: "2029-01-01T00:00:00.000Z" });
    const before = await state(slug);
    const { evaluation } = await bring({ closesAt: "2028-01-01T00:00:00Z" }, truth, { replace: true });
    expect(await checkNext()).toBe("REFUSED");
    expect(await state(slug)).toEqual(before);
    const [refused] = await db().select().from(evaluations).where(eq(evaluations.publicId, evaluation));
    expect(refused?.reason).toBe("It would close before it opens.");
  });
});

describe("an evaluation that waits", () => {
  const boardOf = (who: CommandContext, slug: string, evaluationId: string) =>
    listLeaderboard(db(), who.actor, "external", leaderboardInput.parse({ slug, evaluationId }));

  test("is not there for anybody but administrators before it takes force; one that was stays readable", async () => {
    const slug = "seen-later";
    const { bring, before } = await live(slug);
    await updateCompetition(admin, { slug, visibility: "public" });
    const who = await seedUser(db());
    const seen = async (by: CommandContext) =>
      (await listEvaluations(db(), by.actor, "external", slug)).map(({ number }) => number);
    const { evaluation, waiting } = await bring({}, { "private/truth.csv": otherTruth });
    expect(await checkNext()).toBe("READY");
    expect([await seen(who), await seen(admin)]).toEqual([[1], [2, 1]]);
    await expect(boardOf(who, slug, evaluation)).rejects.toThrow(`No evaluation ${evaluation}.`);
    await boardOf(admin, slug, evaluation);
    const wishes = required(waiting, "what waits");
    await applyWaiting(admin, { slug, evaluation, wishes }, { widen: false });
    // The one before is brought in once more, and waits: its board has been seen.
    await bring();
    expect(await seen(who)).toEqual([2, 1]);
    await boardOf(who, slug, before.evaluation);
  });

  test("nor is one that a newer one came before", async () => {
    const slug = "never-in-force";
    const { bring } = await live(slug);
    await updateCompetition(admin, { slug, visibility: "public" });
    await bring({}, { "private/truth.csv": otherTruth }, { replace: true });
    // The mistake is taken back while it is checked.
    await bring({}, {}, { replace: true });
    expect(await checkNext()).toBe("READY");
    const seen = await listEvaluations(db(), (await seedUser(db())).actor, "external", slug);
    expect(seen.map(({ number }) => number)).toEqual([1]);
  });
});

test("of a competition published while its next evaluation is checked, that one waits, too", async () => {
  const { bring } = importer("published-meanwhile");
  const first = await bring();
  expect(await checkNext()).toBe("READY");
  await bring({}, { "private/truth.csv": otherTruth });
  await publishCompetition(admin, "published-meanwhile");
  expect(await checkNext()).toBe("READY");
  expect((await inForce("published-meanwhile")).evaluation).toBe(first.evaluation);
});
