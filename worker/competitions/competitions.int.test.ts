import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { competitions, scorings } from "@/db/schema";
import { systemAuditor } from "@/lib/audit/record";
import type { CommandContext } from "@/lib/competitions/commands/context";
import { rebuildLeaderboard } from "@/lib/competitions/commands/rebuild";
import { rescoreCompetition } from "@/lib/competitions/commands/rescore";
import { readCompetitionFolder } from "@/lib/competitions/folder/read";
import {
  binaryFiles,
  competitionFile,
  type Files,
  maskFiles,
  temporaryParent,
  writeFolder,
} from "@/lib/competitions/folder/testing/folders";
import type { FolderFile } from "@/lib/competitions/folder/tree";
import { listLeaderboard } from "@/lib/competitions/queries/leaderboard";
import { scorerVersion } from "@/lib/competitions/scoring/score";
import { testData } from "@/lib/competitions/scoring/testing/data";
import { seedUser } from "@/lib/sessions/testing";
import { until } from "../testing/lab";
import { ScoringLab } from "../testing/scoring-lab";

let lab: ScoringLab;
let parent: string;
let ana: CommandContext;

beforeAll(async () => {
  lab = await ScoringLab.start();
  await lab.startWorker();
  parent = temporaryParent();
  ana = await seedUser(lab.db);
});
afterAll(async () => {
  rmSync(parent, { recursive: true });
  await lab.close();
});

let made = 0;
/** A small competition by another name each time. */
function smallOne(over: Files = {}): string {
  made += 1;
  const competition = {
    ...{ schema: "medforge/competition@1", slug: `small-${made}`, title: "A small one" },
    ...{ source: "Made up", licence: "CC0-1.0", limits: { daily: 3 } },
  };
  return writeFolder(parent, { ...binaryFiles, "competition.json": JSON.stringify(competition), ...over });
}

const probabilities = (...values: number[]) =>
  `id,probability\n${values.map((value, index) => `a${index + 1},${value}\n`).join("")}`;

const largeRows = 30_000;
/** So many cases that its scoring can be met at work. */
function largeOne(): string {
  const ids = Array.from({ length: largeRows }, (_, index) => index);
  const truth = ids.map(
    (id) => `a${id},${id % 2 ? "benign" : "malignant"},${id % 3 ? "public" : "private"}\n`,
  );
  return smallOne({
    "private/truth.csv": `id,label,split\n${truth.join("")}`,
    "public/sample_submission.csv": largeSubmission,
    ...{ "private/baseline_submission.csv": null, "private/checks.json": null },
  });
}
const largeSubmission = `id,probability\n${Array.from({ length: largeRows }, (_, id) => `a${id},0.${id}\n`).join("")}`;

async function bytesOf(file: FolderFile): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of file.open()) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const checks = z.record(z.string(), z.record(z.string(), z.unknown()));
const data = testData();
const given = (slug: string) => (data === null ? null : join(data, "competitions", slug));
const real: [string, string | null][] = [
  ["wdbc-fine-needle", fileURLToPath(new URL("../../competitions/wdbc-fine-needle", import.meta.url))],
  ...["pbc-histologic-stage", "blood-cells", "hippocampus"].map((slug): [string, string | null] => [
    slug,
    given(slug),
  ]),
];

test.for(real)(
  "%s: both submissions come onto the board as the folder's checks say",
  async ([, dir], { skip }) => {
    if (dir === null) return skip("not run: no reference data");
    const slug = await lab.publish(dir);
    const folder = await readCompetitionFolder(dir);
    const wanted = checks.parse(JSON.parse(readFileSync(join(dir, "private/checks.json"), "utf8")));
    const given = { sample_submission: folder.sample, baseline_submission: folder.baseline };
    for (const [name, file] of Object.entries(given)) {
      if (file === null) throw new Error(`${slug} has no ${name}`);
      const who = await seedUser(lab.db);
      const id = await lab.submit(who, slug, await bytesOf(file));
      const scoring = await lab.reaches(id, "SCORED", "REJECTED", "FAILED");
      expect(scoring).toMatchObject({ state: "SCORED", attempts: 1, failure: null, problem: null });
      for (const split of ["public", "private"] as const) {
        for (const metric of folder.evaluation.metrics) {
          const value = z.number().parse(wanted[`${name}/${split}`]?.[metric]);
          expect(scoring.metrics?.[split]?.[metric], `${name} ${split} ${metric}`).toBeCloseTo(value, 9);
        }
        const { data: board } = await listLeaderboard(lab.db, lab.admin.actor, "external", {
          slug,
          split,
          limit: 10,
        });
        const { primary } = folder.evaluation;
        expect(board.find(({ submissionId }) => submissionId === id)?.score).toBe(
          scoring.metrics?.[split]?.[primary.metric],
        );
      }
    }
  },
);

test("a rejected submission is told its line, and gives its quota back", async () => {
  const slug = await lab.publish(smallOne());
  const wrong = await lab.submit(ana, slug, probabilities(0.5, 1.5, 0.5, 0.5));
  const scoring = await lab.reaches(wrong, "SCORED", "REJECTED", "FAILED");
  expect(scoring).toMatchObject({ state: "REJECTED", problem: { line: 3 }, metrics: null });
  const three = await Promise.all(
    [1, 2, 3].map(() => lab.submit(ana, slug, probabilities(0.9, 0.1, 0.2, 0.8))),
  );
  for (const id of three)
    expect(await lab.reaches(id, "SCORED", "FAILED")).toMatchObject({ state: "SCORED" });
  await expect(lab.submit(ana, slug, probabilities(0, 0, 0, 0))).rejects.toThrow("takes 3 a day");
});

