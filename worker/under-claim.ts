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
 * Does work under a claim that is renewed meanwhile. Once it is lost, every call to the agent, also one that is waited
 * for, fails with `lost()`: what the agent was asked goes on, nothing new is asked of it.
 */
export async function underClaim(
  deps: WorkerDeps,
  log: Logger,
  hold: Hold,
  work: (deps: ClaimedDeps) => Promise<void>,
): Promise<void> {
  const end = new AbortController();
  const renewal = setInterval(() => {
    hold.renew().then(
      (held) => {
        if (!held) end.abort(hold.lost());
      },
      (error: unknown) => log.warn({ err: error }, "Claim not renewed."),
    );
  }, renewEveryMs);
  const call: AgentClient["call"] = (verb, input) => deps.agent.call(verb, input, end.signal);
  try {
    await work({ ...deps, agent: { call }, unclaimed: deps });
  } finally {
    clearInterval(renewal);
  }
}
