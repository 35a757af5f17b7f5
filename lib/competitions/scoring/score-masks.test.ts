import { createReadStream } from "node:fs";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { type MaskScoring, type MaskTruth, scoreMasks } from "./score-masks";
import type { Metrics, Split, TaskScores } from "./task";
import { isClose, referenceFolder } from "./testing/mask-reference";
import { type NiftiFile, niftiFile } from "./testing/nifti-file";
import { type ZipEntry, zipFile } from "./testing/zip-file";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mf-masks-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function submission(entries: readonly ZipEntry[]): Promise<string> {
  const path = join(folder, "submission.zip");
  await writeFile(path, zipFile(entries));
  return path;
}

const mask = (values: readonly number[], more: NiftiFile = {}) =>
  niftiFile({ dim: [3, 4, 1, 2], spacing: [1, 2, 3], voxels: Buffer.from(values), ...more });

async function* once(bytes: Buffer): AsyncGenerator<Uint8Array> {
  yield bytes;
}

const truthOf = (id: string, split: Split, file: Buffer): MaskTruth => ({
  id,
  split,
  open: () => once(file),
});

const volumes = {
  a: [1, 1, 0, 0, 2, 2, 0, 0],
  b: [0, 0, 0, 0, 0, 0, 0, 2],
  c: [0, 0, 0, 0, 0, 0, 0, 0],
};

const scoring: Omit<MaskScoring, "submission"> = {
  labels: new Map([
    [2, "second"],
    [1, "first"],
  ]),
  nsdToleranceMm: [1, 2.5],
  metrics: ["mean_hd_mm", "mean_dice", "mean_nsd", "mean_nsd_2.5"],
  truth: [
    truthOf("b", "public", mask(volumes.b)),
    truthOf("a", "private", gzipSync(mask(volumes.a))),
    truthOf("c", "public", mask(volumes.c)),
  ],
};

const perfect: ZipEntry[] = Object.entries(volumes).map(([id, values]) => ({
  name: `${id}.nii.gz`,
  content: gzipSync(mask(values)),
}));

const withA = (content: Buffer, name = "a.nii") => [...perfect.slice(1), { name, content }];
const plain = (metrics: Metrics | null) => metrics && Object.fromEntries(metrics);
const scoreOf = async (entries: readonly ZipEntry[], changed: Partial<MaskScoring> = {}) =>
  scoreMasks({ ...scoring, submission: await submission(entries), ...changed });

test("means are over what is in truth or prediction, by split, in the order asked for", async () => {
  const scores = await scoreOf(withA(mask([1, 0, 0, 0, 0, 2, 2, 0])));
  expect([...(scores.splits.public ?? new Map()).keys()]).toEqual(scoring.metrics);
  // Of the public pairs only b's label 2 is anywhere.
  expect(plain(scores.splits.public)).toMatchObject({ mean_dice: { value: 1 }, mean_hd_mm: { value: 0 } });
  // Label 2: one of two voxels met, the others 1 mm off each; label 1: one of two voxels found.
  expect(plain(scores.splits.private)).toEqual({
    mean_hd_mm: { value: 1 },
    mean_dice: { value: (0.5 + 2 / 3) / 2 },
    mean_nsd: { value: 1 },
    "mean_nsd_2.5": { value: 1 },
  });
  expect(scores.rows).toBe(3);
  expect(scores.cases.map(({ id, split }) => [id, split])).toEqual([
    ["b", "public"],
    ["a", "private"],
    ["c", "public"],
  ]);
  const [ofB] = scores.cases;
  expect(ofB?.values).toMatchObject({ "1": { dice: 1, hd_mm: 0 }, "2": { dice: 1, truth_volume_mm3: 6 } });
});

test("the order of the zip changes nothing", async () => {
  const entries = withA(mask([1, 2, 0, 0, 2, 1, 0, 0]));
  const scores = await scoreOf(entries);
  for (const order of [entries.toReversed(), [...entries.slice(1), ...entries.slice(0, 1)]])
    expect(await scoreOf(order)).toEqual(scores);
});

test("one empty scores 0, and the image's diagonal", async () => {
  const { splits } = await scoreOf(withA(mask(Array(8).fill(0))), {
    metrics: ["mean_dice", "mean_hd95_mm"],
    truth: scoring.truth.map((truth) => ({ ...truth, split: "private" })),
  });
  expect(splits.public).toBeNull();
  // b's label 2 is met; a's both labels are not: 4 x 1 x 2 voxels of 1, 2, 3 mm.
  expect(plain(splits.private)).toEqual({
    mean_dice: { value: 1 / 3 },
    mean_hd95_mm: { value: (2 * Math.sqrt(16 + 4 + 36)) / 3 },
  });
});

test("a mean over no pair is undefined, with a reason", async () => {
  const { splits } = await scoreOf(perfect, {
    labels: new Map([
      [9, "ninth"],
      [1, "first"],
      [2, "second"],
    ]),
    truth: scoring.truth.map((truth) => (truth.id === "c" ? truth : { ...truth, split: "private" })),
  });
  expect(splits.public?.get("mean_dice")).toEqual({ value: null, reason: expect.stringMatching(/empty/) });
});

test("labels may be stored as floats, scaled, and in the other endian", async () => {
  const voxels = Buffer.alloc(32);
  volumes.a.forEach((value, i) => {
    voxels.writeFloatBE(value * 2 + 1, 4 * i);
  });
  const file = mask([], { voxels, little: false, datatype: 16, slope: 0.5, inter: -0.5 });
  const { splits } = await scoreOf(withA(file));
  expect(splits.private?.get("mean_dice")).toEqual({ value: 1 });
});

