import { expect, it } from "vitest";
import type { ScoreReport } from "@/lib/competitions/scoring/score";
import { terminalReporter } from "../report";
import { reportDifferences } from "./verify";

const digest = "0".repeat(64);
const report = (cases: ScoreReport["cases"]): ScoreReport => ({
  ...{ splits: { public: { mean_dice: 0.5 }, private: null }, primary: { public: 0.5, private: null } },
  ...{ rows: 2, scorer: "1.0.0", digests: { evaluation: digest, truth: digest, submission: digest }, cases },
});
const casesOf = (count: number, dice: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, n) => [`c${n}`, { split: "public" as const, dice }]));

it("compares cases by their values, in whatever order their keys are, and counts those that differ", () => {
  const kept = report({ b: { dice: 1, split: "public" }, a: { dice: 0.5, split: "public" } });
  const now = report({ a: { split: "public", dice: 0.5 }, b: { split: "public", dice: 0.75 } });
  expect(reportDifferences(kept, now)).toEqual([
    'Case b: {"dice":1,"split":"public"} then, {"dice":0.75,"split":"public"} now.',
  ]);
  expect(reportDifferences(report(casesOf(5, 1)), report(casesOf(5, 0)))).toHaveLength(5);
  for (const [count, last] of [
    [6, "1 further case differs."],
    [206, "201 further cases differ."],
  ] as const)
    expect(reportDifferences(report(casesOf(count, 1)), report(casesOf(count, 0))).at(-1)).toBe(last);
});

it("marks a step that came to no good end as one", () => {
  const lines: string[] = [];
  const stream = { isTTY: false, write: (text: string) => lines.push(text) };
  const { event } = terminalReporter(stream as unknown as NodeJS.WriteStream);
  event({ kind: "done", step: "Scores", text: "1 of 1 came out otherwise", ms: 1, failed: true });
  event({ kind: "done", step: "Scores", text: "1 came out bit for bit the same", ms: 1 });
  expect(lines.join("")).toMatch(/✗.* Scores: 1 of 1 came out otherwise\n.*✓.* Scores: 1 came out/);
});
