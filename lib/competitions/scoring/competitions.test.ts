import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { bootstrapFiles } from "./bootstrap/files";
import { parseEvaluation } from "./manifest";
import { scoreFiles } from "./score";
import type { Split } from "./task";
import { testData } from "./testing/data";

const data = testData();
const submissions = [
  ["sample_submission", "public/sample_submission.csv"],
  ["baseline_submission", "private/baseline_submission.csv"],
] as const;
const checks = z.record(z.string(), z.record(z.string(), z.unknown()));

describe.skipIf(data === null)(
  "competitions of real data score as scikit-learn and pycocotools' rules say",
  () => {
    it.for(["wdbc-fine-needle", "pbc-histologic-stage", "blood-cells"])("%s", async (slug) => {
      const dir = join(data ?? "", "competitions", slug);
      const wanted = checks.parse(JSON.parse(readFileSync(join(dir, "private/checks.json"), "utf8")));
      const evaluation = join(dir, "evaluation.json");
      const { metrics, primary } = parseEvaluation(readFileSync(evaluation, "utf8"));
      for (const [name, file] of submissions) {
        const files = { evaluation, truth: join(dir, "private"), submission: join(dir, file) };
        const report = await scoreFiles({ ...files, explain: true });
        const resampled = await bootstrapFiles(files);
        for (const split of ["public", "private"] as const satisfies Split[]) {
          const scores: Record<string, unknown> = wanted[`${name}/${split}`] ?? {};
          for (const metric of metrics)
            expect(report.splits[split]?.[metric], `${name} ${split} ${metric}`).toBeCloseTo(
              z.number().parse(scores[metric]),
              9,
            );
          const perClass =
            z.record(z.string(), z.number()).optional().parse(scores.coco_ap50_per_class) ?? {};
          for (const [label, ap50] of Object.entries(perClass))
            expect(report.explanation?.[split]?.perClass[label]?.coco_ap50).toBeCloseTo(ap50, 9);
          expect(report.primary[split]).toBe(report.splits[split]?.[primary.metric]);
          expect(resampled.splits[split]?.score).toBe(report.primary[split]);
          expect(resampled.splits[split]?.values.filter((value) => value !== null)).not.toHaveLength(0);
        }
      }
    });
  },
);
