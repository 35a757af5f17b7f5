import type { WorkerDeps } from "../deps";

/** One look at the host: its failure is logged, and doesn't keep the others from being taken. */
export async function step(deps: WorkerDeps, name: string, run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    deps.log.warn({ err: error, step: name }, "A look at the host failed; the next round tries again.");
  }
}
