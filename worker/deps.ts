import type { Db } from "@/db/client";
import type { AgentClient } from "@/lib/agent-protocol/client";
import type { Logger } from "@/lib/kernel/log";
import type { WorkerMetrics } from "./metrics/registry";

/** What every loop works with. */
export interface WorkerDeps {
  readonly db: Db;
  readonly agent: AgentClient;
  readonly log: Logger;
  readonly metrics: WorkerMetrics;
  readonly installationId: string;
  /** Names this process in claims. */
  readonly owner: string;
  /** Where sessions' published SSH ports are reached from here. */
  readonly probeHost: string;
  /** Does what nobody waits for, beside everything else; the worker's end waits for it. It must not reject. */
  readonly aside: (task: () => Promise<void>) => void;
}
