import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { testData } from "../scoring/testing/data";
import { readCompetitionFolder } from "./read";
import { scoreGiven } from "./score";

const data = testData();
const shipped = fileURLToPath(new URL("../../../competitions", import.meta.url));
const checks = z.record(z.string(), z.record(z.string(), z.unknown()));

/** Scores both submissions of a folder and holds each metric against the folder's checks, here and by the reader. */
async function expectChecked(dir: string): Promise<void> {
  const folder = await readCompetitionFolder(dir);
  const wanted = checks.parse(JSON.parse(readFileSync(join(dir, "private/checks.json"), "utf8")));
  const scores = await scoreGiven(folder);
  expect(scores.map(({ submission }) => submission)).toEqual(["sample_submission", "baseline_submission"]);
  for (const { submission, report, differences } of scores) {
    expect(differences).toEqual([]);
    for (const split of ["public", "private"] as const)
      for (const metric of folder.evaluation.metrics)
        expect(report.splits[split]?.[metric], `${submission} ${split} ${metric}`).toBeCloseTo(
          z.number().parse(wanted[`${submission}/${split}`]?.[metric]),
          9,
        );
    expect(report.digests).toMatchObject({
      evaluation: folder.evaluationFile.sha256,
      truth: folder.truthDigest,
    });
  }
}

describe.skipIf(data === null)("competitions of real data come through the folder's reader unchanged", () => {
  it.for([
    ["wdbc-fine-needle", { public: 79, private: 127 }],
    ["pbc-histologic-stage", { public: 64, private: 93 }],
    ["blood-cells", { public: 55, private: 77 }],
    ["hippocampus", { public: 12, private: 20 }],
  ] as const)("%s", async ([slug, counts]) => {
    const dir = join(data ?? "", "competitions", slug);
    const folder = await readCompetitionFolder(dir);
    expect(folder).toMatchObject({ competition: { slug }, counts });
    await expectChecked(dir);
  });
});

describe("what the project ships", () => {
  it("wdbc-fine-needle", async () => {
    const dir = join(shipped, "wdbc-fine-needle");
    const folder = await readCompetitionFolder(dir);
    expect(folder.counts).toEqual({ public: 79, private: 127 });
    expect(folder.data.map(({ name }) => name)).toContain("LICENCE.txt");
    expect(folder.picture?.type).toBe("png");
    await expectChecked(dir);
  });
});
