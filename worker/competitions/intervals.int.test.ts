import { rmSync } from "node:fs";
import { join } from "node:path";
import { eq, isNotNull } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { evaluations, intervalBoards, scoringBootstraps } from "@/db/schema";
import { binaryFiles, temporaryParent, writeFolder } from "@/lib/competitions/folder/testing/folders";
import { unpackReplicates } from "@/lib/competitions/intervals/replicates";
import { listLeaderboard } from "@/lib/competitions/queries/leaderboard";
import { bootstrapFiles } from "@/lib/competitions/scoring/bootstrap/files";
import { seedUser } from "@/lib/sessions/testing";
import { until } from "../testing/lab";
import { ScoringLab } from "../testing/scoring-lab";

let lab: ScoringLab;
let parent: string;

beforeAll(async () => {
  lab = await ScoringLab.start();
  parent = temporaryParent();
});
afterAll(async () => {
  rmSync(parent, { recursive: true });
  await lab.close();
});

/** So many cases that the worker can be met at their resamples. */
const ids = Array.from({ length: 24_000 }, (_, id) => id);
const predictions = (of: (id: number) => number) =>
  `id,probability\n${ids.map((id) => `a${id},${of(id).toFixed(4)}\n`).join("")}`;
/** Right more often than not. */
const fair = predictions((id) => (id % 2 === 0 ? 0.4 : 0.2) + ((id * 7919) % 1000) / 2000);
const worse = predictions((id) => (id % 2 === 0 ? 0.25 : 0.2) + ((id * 104_729) % 1000) / 2000);

function largeOne(): string {
  const truth = ids.map(
    (id) => `a${id},${id % 2 ? "benign" : "malignant"},${id % 3 ? "public" : "private"}\n`,
  );
  return writeFolder(parent, {
    ...binaryFiles,
    "competition.json": JSON.stringify({
      ...{ schema: "medforge/competition@1", slug: "resampled", title: "Resampled" },
      ...{ source: "Made up", licence: "CC0-1.0" },
    }),
    "private/truth.csv": `id,label,split\n${truth.join("")}`,
    "public/sample_submission.csv": fair,
    ...{ "private/baseline_submission.csv": null, "private/checks.json": null },
  });
}

const claimed = async () => {
  const [row] = await lab.db.select().from(scoringBootstraps).where(isNotNull(scoringBootstraps.claimOwner));
  return row ?? null;
};

test("resamples give way to submissions, are taken over from a worker that is killed at them, and come out the same", async () => {
  const first = await lab.startWorker();
  const slug = await lab.publish(largeOne());
  const [ana, bob] = [await seedUser(lab.db), await seedUser(lab.db)];
  await lab.submit(ana, slug, worse);
  await until("the first is resampled", claimed);
  const id = await lab.submit(bob, slug, fair);
  await until("it gave way", async () =>
    first.lines.some((line) => line.includes("Gives way to a submission.")),
  );
  await lab.reaches(id, "SCORED");
  const held = await until("it is taken up again", claimed);
  expect(held).toMatchObject({ state: "DUE", attempts: 1 });
  await first.kill();
  expect(await claimed()).toMatchObject({ claimOwner: held.claimOwner });
  await lab.db
    .update(scoringBootstraps)
    .set({ claimExpiresAt: new Date(0) })
    .where(isNotNull(scoringBootstraps.claimOwner));
  await lab.db
    .update(intervalBoards)
    .set({ claimExpiresAt: new Date(0) })
    .where(isNotNull(intervalBoards.claimOwner));
  await Promise.all([lab.startWorker(), lab.startWorker()]);
  const boards = await until("both boards have their intervals", async () => {
    const rows = await lab.db.select().from(intervalBoards);
    return rows.every(({ state }) => state === "DONE") && rows;
  });
  expect(boards).toHaveLength(2);

  const rows = await lab.db.select().from(scoringBootstraps);
  expect(rows.map(({ state, failure }) => [state, failure])).toEqual([
    ["DONE", null],
    ["DONE", null],
  ]);
  expect(rows.find(({ scoringId }) => scoringId === held.scoringId)?.attempts).toBe(2);
  const [evaluation] = await lab.db
    .select()
    .from(evaluations)
    .where(eq(evaluations.id, rows[0]?.evaluationId ?? 0));
  const folder = join(lab.store.dir, "evaluations", evaluation?.publicId ?? "");
  const scoring = await lab.scoring(id);
  const sha256 = lab.store.submit(fair);
  const { splits } = await bootstrapFiles({
    evaluation: join(folder, "evaluation.json"),
    truth: join(folder, "truth"),
    submission: join(lab.store.dir, "submissions", sha256.slice(0, 2), sha256),
  });
  const stored = rows.find(({ scoringId }) => scoringId === scoring.id);
  for (const [values, split] of [
    [stored?.publicValues, splits.public],
    [stored?.privateValues, splits.private],
  ] as const)
    expect([...unpackReplicates(values ?? Buffer.alloc(0))]).toEqual(split?.values);
  expect(splits.public?.values).toHaveLength(1000);

  const input = { slug, split: "public" as const, limit: 10 };
  const { data } = await listLeaderboard(lab.db, ana.actor, "external", input);
  expect(data.map(({ submissionId, interval }) => [submissionId === id, interval?.rank])).toEqual([
    [true, [1, 1]],
    [false, [2, 2]],
  ]);
  for (const { score, interval } of data) {
    expect(interval?.score[0]).toBeLessThan(score);
    expect(interval?.score[1]).toBeGreaterThan(score);
  }
});
