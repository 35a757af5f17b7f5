import type { Config } from "./config";
import type { SetupEnv } from "./env";
import type { Layout } from "./layout";
import type { Reporter } from "./report";

/** What every step and part works from. */
export interface Context {
  /** The checkout. */
  root: string;
  layout: Layout;
  config: Config;
  env: SetupEnv;
  report: Reporter;
}

export type Progress = (text: string) => void;

/** A short text that says what is there now; or of a step that came to its end, and to no good one, why not. */
export type Outcome = string | { readonly failed: string };

/** One idempotent piece of set-up: interrupted anywhere, running it again finishes it. */
export interface Step<Given = Context> {
  name: string;
  /** A short text when there is nothing to do, else null. */
  check(context: Given): Promise<string | null>;
  /** @throws SetupError when the operator must act. */
  run(context: Given, progress: Progress): Promise<Outcome>;
}

/** Runs one step unless its check says that it is done. */
export async function runStep<Given extends { report: Reporter }>(
  context: Given,
  step: Step<Given>,
): Promise<void> {
  const started = performance.now();
  context.report.event({ kind: "begin", step: step.name });
  const outcome =
    (await step.check(context)) ??
    (await step.run(context, (progress) =>
      context.report.event({ kind: "progress", step: step.name, text: progress }),
    ));
  const told = typeof outcome === "string" ? { text: outcome } : { text: outcome.failed, failed: true };
  context.report.event({ kind: "done", step: step.name, ...told, ms: performance.now() - started });
}
