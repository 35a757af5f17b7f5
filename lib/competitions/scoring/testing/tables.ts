import { parseEvaluation } from "../manifest";
import type { TaskScores } from "../task";
import { scoreTable } from "../tasks";

/** Lines of CSV from rows of cells. */
export function csv(header: string, rows: readonly (readonly (string | number)[])[]): string {
  return [header, ...rows.map((row) => row.join(","))].map((line) => `${line}\n`).join("");
}

/** A file in memory that comes in pieces of so many bytes. */
export async function* chunksOf(content: string | Uint8Array, size = 1 << 16): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(content);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

interface InMemory {
  /** `medforge/evaluation@1`; without metric directions to write. */
  readonly evaluation: object;
  /** By name. */
  readonly truth: Readonly<Record<string, string>>;
  readonly submission: string;
}

/** Scores files that exist in memory alone, with all explanations. */
export async function scoreInMemory({ evaluation, truth, submission }: InMemory): Promise<TaskScores> {
  const parsed = parseEvaluation(JSON.stringify(evaluation));
  if (parsed.task === "masks") throw new Error("Masks are no table.");
  return scoreTable(parsed, {
    truth: (name) => chunksOf(truth[name] ?? ""),
    submission: () => chunksOf(submission),
    explain: true,
  });
}

/** An evaluation by all of these metrics, ranked by the first. */
export function evaluationBy(
  task: string,
  classes: readonly string[],
  metrics: readonly string[],
  more: object = {},
): object {
  const [metric = ""] = metrics;
  const direction = /^(log_loss|brier)/.test(metric) ? "min" : "max";
  const primary = { metric, direction };
  return { schema: "medforge/evaluation@1", task, classes, metrics, primary, ...more };
}
