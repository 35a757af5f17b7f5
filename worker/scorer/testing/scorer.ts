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
import { createScorer } from "../service";

const root = fileURLToPath(new URL("../../..", import.meta.url));

/** The service's programs in a folder, as a release has them. @param child the source of what a job runs */
export async function builtPrograms(child: string): Promise<string> {
  const dir = mkdtempSync(join(tmpdir(), "medforge-scorer-"));
  await bundle(root, dir, { scorer: "worker/scorer/main.ts", "scorer-child": child });
  return dir;
}

/** A store as web keeps it. */
export class Store {
  readonly dir = mkdtempSync(join(tmpdir(), "medforge-store-"));

  /** @returns what a request names it by */
  submit(content: string | Buffer): string {
    const digest = createHash("sha256").update(content).digest("hex");
    const folder = join(this.dir, "submissions", digest.slice(0, 2));
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, digest), content);
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
    parallel,
    memoryMb: usual.memoryMb,
    log: createLog("scorer", "fatal"),
  });
  await new Promise((resolve) => server.listen(socket, () => resolve(undefined)));
  return { server, socket, client: createScorerClient(socket) };
}

export const usual = { deadlineMs: 20_000, memoryMb: 256 } as const;

/** Asks the hostile engine for a deed. */
export function deed(name: string, bounds: Partial<ScorerRequest> = {}): ScorerRequest {
  const submission = Buffer.from(name).toString("hex").padEnd(64, "0");
  return {
    job: "score",
    evaluation: `evl_${"a".repeat(16)}`,
    submission,
    ...usual,
    ...bounds,
  } as ScorerRequest;
}
