import { collectDefaultMetrics, Gauge, Registry } from "prom-client";

/** A process's figures for Prometheus: Node's own, and which build it is. No name of a person or a session is a label. */
export function createRegistry(part: "worker" | "agent", version: string): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  new Gauge({
    name: "medforge_build_info",
    help: "Always 1; the labels say what runs.",
    labelNames: ["part", "version"] as const,
    registers: [registry],
  }).set({ part, version }, 1);
  return registry;
}