test("an affine within a thousandth of a millimetre agrees", async () => {
  const srow = [1.0005, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0];
  const { splits } = await scoreOf(withA(mask(volumes.a, { srow })));
  expect(splits.private?.get("mean_dice")).toEqual({ value: 1 });
});

const nan = Buffer.alloc(32);
nan.writeFloatLE(Number.NaN, 8);
const half = Buffer.alloc(32);
half.writeFloatLE(0.5, 8);

const refused: readonly [what: string, file: Buffer, rule: string][] = [
  ["an undeclared label", mask([0, 0, 3, 0, 0, 0, 0, 0]), "undeclared-label"],
  ["NaN", mask([], { voxels: nan, datatype: 16 }), "mask-value"],
  ["a half", mask([], { voxels: half, datatype: 16 }), "mask-value"],
  ["another shape", niftiFile({ dim: [3, 2, 1, 4] }), "shape-mismatch"],
  ["a shape of more voxels", niftiFile({ dim: [3, 512, 512, 512] }), "shape-mismatch"],
  ["another place", mask(volumes.a, { srow: [1, 0, 0, 0.002, 0, 1, 0, 0, 0, 0, 1, 0] }), "affine-mismatch"],
  ["a mirrored axis", mask(volumes.a, { srow: [-1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0] }), "affine-mismatch"],
  ["a file that is no volume", Buffer.alloc(1000), "nifti-magic"],
];

for (const [what, file, rule] of refused)
  test(`refused, naming the case: ${what}`, async () => {
    for (const entries of [withA(file), withA(gzipSync(file), "a.nii.gz")])
      await expect(scoreOf(entries)).rejects.toMatchObject({ name: "Rejection", rule, where: { case: "a" } });
  });

test("of several that are wrong or missing the same is named however the truth's rows lie", async () => {
  const broken = perfect.map(({ name }) => ({ name, content: Buffer.alloc(1000) }));
  for (const truth of [scoring.truth, scoring.truth.toReversed()]) {
    await expect(scoreOf(broken, { truth })).rejects.toMatchObject({ where: { case: "a" } });
    await expect(scoreOf([], { truth })).rejects.toMatchObject({ rule: "missing-id", where: { case: "a" } });
  }
});

test("a bomb within the zip is left early", async () => {
  const bomb = Buffer.concat([mask(volumes.a), Buffer.alloc(64 * 1024 * 1024)]);
  await expect(scoreOf(withA(bomb))).rejects.toMatchObject({ rule: "nifti-trailing-data" });
});

test("a truth that is broken is the admin's", async () => {
  const truth = [truthOf("a", "public", mask([7, 0, 0, 0, 0, 0, 0, 0]))];
  const zip = perfect.slice(0, 1);
  await expect(scoreOf(zip, { truth })).rejects.toMatchObject({ name: "BrokenEvaluation" });
  for (const name of ["dice", "mean_", "mean_nsd_9", "mean_truth_volume_mm3", "mean_constructor"])
    await expect(scoreOf(perfect, { metrics: [name] })).rejects.toMatchObject({ name: "BrokenEvaluation" });
});

const hippocampus = referenceFolder("competitions/hippocampus");
const checksSchema = z.record(z.string(), z.record(z.string(), z.number()));

async function zipOf(volumes: string): Promise<string> {
  const names = (await readdir(volumes)).sort();
  const entries = names.map(async (name) => ({ name, content: await readFile(join(volumes, name)) }));
  return submission(await Promise.all(entries));
}

async function truthFrom(where: string): Promise<MaskTruth[]> {
  const table = await readFile(join(where, "truth.csv"), "utf8");
  return table
    .trim()
    .split(/\r?\n/)
    .slice(1)
    .map((line) => {
      const [id = "", split] = line.split(",");
      const path = join(where, "truth", `${id}.nii.gz`);
      return { id, split: split === "private" ? "private" : "public", open: () => createReadStream(path) };
    });
}

function agree(scores: TaskScores, split: Split, checks: Readonly<Record<string, number>>): void {
  const metrics = plain(scores.splits[split]) ?? {};
  expect(Object.keys(metrics)).toHaveLength(4);
  for (const [name, { value }] of Object.entries(metrics))
    expect(isClose(value, checks[name], 1e-9), `${name}: ${value}`).toBe(true);
}

describe.skipIf(!hippocampus)("hippocampus, as scipy and numpy score it", () => {
  const root = hippocampus ?? "";
  for (const [name, volumes] of [
    ["sample_submission", "public/sample_submission"],
    ["baseline_submission", "private/baseline_submission"],
  ] as const)
    test(name, async () => {
      const checks = checksSchema.parse(
        JSON.parse(await readFile(join(root, "private/checks.json"), "utf8")),
      );
      const scores = await scoreMasks({
        labels: new Map([
          [1, "anterior"],
          [2, "posterior"],
        ]),
        nsdToleranceMm: [1],
        metrics: ["mean_dice", "mean_jaccard", "mean_hd95_mm", "mean_nsd"],
        truth: await truthFrom(join(root, "private")),
        submission: await zipOf(join(root, volumes)),
      });
      expect(scores.rows).toBe(32);
      agree(scores, "public", checks[`${name}/public`] ?? {});
      agree(scores, "private", checks[`${name}/private`] ?? {});
    });
});
