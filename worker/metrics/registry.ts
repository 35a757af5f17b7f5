import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import type { Db } from "@/db/client";
import type { AgentClient } from "@/lib/agent-protocol/client";
import { AgentError } from "@/lib/agent-protocol/verbs";
import type { Logger } from "@/lib/kernel/log";
import { createRegistry } from "@/lib/kernel/metrics";
import packageJson from "@/package.json" with { type: "json" };
import type { ObserveLoop } from "../loop";
import { InstallationGauges } from "./installation";

/** A launch takes about a second; a slow one is what an operator must see. In seconds. */
const launchBuckets = [0.5, 0.75, 1, 1.25, 1.5, 2, 3, 5, 10, 30, 60, 300];
const loopBuckets = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
/** From a datagram's wake-up (milliseconds) over the poll (a second) to work that nobody takes. In seconds. */
const lagBuckets = [0.01, 0.05, 0.1, 0.5, 1, 1.5, 2, 5, 10, 30, 60];
const callBuckets = [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 120];

/** From a small table to many volumes; the longest may take five minutes. In seconds. */
const scoringBuckets = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600];

const secondsSince = (then: Date): number => Math.max(0, (Date.now() - then.getTime()) / 1_000);

/** What the worker tells Prometheus of itself and of the installation. */
export class WorkerMetrics {
  readonly #registry: Registry = createRegistry("worker", packageJson.version);
  readonly #gauges: InstallationGauges;
  readonly #launch = new Histogram({
    name: "medforge_session_launch_seconds",
    help: "From the request to a session that answers ssh, of first starts.",
    buckets: launchBuckets,
    registers: [this.#registry],
  });
  readonly #startFailures = new Counter({
    name: "medforge_session_start_failures_total",
    help: "Starts that were given up, by why.",
    labelNames: ["reason"] as const,
    registers: [this.#registry],
  });
  readonly #loop = new Histogram({
    name: "medforge_loop_seconds",
    help: "How long a round of each of the worker's loops took.",
    labelNames: ["loop", "outcome"] as const,
    buckets: loopBuckets,
    registers: [this.#registry],
  });
  readonly #loopAt = new Gauge({
    name: "medforge_loop_last_end_timestamp_seconds",
    help: "When each loop last ended a round.",
    labelNames: ["loop"] as const,
    registers: [this.#registry],
  });
  readonly #claimLag = new Histogram({
    name: "medforge_session_claim_lag_seconds",
    help: "How long a session's due step waited until a worker took it.",
    buckets: lagBuckets,
    registers: [this.#registry],
  });
  readonly #calls = new Histogram({
    name: "medforge_agent_call_seconds",
    help: "How long the agent took to answer this worker, by verb and outcome (ok, or the error's code).",
    labelNames: ["verb", "outcome"] as const,
    buckets: callBuckets,
    registers: [this.#registry],
  });
  readonly #scoring = new Histogram({
    name: "medforge_scoring_seconds",
    help: "From this worker's claim of a submission to its verdict, by outcome: scored, rejected, failed or retried.",
    labelNames: ["outcome"] as const,
    buckets: scoringBuckets,
    registers: [this.#registry],
  });
  readonly #scoringNow = new Gauge({
    name: "medforge_scorings_running",
    help: "Submissions that this worker has at the scorer.",
    registers: [this.#registry],
  });

  constructor(db: Db, log: Logger) {
    this.#gauges = new InstallationGauges(this.#registry, { db, log });
  }

  /** Everything, in Prometheus' text format. */
  async render(): Promise<{ contentType: string; text: string }> {
    await this.#gauges.refresh();
    return { contentType: this.#registry.contentType, text: await this.#registry.metrics() };
  }

  readonly observeLoop: ObserveLoop = (loop, seconds, ok) => {
    this.#loop.observe({ loop, outcome: ok ? "ok" : "failed" }, seconds);
    this.#loopAt.set({ loop }, Date.now() / 1_000);
  };

  observeLaunch(requestedAt: Date): void {
    this.#launch.observe(secondsSince(requestedAt));
  }

  observeClaim(dueAt: Date): void {
    this.#claimLag.observe(secondsSince(dueAt));
  }

  countStartFailure(reason: string): void {
    this.#startFailures.inc({ reason });
  }

  /** @returns what is to be called at its end */
  scoringBegins(): () => void {
    this.#scoringNow.inc();
    return () => this.#scoringNow.dec();
  }

  observeScoring(outcome: string, seconds: number): void {
    this.#scoring.observe({ outcome }, seconds);
  }

  observeCall(verb: string, outcome: string, seconds: number): void {
    this.#calls.observe({ verb, outcome }, seconds);
  }
}

/** A client whose calls are timed and counted. */
export function observedAgent(client: AgentClient, metrics: WorkerMetrics): AgentClient {
  return {
    async call(verb, input, signal) {
      const startedAt = performance.now();
      let outcome = "failed";
      try {
        const result = await client.call(verb, input, signal);
        outcome = "ok";
        return result;
      } catch (error) {
        if (error instanceof AgentError) outcome = error.code;
        throw error;
      } finally {
        metrics.observeCall(verb, outcome, (performance.now() - startedAt) / 1_000);
      }
    },
  };
}
