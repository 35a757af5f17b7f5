import { type LoopOptions, startLoop } from "../loop";
import { createRunner, type Runner } from "../runner";
import { asideDrainMs, parallelBootstraps, parallelChecks, pollMs, scoringDrainMs } from "../tunables";
import { checksRound } from "./checks";
import type { ScoringDeps } from "./desk";
import { bootstrapsRound, intervalsRound } from "./intervals";
import { queueRound, rescoringsRound } from "./queue";
import { scoringsRound } from "./scorings";

/** The loops of competitions. */
export interface Competitions {
  /** There is work. */
  wake(): void;
  /**
   * Claims nothing more. What the scorer is about to finish is waited for; what takes longer is given back, for another
   * worker to take. @returns false when something was left to run out of its lease
   */
  stop(): Promise<boolean>;
}

/** @param jobs submissions that are scored at once */
export function startCompetitions(
  deps: ScoringDeps,
  jobs: number,
  observe: Required<LoopOptions>["observe"],
): Competitions {
  const options = { every: pollMs, log: deps.log, observe };
  const scoringTasks = createRunner(jobs, () => scorings.wake());
  const checkTasks = createRunner(parallelChecks, () => {
    // One that is ready may have made older submissions due.
    for (const loop of [checks, rescorings]) loop.wake();
  });
  const scorings = startLoop("scorings", options, scoringsRound(deps, scoringTasks));
  const checks = startLoop("checks", options, checksRound(deps, checkTasks));
  const rescorings = startLoop(
    "rescorings",
    options,
    rescoringsRound(deps, () => scorings.wake()),
  );
  const queue = startLoop(
    "scoring-queue",
    options,
    queueRound(deps, () => scorings.wake()),
  );

  const bootstrapTasks = createRunner(parallelBootstraps, () => {
    for (const loop of [bootstraps, intervals]) loop.wake();
  });
  const bootstraps = startLoop("bootstraps", options, bootstrapsRound(deps, bootstrapTasks));
  const intervals = startLoop(
    "intervals",
    options,
    intervalsRound(deps, () => bootstraps.wake()),
  );

  async function drain(tasks: readonly Runner[], ms: number): Promise<boolean> {
    const drained = await Promise.all(tasks.map((each) => each.drain(ms)));
    return !drained.includes(false);
  }

  return {
    wake() {
      for (const loop of [scorings, checks]) loop.wake();
    },
    async stop() {
      await Promise.all(
        [scorings, checks, rescorings, queue, bootstraps, intervals].map((loop) => loop.stop()),
      );
      await drain([scoringTasks, checkTasks], scoringDrainMs);
      // What nobody waits for is not waited for either.
      deps.desk.close();
      return drain([scoringTasks, checkTasks, bootstrapTasks], asideDrainMs);
    },
  };
}
