import { createHash } from "node:crypto";
import type { ScoreReport } from "../scoring/score";

/**
 * JSON with every object's keys sorted by code unit and nothing between: one text for one value. Written by hand, as
 * objects put keys that look like numbers first.
 */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`);
  return `{${members.join(",")}}`;
}

export interface CanonicalReport {
  readonly text: string;
  /** SHA-256 in hex of the text in UTF-8. */
  readonly digest: string;
}

/** A report as it is stored and compared: the same score, the same text, whatever hands it went through. */
export function canonicalReport(report: ScoreReport): CanonicalReport {
  const text = canonicalJson(report);
  return { text, digest: createHash("sha256").update(text).digest("hex") };
}

/** What a report says it is of, as far as it isn't that: names of the digests that differ. */
export function differingDigests(
  report: Pick<ScoreReport, "digests">,
  wanted: ScoreReport["digests"],
): (keyof ScoreReport["digests"])[] {
  return (["evaluation", "truth", "submission"] as const).filter(
    (name) => report.digests[name] !== wanted[name],
  );
}
