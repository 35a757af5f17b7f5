import { mkdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { AgentError } from "@/lib/agent-protocol/verbs";
import { runOk } from "./run";

const keyFile = "ssh_host_ed25519_key";

const isMissing = (cause: unknown): boolean =>
  cause instanceof Error && "code" in cause && cause.code === "ENOENT";

/** The first two words: type and key, without a comment. */
const withoutComment = (publicKey: string): string => publicKey.trim().split(/\s+/).slice(0, 2).join(" ");

/** SSH host keys, one per workspace: whoever comes back to a workspace meets the same one, on whichever port. */
export class HostKeys {
  constructor(readonly dir: string) {}

  #folder(workspaceId: string): string {
    return join(this.dir, workspaceId);
  }

  async #readPublic(workspaceId: string): Promise<string | undefined> {
    try {
      return withoutComment(await readFile(join(this.#folder(workspaceId), `${keyFile}.pub`), "utf8"));
    } catch (cause) {
      // Any other failure must not cost the workspace its key.
      if (isMissing(cause)) return undefined;
      throw cause;
    }
  }

  /** The public key, made with its private one on first use in a folder that is renamed into place whole. */
  async ensure(workspaceId: string): Promise<string> {
    const existing = await this.#readPublic(workspaceId);
    if (existing !== undefined) return existing;
    const folder = this.#folder(workspaceId);
    const fresh = `${folder}.tmp`;
    await rm(fresh, { recursive: true, force: true });
    await mkdir(fresh, { recursive: true, mode: 0o700 });
    await runOk(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", join(fresh, keyFile)]);
    await rm(folder, { recursive: true, force: true });
    await rename(fresh, folder);
    return withoutComment(await readFile(join(folder, `${keyFile}.pub`), "utf8"));
  }

  /** @throws AgentError `no_such_workspace` when `ensure` never ran for the workspace. */
  async readPrivate(workspaceId: string): Promise<string> {
    try {
      return await readFile(join(this.#folder(workspaceId), keyFile), "utf8");
    } catch (cause) {
      if (!isMissing(cause)) throw cause;
      throw new AgentError("no_such_workspace", `Workspace ${workspaceId} has no SSH host key yet`, {
        cause,
      });
    }
  }

  async remove(workspaceId: string): Promise<void> {
    await rm(this.#folder(workspaceId), { recursive: true, force: true });
  }
}
