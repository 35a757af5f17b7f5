import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { AgentError } from "@/lib/agent-protocol/verbs";
import { publicIdPattern, slugPattern } from "@/lib/kernel/id-patterns";

/** No request lives this long: a session that nobody spoke of since may be forgotten. */
const forgetAfterMs = 90 * 24 * 3600 * 1000;

/** One installation's session. Another's requests count for themselves: else a high number of theirs shut this one out. */
const keyOf = (installationId: string, slug: string): string => `${installationId}.${slug}`;

function isKey(name: string): boolean {
  const [installationId = "", slug = "", ...more] = name.split(".");
  return more.length === 0 && publicIdPattern("ins").test(installationId) && slugPattern.test(slug);
}

/**
 * Remembers the highest generation seen per session, across restarts of the agent, and refuses lower ones: a worker that
 * lost its claim can't undo what the new owner did. Callers serialise per slug.
 */
export class Fence {
  readonly #seen = new Map<string, number>();

  constructor(readonly dir: string) {}

  /** Loads what was remembered and forgets sessions that were silent for 90 days. Call once before `admit`. */
  async open(now: Date): Promise<void> {
    await mkdir(this.dir, { recursive: true, mode: 0o700 });
    for (const name of await readdir(this.dir)) {
      const path = join(this.dir, name);
      const { mtimeMs } = await stat(path);
      if (!isKey(name) || now.getTime() - mtimeMs > forgetAfterMs) {
        await rm(path, { force: true });
        continue;
      }
      const generation = Number(await readFile(path, "utf8"));
      if (Number.isSafeInteger(generation)) this.#seen.set(name, generation);
    }
  }

  /** @throws AgentError `stale_generation` when a higher generation was seen for this session. */
  async admit(installationId: string, slug: string, generation: number): Promise<void> {
    const key = keyOf(installationId, slug);
    const seen = this.#seen.get(key) ?? 0;
    if (generation < seen) {
      throw new AgentError(
        "stale_generation",
        `Session ${slug}: request of generation ${generation} came after one of generation ${seen}`,
      );
    }
    if (generation === seen) return;
    const path = join(this.dir, key);
    await writeFile(`${path}.tmp`, String(generation), { mode: 0o600 });
    await rename(`${path}.tmp`, path);
    this.#seen.set(key, generation);
  }
}
