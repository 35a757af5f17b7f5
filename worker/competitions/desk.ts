import { setTimeout as pause } from "node:timers/promises";
import type { Db } from "@/db/client";
import { databaseOutage } from "@/db/failures";
import type { ScorerAnswer, ScorerRequest } from "@/lib/competitions/scorer-protocol";
import type { Logger } from "@/lib/kernel/log";
import { ScorerAway, type ScorerClient } from "../adapters/scorer";
import type { WorkerMetrics } from "../metrics/registry";
import { scorerAwayMs, scorerDeadlineMs, settleEveryMs, settleTries } from "../tunables";

/** What the loops of competitions work with. */
export interface ScoringDeps {
  readonly db: Db;
  readonly log: Logger;
  readonly metrics: WorkerMetrics;
  /** Names this process in claims. */
  readonly owner: string;
  readonly desk: ScorerDesk;
}

/** The worker ends: what it was at is given back untried. */
export class Ending extends Error {
  override readonly name = "Ending";
}

type Job =
  | { readonly job: "score"; readonly submission: string }
  | { readonly job: "bootstrap"; readonly submission: string; readonly lowPriority: true }
  | { readonly job: "check" };

/**
 * The worker's side of the scorer: asks with this installation's bounds, and knows for how long there is no use in
 * claiming anything, since the scorer is away.
 */
export class ScorerDesk {
  readonly #ending = new AbortController();
  #awayUntil = 0;

  constructor(
    private readonly scorer: ScorerClient,
    /** All that one job may hold in memory, in MiB. */
    private readonly memoryMb: number,
  ) {}

  /** False while the scorer was just found to be away. */
  get isOpen(): boolean {
    return performance.now() >= this.#awayUntil && !this.#ending.signal.aborted;
  }

  /** Jobs at hand end with `Ending`. */
  close(): void {
    this.#ending.abort(new Ending("The worker ends."));
  }

  /** @throws ScorerAway, ScorerLost; the signal's reason; Ending */
  async run(evaluation: string, job: Job, signal: AbortSignal): Promise<ScorerAnswer> {
    const bounds = { deadlineMs: scorerDeadlineMs, memoryMb: this.memoryMb };
    const request: ScorerRequest = { ...job, evaluation, ...bounds };
    try {
      const either = AbortSignal.any([signal, this.#ending.signal]);
      return await this.scorer.run(request, either);
    } catch (error) {
      if (error instanceof ScorerAway) this.#awayUntil = performance.now() + scorerAwayMs;
      throw error;
    }
  }

  /** Lets `ms` pass with a claim held. @throws the signal's reason; Ending */
  async wait(ms: number, signal: AbortSignal): Promise<void> {
    const either = AbortSignal.any([signal, this.#ending.signal]);
    try {
      await pause(ms, undefined, { signal: either });
    } catch (error) {
      either.throwIfAborted();
      throw error;
    }
  }
}

/**
 * Writes a verdict, again and again while the database is away for a moment: a score that took minutes is not thrown away
 * for that. Claims fence it, so that a write whose answer was lost does no harm.
 */
export async function persist<Result>(write: () => Promise<Result>): Promise<Result> {
  for (let tries = 1; ; tries++) {
    try {
      return await write();
    } catch (error) {
      if (databaseOutage(error) === undefined || tries === settleTries) throw error;
      await pause(settleEveryMs);
    }
  }
}
