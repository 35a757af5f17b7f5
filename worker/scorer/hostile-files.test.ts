import { rmSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ScorerAnswer } from "@/lib/competitions/scorer-protocol";
import { scoreFiles } from "@/lib/competitions/scoring/score";
import { niftiFile } from "@/lib/competitions/scoring/testing/nifti-file";
import { evaluationBy } from "@/lib/competitions/scoring/testing/tables";
import { hollowZip64, type ZipEntry, zipFile } from "@/lib/competitions/scoring/testing/zip-file";
import { builtPrograms, type Running, Store, startScorer, usual } from "./testing/scorer";

const table = `evl_${"a".repeat(16)}`;
const volumes = `evl_${"b".repeat(16)}`;
const broken = `evl_${"c".repeat(16)}`;
const ids = Array.from({ length: 40 }, (_, index) => `case-${index}`);
const csv = `id,probability\n${ids.map((id, index) => `${id},${index / 100}\n`).join("")}`;
const mask = niftiFile({ voxels: Buffer.alloc(8, 1) });
const maskEntries: ZipEntry[] = ["a", "b"].map((id) => ({ name: `${id}.nii`, content: mask }));

let programs: string;
let scorer: Running;
const store = new Store();

beforeAll(async () => {
  programs = await builtPrograms("worker/scorer/child.ts");
  scorer = await startScorer(programs, store.dir, 2);
  store.evaluate(table, {
    "evaluation.json": JSON.stringify(
      evaluationBy("binary_probability", ["well", "ill"], ["roc_auc", "brier"]),
    ),
    "truth/truth.csv": `id,label\n${ids.map((id, index) => `${id},${index % 2 ? "ill" : "well"}\n`).join("")}`,
    sample: csv,
  });
  store.evaluate(volumes, {
    "evaluation.json": JSON.stringify(
      evaluationBy("masks", ["lesion"], ["mean_dice"], {
        masks: { labels: { "1": "lesion" }, nsdToleranceMm: [] },
      }),
    ),
    "truth/truth.csv": "id\na\nb\n",
    "truth/truth/a.nii.gz": gzipSync(mask),
    "truth/truth/b.nii.gz": gzipSync(mask),
    sample: zipFile(maskEntries),
  });
  store.evaluate(broken, { "evaluation.json": "{}", sample: "" });
});

afterAll(() => {
  scorer.server.close();
  store.remove();
  rmSync(programs, { recursive: true });
});

function score(evaluation: string, content: string | Buffer): Promise<ScorerAnswer> {
  return scorer.client.run({ job: "score", evaluation, submission: store.submit(content), ...usual });
}

/** The rule that a file is rejected by, or the outcome that it has instead. */
async function ruleOf(evaluation: string, content: string | Buffer): Promise<string> {
  const answer = await score(evaluation, content);
  return answer.outcome === "rejected" ? answer.problem.rule : JSON.stringify(answer);
}

test("the report is the engine's own, to the last digit", async () => {
  const folder = join(store.dir, "evaluations", table);
  const answer = await score(table, csv);
  const report = await scoreFiles({
    evaluation: join(folder, "evaluation.json"),
    truth: join(folder, "truth"),
    submission: join(folder, "sample"),
    explain: true,
  });
  expect(answer).toEqual({ outcome: "scored", report, durationMs: expect.any(Number) });
});

test("a check scores the sample, and says where the fault lies", async () => {
  const check = (evaluation: string) => scorer.client.run({ job: "check", evaluation, ...usual });
  expect(await check(table)).toMatchObject({ outcome: "scored" });
  expect(await check(volumes)).toMatchObject({ outcome: "scored", report: { primary: { public: 1 } } });
  expect(await check(broken)).toMatchObject({
    outcome: "broken",
    detail: expect.stringMatching(/not valid/),
  });
});

test("a submission that is not in the store is nobody's fault who submitted", async () => {
  const submission = "0".repeat(64);
  expect(await scorer.client.run({ job: "score", evaluation: table, submission, ...usual })).toMatchObject({
    outcome: "crashed",
    detail: expect.stringContaining("/store/submissions/00/000"),
  });
});

const gibibytes4 = niftiFile({ dim: [3, 32_767, 32_767, 4], voxels: Buffer.alloc(0) });
const zipOf = (first: Partial<ZipEntry>) =>
  zipFile([{ ...maskEntries[0], ...first } as ZipEntry, ...maskEntries.slice(1)]);
const quote = `id,probability\n"${"x".repeat(5_000_000)}`;

test.each([
  [table, "a million commas", `id,probability\n${",".repeat(1_000_000)}`, "wrong-field-count"],
  [table, "a line without end", "x".repeat(8_000_000), "line-too-long"],
  [table, "a quote without end", quote, "line-too-long"],
  [table, "NUL", "id,probability\ncase-0,\0\n", "nul-character"],
  [table, "a zip", zipFile(maskEntries), "not-utf-8"],
  [volumes, "a table", csv, "archive-unreadable"],
  [volumes, "a table of contents beyond any file", hollowZip64(2n ** 60n), "archive-unreadable"],
  [volumes, "a way out of the folder", zipOf({ name: "../../a.nii" }), "archive-name"],
  [volumes, "an absolute path", zipOf({ name: "/etc/a.nii" }), "archive-name"],
  [volumes, "a case twice", zipFile([...maskEntries, ...maskEntries.slice(1)]), "duplicate-id"],
  [volumes, "what is encrypted", zipOf({ flags: 1 }), "archive-encrypted"],
  [volumes, "a stream of 256 MiB in 256 KiB", zipOf({ content: Buffer.alloc(256 << 20) }), "nifti-magic"],
  [
    volumes,
    "the same behind a mask",
    zipOf({ content: Buffer.concat([mask, Buffer.alloc(64 << 20)]) }),
    "nifti-trailing-data",
  ],
  [
    volumes,
    "a gzip within",
    zipOf({ content: gzipSync(Buffer.concat([mask, Buffer.alloc(64 << 20)])) }),
    "nifti-trailing-data",
  ],
  [volumes, "a header of 4 GiB", zipOf({ content: gibibytes4 }), "nifti-dimensions"],
  [volumes, "a size that is a lie", zipOf({ uncompressedSize: 2 ** 32 - 2 }), "archive-damaged"],
  [volumes, "half a volume", zipOf({ content: mask.subarray(0, 355) }), "nifti-truncated"],
])("%s rejects %s", async (evaluation, _, content, rule) => {
  expect(await ruleOf(evaluation, content)).toBe(rule);
});

test("whatever bytes are changed, the file is scored or rejected", async () => {
  const [table_, zip] = [Buffer.from(csv), zipFile(maskEntries)];
  const edits = fc.array(fc.tuple(fc.nat(zip.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 });
  const files = fc.sample(fc.tuple(fc.boolean(), edits), { seed: 4, numRuns: 12 });
  const answers = files.map(([isTable, changes]) => {
    const bytes = Buffer.from(isTable ? table_ : zip);
    for (const [at, byte] of changes) if (at < bytes.length) bytes.writeUInt8(byte, at);
    return score(isTable ? table : volumes, bytes);
  });
  for (const { outcome } of await Promise.all(answers)) expect(outcome).toMatch(/^(scored|rejected)$/);
});
