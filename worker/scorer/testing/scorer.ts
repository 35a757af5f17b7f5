import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ScorerRequest } from "@/lib/competitions/scorer-protocol";
import { createLog } from "@/lib/kernel/log";
import { bundle } from "@/scripts/medforge/release/build";
import { createScorerClient, type ScorerClient } from "../../adapters/scorer";
import type { JobUser } from "../fence";
import { createScorer } from "../service";

const root = fileURLToPath(new URL("../../..", import.meta.url));

/** The service's programs in a folder, as a release has them. @param child the source of what a job runs */
export async function builtPrograms(child: string): Promise<string> {
  const dir = mkdtempSync(join(tmpdir(), "medforge-scorer-"));
  await bundle(root, dir, { scorer: "worker/scorer/main.ts", "scorer-child": child });
  return dir;
}

/** In the scorer's place, and whom files have to be readable for. */
export const nobody: JobUser = { uid: 65_534, gid: 65_534 };

type Asked = Pick<ScorerRequest, "evaluation" | "deadlineMs" | "memoryMb" | "lowPriority">;
const deeds = `evl_${"a".repeat(16)}`;
export const usual = { deadlineMs: 20_000, memoryMb: 256 } as const;

/** A store as web keeps it. */
export class Store {
  readonly dir = mkdtempSync(join(tmpdir(), "medforge-store-"));

  constructor() {
    for (const kind of ["evaluations", "submissions"]) mkdirSync(join(this.dir, kind));
  }

  /** @returns what a request names it by */
  submit(content: string | Buffer): string {
    const digest = createHash("sha256").update(content).digest("hex");
    this.put(digest, content);
    return digest;
  }

  /** @param files by their path in the evaluation's folder */
  evaluate(id: string, files: Readonly<Record<string, string | Buffer>>): void {
    for (const [path, content] of Object.entries(files)) {
      const file = join(this.dir, "evaluations", id, path);
      mkdirSync(join(file, ".."), { recursive: true });
      writeFileSync(file, content);
    }
  }

  /** Asks the hostile engine for a deed, by a submission of that name. */
  deed(name: string, { evaluation = deeds, ...bounds }: Partial<Asked> = {}): ScorerRequest {
    const submission = Buffer.from(name).toString("hex").padEnd(64, "0");
    this.evaluate(evaluation, { "truth/truth.csv": "id,label\n" });
    this.put(submission, name);
    return { job: "score", evaluation, submission, ...usual, ...bounds };
  }

  private put(digest: string, content: string | Buffer): void {
    const folder = join(this.dir, "submissions", digest.slice(0, 2));
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, digest), content);
  }

  remove(): void {
    rmSync(this.dir, { recursive: true });
  }
}

export interface Running {
  readonly server: Server;
  readonly socket: string;
  readonly client: ScorerClient;
}

/** The real service in this process; its children are processes of their own. */
export async function startScorer(programs: string, store: string, parallel: number): Promise<Running> {
  const socket = join(store, "scorer.sock");
  const server = createScorer({
    store,
    program: join(programs, "scorer-child.mjs"),
    user: nobody,
    parallel,
    memoryMb: usual.memoryMb,
    log: createLog("scorer", "fatal"),
  });
  await new Promise((resolve) => server.listen(socket, () => resolve(undefined)));
  return { server, socket, client: createScorerClient(socket) };
}
