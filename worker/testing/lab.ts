import { setTimeout as pause } from "node:timers/promises";
import { eq } from "drizzle-orm";
import { gpus, nodes, sessionEvents, sessions } from "@/db/schema";
import { createTestDatabase, type TestDatabase } from "@/db/testing";
import type { SessionState } from "@/lib/sessions/model";
import { SimulatedAgent } from "./simulated-agent";
import { WorkerProcess } from "./worker-process";

/** How long a test waits for what must happen. ms */
const patienceMs = 45_000;
const lookEveryMs = 10;

/** Looks until `probe` gives something other than null or false. */
export async function until<Result>(
  what: string,
  probe: () => Promise<Result | null | false>,
): Promise<Result> {
  const end = performance.now() + patienceMs;
  while (performance.now() < end) {
    const result = await probe();
    if (result !== null && result !== false) return result;
    await pause(lookEveryMs);
  }
  throw new Error(`Not within ${patienceMs / 1000} s: ${what}\n${[...openLabs].map(story).join("\n")}`);
}

/** What a test that waited in vain tells of. */
interface OpenLab {
  readonly workers: readonly WorkerProcess[];
  readonly agent?: SimulatedAgent;
}

export const openLabs = new Set<OpenLab>();

/** What was asked of the agent and said by the workers. */
function story({ workers, agent }: OpenLab): string {
  const said = workers.flatMap(({ lines }) => lines.slice(-25));
  return `Agent: ${agent?.calls.slice(-25).join(" ") ?? "none"}\n${said.join("\n")}`;
}

/** A database, a simulated host and as many workers as a test wants. */
export class WorkerLab {
  readonly workers: WorkerProcess[] = [];

  private constructor(
    readonly database: TestDatabase,
    readonly agent: SimulatedAgent,
  ) {}

  get db() {
    return this.database.db;
  }

  /** With one worker running and the host recorded with its GPUs, unless `workers` is 0. */
  static async start(options: { gpus: number; workers?: number }): Promise<WorkerLab> {
    const lab = new WorkerLab(await createTestDatabase(), await SimulatedAgent.start(options.gpus));
    openLabs.add(lab);
    for (let n = 0; n < (options.workers ?? 1); n++) await lab.startWorker();
    if (lab.workers.length > 0) await lab.hostRecorded();
    return lab;
  }

  async startWorker(wakePort?: number): Promise<WorkerProcess> {
    const settings = { databaseUrl: this.database.url, socketPath: this.agent.socketPath, wakePort };
    const worker = await WorkerProcess.start(settings);
    this.workers.push(worker);
    return worker;
  }

  async hostRecorded(): Promise<void> {
    await until("the host is recorded", async () => {
      const rows = await this.db.select({ seen: nodes.lastSeenAt }).from(nodes);
      // They are written after it.
      const present = await this.db.select({ id: gpus.id }).from(gpus).where(eq(gpus.present, true));
      return rows.some(({ seen }) => seen !== null) && present.length === this.agent.host.gpuUuids.length;
    });
  }

  wake(): void {
    for (const worker of this.workers) worker.wake();
  }

  async session(slug: string): Promise<typeof sessions.$inferSelect> {
    const [row] = await this.db.select().from(sessions).where(eq(sessions.slug, slug));
    if (!row) throw new Error(`No session ${slug}`);
    return row;
  }

  async reaches(slug: string, ...states: SessionState[]): Promise<typeof sessions.$inferSelect> {
    return until(`session ${slug} is ${states.join(" or ")}`, async () => {
      const row = await this.session(slug);
      return states.includes(row.state) ? row : null;
    });
  }

  async events(slug: string): Promise<string[]> {
    const { id } = await this.session(slug);
    const rows = await this.db
      .select({ kind: sessionEvents.kind })
      .from(sessionEvents)
      .where(eq(sessionEvents.sessionId, id))
      .orderBy(sessionEvents.id);
    return rows.map(({ kind }) => kind);
  }

  async close(): Promise<void> {
    openLabs.delete(this);
    for (const worker of this.workers) await worker.kill();
    await this.agent.close();
    await this.database.close();
  }
}
