import { Gauge, type Registry } from "prom-client";
import type { Db } from "@/db/client";
import { type ScoringFigures, scoringFigures } from "@/lib/competitions/queries/figures";
import type { Logger } from "@/lib/kernel/log";
import { type Figures, installationFigures } from "@/lib/telemetry/figures";
import { type LedgerFigures, ledgerFigures } from "@/lib/wallet/verify/daily";

/** Gauges that are read from the database when Prometheus asks; every worker tells the same. */
export class InstallationGauges {
  readonly #all: Gauge[] = [];
  #refreshing: Promise<void> | undefined;
  readonly #sessions = this.#gauge("medforge_sessions", "Sessions by state.", "state");
  readonly #due = this.#gauge(
    "medforge_due_work_age_seconds",
    "How long the oldest work that is due and taken by nobody has waited.",
    "kind",
  );
  readonly #nodeUp = this.#gauge("medforge_node_up", "1 while the GPU host's agent answers.", "node");
  readonly #nodeSilence = this.#gauge(
    "medforge_node_last_seen_age_seconds",
    "Since when the GPU host's agent was last heard of.",
    "node",
  );
  readonly #poolFree = this.#gauge("medforge_pool_free_bytes", "Free in the pool of the workspaces.", "node");
  readonly #poolSize = this.#gauge("medforge_pool_size_bytes", "Size of the pool of the workspaces.", "node");
  readonly #gpuHeld = this.#gauge("medforge_gpu_held", "1 while a session holds the GPU.", "uuid", "node");
  readonly #gpuLoad = this.#gauge(
    "medforge_gpu_utilization_percent",
    "Share of the last sample period in which a kernel ran.",
    "uuid",
    "node",
  );
  readonly #gpuMemory = this.#gauge("medforge_gpu_memory_used_bytes", "GPU memory in use.", "uuid", "node");
  readonly #gpuMemorySize = this.#gauge("medforge_gpu_memory_bytes", "GPU memory.", "uuid", "node");
  readonly #gpuCelsius = this.#gauge("medforge_gpu_temperature_celsius", "GPU temperature.", "uuid", "node");
  readonly #gpuWatts = this.#gauge("medforge_gpu_power_watts", "Power the GPU draws.", "uuid", "node");
  readonly #scorings = this.#gauge(
    "medforge_scorings",
    "Submissions queued, running and failed for good, and evaluations to be checked.",
    "state",
  );
  readonly #ledgerFindings = this.#gauge(
    "medforge_ledger_findings",
    "What the ledger's last verification found to be wrong.",
  );
  readonly #ledgerAge = this.#gauge(
    "medforge_ledger_verified_age_seconds",
    "How long ago the ledger was last verified.",
  );
  readonly #frozen = this.#gauge(
    "medforge_frozen_accounts",
    "Accounts on which nothing moves until somebody has looked into them.",
  );
  readonly #up: Gauge;

  constructor(
    registry: Registry,
    private readonly deps: { readonly db: Db; readonly log: Logger },
  ) {
    const help = "1 while the database answers; without it the installation's figures are missing.";
    this.#up = new Gauge({ name: "medforge_database_up", help, registers: [registry] });
    for (const gauge of this.#all) registry.registerMetric(gauge);
  }

  #gauge(name: string, help: string, ...labelNames: string[]): Gauge {
    const gauge = new Gauge({ name, help, labelNames, registers: [] });
    this.#all.push(gauge);
    return gauge;
  }

  /** Reads them anew; askers that come meanwhile share one reading. */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#read().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  async #read(): Promise<void> {
    // A GPU that is gone, or all while the database is away: no figure is better than an old one.
    for (const gauge of this.#all) gauge.reset();
    try {
      const { db } = this.deps;
      const [installation, scoring, ledger] = await Promise.all([
        installationFigures(db),
        scoringFigures(db),
        ledgerFigures(db),
      ]);
      this.#set(installation);
      this.#setLedger(ledger);
      this.#setScoring(scoring);
      this.#up.set(1);
    } catch (error) {
      this.deps.log.warn({ err: error }, "The installation's figures could not be read.");
      this.#up.set(0);
    }
  }

  #set({ sessions, dueSeconds, nodes, gpus }: Figures): void {
    for (const [state, n] of Object.entries(sessions)) this.#sessions.set({ state }, n);
    for (const [kind, seconds] of Object.entries(dueSeconds)) this.#due.set({ kind }, seconds);
    for (const node of nodes) {
      const labels = { node: node.name };
      this.#nodeUp.set(labels, node.reachable ? 1 : 0);
      if (node.silentSeconds !== null) this.#nodeSilence.set(labels, node.silentSeconds);
      if (node.poolFreeBytes !== null) this.#poolFree.set(labels, node.poolFreeBytes);
      if (node.poolBytes !== null) this.#poolSize.set(labels, node.poolBytes);
    }
    for (const gpu of gpus) this.#setGpu(gpu);
  }

  #setScoring({ oldestSeconds, ...byState }: ScoringFigures): void {
    this.#due.set({ kind: "scoring" }, oldestSeconds);
    for (const [state, n] of Object.entries(byState)) this.#scorings.set({ state }, n);
  }

  /** Before the first verification it has found nothing that could be told. */
  #setLedger({ last, frozenAccounts }: LedgerFigures): void {
    this.#frozen.set(frozenAccounts);
    // A gauge without labels that was reset says 0, which would be an answer.
    this.#ledgerFindings.set(last?.findings ?? Number.NaN);
    this.#ledgerAge.set(last?.ageSeconds ?? Number.NaN);
  }

  #setGpu({ uuid, node, held, memoryMiB, usage }: Figures["gpus"][number]): void {
    const labels = { uuid, node };
    this.#gpuHeld.set(labels, held ? 1 : 0);
    this.#gpuMemorySize.set(labels, memoryMiB * 2 ** 20);
    if (usage === null) return;
    const { utilizationPercent, memoryUsedMiB, temperatureC, powerW } = usage;
    if (utilizationPercent !== null) this.#gpuLoad.set(labels, utilizationPercent);
    if (memoryUsedMiB !== null) this.#gpuMemory.set(labels, memoryUsedMiB * 2 ** 20);
    if (temperatureC !== null) this.#gpuCelsius.set(labels, temperatureC);
    if (powerW !== null) this.#gpuWatts.set(labels, powerW);
  }
}
