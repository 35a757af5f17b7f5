import { AgentError } from "@/lib/agent-protocol/verbs";
import { claimDueProbes, type ProbeClaim, recordProbe, retryProbe } from "@/lib/sessions/lifecycle/probes";
import type { WorkerDeps } from "../deps";
import type { Runner } from "../runner";
import { probePatienceMs, probeRetryMs } from "../tunables";

/** Has the agent try what the session can reach, and keeps the result. Never rejects. */
async function probe(deps: WorkerDeps, claim: ProbeClaim): Promise<void> {
  const { slug, userId, generation, cause } = claim;
  const log = deps.log.child({ slug, userId, cause });
  try {
    const { installationId } = deps;
    const { probes } = await deps.agent.call("session.probe", { installationId, slug, generation });
    const leaks = await recordProbe(deps.db, claim, probes);
    if (leaks === null) log.info("Probed, but the session was restarted, ended or is due anew.");
    else if (leaks.length > 0) log.error({ leaks }, "Isolation is broken.");
    else log.debug("Probed: isolation holds.");
  } catch (error) {
    // A host that is silent or a container that has ended is the fleet round's to tell.
    if (error instanceof AgentError) log.warn({ err: error }, "Not probed; tried again.");
    else log.error({ err: error }, "Not probed; tried again.");
    await retryProbe(deps.db, claim, probeRetryMs).catch((cause: unknown) =>
      log.warn({ err: cause }, "Probe not put off; its claim runs out by itself."),
    );
  }
}

/**
 * Claims sessions whose reach is to be tried, and sets it going. While sessions start or stop, a probe waits a while:
 * people wait for those, and it is many small programs at once.
 */
export function probesRound(deps: WorkerDeps, runner: Runner, starts: Runner): () => Promise<void> {
  return async () => {
    const free = runner.free();
    if (free <= 0) return;
    const lateMs = starts.busy() ? probePatienceMs : 0;
    for (const claim of await claimDueProbes(deps.db, free, lateMs)) runner.start(() => probe(deps, claim));
  };
}