test("how long masks with a hidden split took is told in few steps, to everybody", async () => {
  const competition = { ...competitionFile, slug: "blind-masks" };
  const dir = writeFolder(parent, { ...maskFiles, "competition.json": JSON.stringify(competition) });
  const slug = await lab.publish(dir);
  const { sample } = await readCompetitionFolder(dir);
  const id = await lab.submit(ana, slug, await bytesOf(sample));
  const { durationMs } = await lab.reaches(id, "SCORED", "REJECTED", "FAILED");
  expect([500, 1_000, 2_000, 4_000, 8_000, 16_000]).toContain(durationMs);
});

test("an import twice is one; a truth that leaves a metric undefined is refused with its reason, and then mended", async () => {
  const dir = smallOne();
  const [first, second] = [await lab.bringIn(dir), await lab.bringIn(dir)];
  expect(second.id).toBe(first.id);
  const oneClass =
    "id,label,split\na1,malignant,public\na2,malignant,public\na3,benign,private\na4,malignant,private\n";
  const refusedDir = smallOne({ "private/truth.csv": oneClass, "private/checks.json": null });
  const refused = await lab.bringIn(refusedDir);
  expect(refused).toMatchObject({
    state: "REFUSED",
    reason: "roc_auc is undefined on the public split: The truth has one class only.",
  });
  const [row] = await lab.db.select().from(competitions).where(eq(competitions.id, refused.competitionId));
  expect(row).toMatchObject({ currentEvaluationId: null, publishedAt: null });
  const truth = String(binaryFiles["private/truth.csv"]);
  writeFileSync(join(refusedDir, "private/truth.csv"), truth);
  expect(await lab.bringIn(refusedDir)).toMatchObject({ state: "READY", number: 2 });
});

test("one that rests on other data is not imported over", async () => {
  const dir = smallOne();
  await lab.bringIn(dir);
  writeFileSync(join(dir, "public/train.csv"), "id,width,label\nt1,4,benign\n");
  await expect(lab.bringIn(dir)).rejects.toThrow("rests on other data, for good");
});

test("a scorer that is killed at it, then away, costs a submission nothing but time", async () => {
  const slug = await lab.publish(largeOne());
  const id = await lab.submit(ana, slug, largeSubmission);
  await lab.reaches(id, "SCORING");
  await lab.killScorer();
  const lost = await lab.reaches(id, "QUEUED");
  expect(lost).toMatchObject({ attempts: 1 });
  // Taken up again, and put down untried, since nobody is there.
  const [worker] = lab.workers;
  await until("the worker has met a scorer that is away", async () =>
    (worker?.lines ?? []).some((line) => line.includes("The scorer is away.")),
  );
  expect(await lab.reaches(id, "QUEUED")).toMatchObject({ attempts: 1 });
  await lab.startScorer();
  expect(await lab.reaches(id, "SCORED", "FAILED")).toMatchObject({
    state: "SCORED",
    attempts: 2,
    failure: null,
  });
});

test("what another version of the scorer has scored is scored anew, and its score stands until then", async () => {
  const slug = await lab.publish(smallOne());
  const [better, worse] = [await seedUser(lab.db), await seedUser(lab.db)];
  const best = await lab.submit(better, slug, probabilities(0.9, 0.1, 0.1, 0.9));
  const other = await lab.submit(worse, slug, probabilities(0.1, 0.9, 0.9, 0.1));
  const right = [await lab.reaches(best, "SCORED"), await lab.reaches(other, "SCORED")];
  // As if an older one had held the worse for perfect.
  const wrong = { scorer: "0.9.0", metrics: right[0]?.metrics ?? null };
  await lab.db
    .update(scorings)
    .set(wrong)
    .where(eq(scorings.id, right[1]?.id ?? 0));
  await rebuildLeaderboard(lab.db, systemAuditor, slug);
  const scores = async () => {
    const which = { slug, split: "public" as const, limit: 10 };
    const { data: rows } = await listLeaderboard(lab.db, lab.admin.actor, "external", which);
    return rows.map(({ submissionId, score }) => [submissionId, score]);
  };
  const before = [
    [best, 1],
    [other, 1],
  ];
  expect(await scores()).toEqual(before);
  expect(await rescoreCompetition(lab.admin, { slug, scorer: scorerVersion })).toBe(1);
  expect((await rebuildLeaderboard(lab.db, systemAuditor, slug)).changed).toBe(0);
  lab.wake();
  const anew = await lab.reaches(other, "SCORED");
  expect(anew).toMatchObject({
    reportDigest: right[1]?.reportDigest,
    metrics: right[1]?.metrics,
    scorer: scorerVersion,
  });
  expect(await scores()).toEqual([
    [best, 1],
    [other, 0],
  ]);
  expect(await rescoreCompetition(lab.admin, { slug, scorer: scorerVersion })).toBe(0);
});
