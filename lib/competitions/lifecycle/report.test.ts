import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import type { ScoreReport } from "../scoring/score";
import { canonicalReport } from "./report";

test("keys are sorted by code unit, numbers among them, and what is undefined is left out", () => {
  const digest = "0".repeat(64);
  const report: ScoreReport = {
    ...{ rows: 3, scorer: "1.0.0", digests: { truth: digest, submission: digest, evaluation: digest } },
    ...{ splits: { public: { brier: 1e-7 }, private: null }, primary: { public: -0, private: null } },
    cases: { b: { brier: 1 }, "10": { brier: 2 }, "9": { brier: 3 }, "": { split: "public" }, é: {} },
    undefined: undefined,
  };
  const { text, digest: ofText } = canonicalReport(report);
  expect(text).toBe(
    '{"cases":{"":{"split":"public"},"10":{"brier":2},"9":{"brier":3},"b":{"brier":1},"é":{}},' +
      `"digests":{"evaluation":"${digest}","submission":"${digest}","truth":"${digest}"},` +
      '"primary":{"private":null,"public":0},"rows":3,"scorer":"1.0.0",' +
      '"splits":{"private":null,"public":{"brier":1e-7}}}',
  );
  expect(ofText).toBe(createHash("sha256").update(text).digest("hex"));
  expect(canonicalReport(JSON.parse(text))).toEqual({ text, digest: ofText });
});
