import { Gauge, Histogram, type Registry } from "prom-client";
import { createRegistry } from "@/lib/kernel/metrics";
import type { HostGuard } from "../host-guard";
import { agentVersion } from "../version";

/** From a health check (milliseconds) to a stop that waits out its grace period; in seconds. */
const verbBuckets = [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 120];

/** What the agent tells Prometheus of itself, by way of the worker: as root it listens on no network. */
export class AgentMetrics {
  readonly registry: Registry = createRegistry("agent", agentVersion);
  readonly #verbs = new Histogram({
    name: "medforge_agent_verb_seconds",
    help: "How long the agent took to carry out a verb, by how it ended (ok, or the error's code).",
    labelNames: ["verb", "outcome"] as const,
    buckets: verbBuckets,
    registers: [this.registry],
  });

  constructor(guard: Pick<HostGuard, "verdict">) {
    const { registry } = this;
    new Gauge({
      name: "medforge_host_problems",
      help: "What the agent finds wrong with its host; while any is blocking no session starts there.",
      labelNames: ["blocking"] as const,
      registers: [registry],
      collect() {
        this.set({ blocking: "yes" }, guard.verdict.blocking.length);
        this.set({ blocking: "no" }, guard.verdict.other.length);
      },
    });
  }

  observeVerb(verb: string, outcome: string, seconds: number): void {
    this.#verbs.observe({ verb, outcome }, seconds);
  }
}
