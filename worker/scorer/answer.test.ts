import { expect, test } from "vitest";
import {
  maxAnswerBytes,
  maxTextLength,
  type ScorerAnswer,
  scorerAnswer,
} from "@/lib/competitions/scorer-protocol";
import { answerLine } from "./answer";

type Scored = Extract<ScorerAnswer, { outcome: "scored" }>;
type Rejected = Extract<ScorerAnswer, { outcome: "rejected" }>;

const digest = "0".repeat(64);
const report: Scored["report"] = {
  splits: { public: { brier: 0.25 }, private: null },
  primary: { public: 0.25, private: null },
  rows: 1,
  cases: {},
  scorer: "1.0.0",
  digests: { evaluation: digest, truth: digest, submission: digest },
};
/** An answer whose line has so many bytes with the shortest of times. */
function scoredOf(bytes: number, durationMs: number): ScorerAnswer {
  const answer = (id: string): Scored => ({
    ...{ outcome: "scored", durationMs: 1 },
    report: { ...report, cases: { [id]: { brier: 1 } } },
  });
  const id = "x".repeat(bytes - Buffer.byteLength(`${JSON.stringify(answer(""))}\n`));
  return { ...answer(id), durationMs };
}

const read = (line: string) => scorerAnswer.parse(JSON.parse(line));

test("whether the cases fit is up to the report alone, not to how long it took", () => {
  for (const bytes of [maxAnswerBytes - 300, maxAnswerBytes, maxAnswerBytes + 1]) {
    const [quick, slow] = [1, 1234.567891234567].map((ms) => answerLine(scoredOf(bytes, ms)));
    for (const line of [quick, slow])
      expect(Buffer.byteLength(line ?? "")).toBeLessThanOrEqual(maxAnswerBytes);
    expect(read(quick ?? "")).toEqual({ ...read(slow ?? ""), durationMs: 1 });
  }
});

test("texts are cut, and what says more is no answer", () => {
  const long = "x".repeat(100_000);
  const problem = {
    ...{ type: "urn:medforge:problem:submission_rejected", title: "The submission is rejected", status: 422 },
    ...{ detail: long, rule: "unknown-id", column: long, case: long },
  } as Rejected["problem"];
  const rejected: Rejected = { outcome: "rejected", problem, scorer: "1.0.0" };
  const { problem: shown } = read(answerLine(rejected)) as Rejected;
  for (const text of [shown.detail, shown.column, shown.case])
    expect(text).toBe(`${long.slice(0, maxTextLength.submitter - 1)}…`);
  expect(scorerAnswer.safeParse(rejected).success).toBe(false);
  for (const outcome of ["broken", "crashed"])
    expect(scorerAnswer.safeParse({ outcome, detail: long }).success).toBe(false);
  expect(read(answerLine({ outcome: "broken", detail: long }))).toMatchObject({ outcome: "broken" });
});
