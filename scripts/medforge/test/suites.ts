/** In the order they run: what fails fastest comes first. */
export const suites = ["static", "unit", "integration", "host", "web"] as const;
export type Suite = (typeof suites)[number];

/** How one suite, or one check of its own, ended. */
export interface Outcome {
  name: string;
  passed: number;
  failed: number;
  skipped: number;
}

/** A check that is one yes or no. */
export function single(name: string, ok: boolean): Outcome {
  return { name, passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0 };
}

/** The closing line, which CI reads. */
export function closingLine(outcomes: readonly Outcome[]): string {
  const sum = (key: "passed" | "failed" | "skipped") =>
    outcomes.reduce((total, each) => total + each[key], 0);
  const skipped = sum("skipped");
  return `${sum("passed")} passed, ${sum("failed")} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}
