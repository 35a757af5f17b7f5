import type { AgentClient } from "@/lib/agent-protocol/client";
import type { Logger } from "@/lib/kernel/log";
import type { WorkerDeps } from "./deps";
import { renewEveryMs } from "./tunables";

/** What work under a claim has at hand. */
export interface ClaimedDeps extends WorkerDeps {
  /** For what is done once the claim was given back. */
  readonly unclaimed: WorkerDeps;
}

/** A claim as this module needs it. */
export interface Hold {
  /** False when it is lost. */
  renew(): Promise<boolean>;
  lost(): Error;
}

/**
 * Does work under a claim that is renewed meanwhile.
 * @param work given a signal that is aborted with `lost()` once the claim is lost
 */
export async function whileHeld<Result>(
  log: Logger,
  hold: Hold,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const end = new AbortController();
  const renewal = setInterval(() => {
    hold.renew().then(
      (held) => {
        if (!held) end.abort(hold.lost());
      },
      (error: unknown) => log.warn({ err: error }, "Claim not renewed."),
    );
  }, renewEveryMs);
  try {
    return await work(end.signal);
  } finally {
    clearInterval(renewal);
  }
}

/**
 * The same for what the agent does: once the claim is lost, every call to it, also one that is waited for, fails with
 * `lost()`. What the agent was asked goes on, nothing new is asked of it.
 */
export function underClaim(
  deps: WorkerDeps,
  log: Logger,
  hold: Hold,
  work: (deps: ClaimedDeps) => Promise<void>,
): Promise<void> {
  return whileHeld(log, hold, (signal) => {
    const call: AgentClient["call"] = (verb, input) => deps.agent.call(verb, input, signal);
    return work({ ...deps, agent: { call }, unclaimed: deps });
  });
}
