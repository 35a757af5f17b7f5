/** One row of the security table: something an attacker tries, and what stands in the way. */
export interface Trial<Cast> {
  tried: string;
  /** In the words of whatever refuses it, where it has any. */
  refused: string;
  /** Tries it for real. @throws AssertionError when it is not refused, or not so. */
  run(cast: Cast): Promise<void>;
}

/** Rows of a Markdown table, as docs/runbook.md has them. */
export function markdownRows(trials: readonly Pick<Trial<never>, "tried" | "refused">[]): string {
  const cell = (text: string) => text.replaceAll("|", "\\|");
  return trials.map(({ tried, refused }) => `| ${cell(tried)} | ${cell(refused)} |`).join("\n");
}
