import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { eq, isNotNull } from "drizzle-orm";
import { evaluations, scorings, submissions } from "@/db/schema";
import { createTestDatabase, type TestDatabase } from "@/db/testing";
import { publishCompetition } from "@/lib/competitions/commands/competitions";
import type { CommandContext } from "@/lib/competitions/commands/context";
import { importCompetition } from "@/lib/competitions/commands/import";
import { acceptSubmission } from "@/lib/competitions/commands/submit";
import { readCompetitionFolder } from "@/lib/competitions/folder/read";
import type { ScoringState } from "@/lib/competitions/model";
import { basicChildEnv } from "@/lib/kernel/env";
import { seedUser } from "@/lib/sessions/testing";
import { scorerProbe } from "@/scripts/medforge/parts/scorer";
import { builtPrograms, nobody, Store, usual } from "../scorer/testing/scorer";
import { openLabs, until } from "./lab";
import { WorkerProcess } from "./worker-process";

const jobs = 2;

type Scoring = typeof scorings.$inferSelect;

/** A database, a store, a real scorer in a process of its own, and as many workers as a test wants. */
export class ScoringLab {
  readonly store = new Store();
  readonly workers: WorkerProcess[] = [];
  #scorer: ChildProcess | null = null;

  private constructor(
    readonly database: TestDatabase,
    private readonly programs: string,
    readonly admin: CommandContext,
  ) {}

  /** With a scorer, and no worker yet. @param child what stands in the place of the engine */
  static async start(child = "worker/scorer/child.ts"): Promise<ScoringLab> {
    const [database, programs] = await Promise.all([createTestDatabase(), builtPrograms(child)]);
    const admin = await seedUser(database.db, { role: "admin" });
    const lab = new ScoringLab(database, programs, admin);
    mkdirSync(join(lab.store.dir, "datasets"));
    await lab.startScorer();
    openLabs.add(lab);
    return lab;
  }

  get db() {
    return this.database.db;
  }

  private get socket(): string {
    return join(this.store.dir, "scorer.sock");
  }

  async startWorker(): Promise<WorkerProcess> {
    const worker = await WorkerProcess.start({
      databaseUrl: this.database.url,
      socketPath: "/nowhere/agent.sock",
      scorerSocket: this.socket,
      scorerJobs: jobs,
      scorerMemoryMb: usual.memoryMb,
    });
    this.workers.push(worker);
    return worker;
  }

  async startScorer(): Promise<void> {
    this.#scorer = spawn(process.execPath, [join(this.programs, "scorer.mjs")], {
      env: {
        ...basicChildEnv(),
        NODE_ENV: "test",
        MEDFORGE_SCORER_SOCKET: this.socket,
        MEDFORGE_COMPETITIONS_DIR: this.store.dir,
        MEDFORGE_SCORER_JOB_UID: String(nobody.uid),
        MEDFORGE_SCORER_JOB_GID: String(nobody.gid),
        MEDFORGE_SCORER_JOBS: String(jobs),
      },
      stdio: "ignore",
    });
    await until("the scorer answers", async () => (await scorerProbe(this.socket)) === null);
  }

  /** SIGKILL: gone at once, and its jobs with it. */
  async killScorer(): Promise<void> {
    const scorer = this.#scorer;
    if (scorer === null || scorer.exitCode !== null || scorer.signalCode !== null) return;
    const exited = once(scorer, "exit");
    scorer.kill("SIGKILL");
    await exited;
  }

  wake(): void {
    for (const worker of this.workers) worker.wake();
  }

  /** Brings a folder in, and waits for what the worker says of its evaluation. */
  async bringIn(dir: string): Promise<typeof evaluations.$inferSelect> {
    const folder = await readCompetitionFolder(dir);
    const owners = { web: 0, webGroup: 0, scorerGroup: nobody.gid };
    const { evaluation } = await importCompetition(this.admin, { dir: this.store.dir, owners }, folder);
    this.wake();
    return until(`${evaluation} is checked`, async () => {
      const [row] = await this.db.select().from(evaluations).where(eq(evaluations.publicId, evaluation));
      return row !== undefined && row.state !== "CHECKING" ? row : null;
    });
  }

  /** The same, published. */
  async publish(dir: string): Promise<string> {
    const { state, reason } = await this.bringIn(dir);
    if (state !== "READY") throw new Error(`${dir} is refused: ${reason}`);
    const { competition } = await readCompetitionFolder(dir);
    await publishCompetition(this.admin, competition.slug);
    return competition.slug;
  }

  /** @returns the submission's id */
  async submit(who: CommandContext, slug: string, content: string | Buffer): Promise<string> {
    return this.accept(who, slug, this.store.submit(content));
  }

  /** The same of what lies in the store by this digest, or seems to. */
  async accept(who: CommandContext, slug: string, sha256: string): Promise<string> {
    const uploadId = randomBytes(8).toString("hex");
    const input = { slug, uploadId, filename: "submission", bytes: 100, sha256 };
    const { id } = await acceptSubmission(who, "external", input);
    this.wake();
    return id;
  }

  /** No retry waits any longer. */
  async hurry(): Promise<void> {
    await this.db
      .update(scorings)
      .set({ retryAt: new Date(0) })
      .where(isNotNull(scorings.retryAt));
  }

  /** As if nobody had renewed its claim. */
  async expire(submission: string): Promise<void> {
    const { id } = await this.scoring(submission);
    await this.db
      .update(scorings)
      .set({ claimExpiresAt: new Date(0) })
      .where(eq(scorings.id, id));
  }

  async scoring(submission: string): Promise<Scoring> {
    const [row] = await this.db
      .select({ scoring: scorings })
      .from(scorings)
      .innerJoin(submissions, eq(submissions.id, scorings.submissionId))
      .where(eq(submissions.publicId, submission));
    if (!row) throw new Error(`No scoring of ${submission}`);
    return row.scoring;
  }

  /** The scoring once it is in one of these states. */
  reaches(submission: string, ...states: ScoringState[]): Promise<Scoring> {
    return until(`${submission} is ${states.join(" or ")}`, async () => {
      const row = await this.scoring(submission);
      return states.includes(row.state) ? row : null;
    });
  }

  async close(): Promise<void> {
    openLabs.delete(this);
    for (const worker of this.workers) await worker.kill();
    await this.killScorer();
    this.store.remove();
    rmSync(this.programs, { recursive: true });
    await this.database.close();
  }
}
