import { copyFile, mkdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { AgentError } from "@/lib/agent-protocol/verbs";
import { isMissing, unlessMissing } from "@/lib/kernel/missing";
import { type HostCa, withoutComment } from "./host-ca";
import { runOk } from "./run";

const keyFile = "ssh_host_ed25519_key";
const publicFile = `${keyFile}.pub`;
/** As ssh-keygen names what it makes of the public file. */
const certificateFile = `${keyFile}-cert.pub`;

/** What sshd proves itself with. */
export interface HostIdentity {
  privateKey: string;
  certificate: string;
}

/**
 * SSH host keys, one per workspace: whoever comes back to a workspace meets the same one, on whichever port. Each is
 * certified by the host's authority.
 */
export class HostKeys {
  constructor(
    readonly dir: string,
    readonly ca: HostCa,
  ) {}

  #folder(workspaceId: string): string {
    return join(this.dir, workspaceId);
  }

  /** The public key, made with its private one and its certificate on first use. */
  async ensure(workspaceId: string): Promise<string> {
    const folder = this.#folder(workspaceId);
    // Any other failure than a missing file must not cost the workspace its key.
    const existing = await unlessMissing(readFile(join(folder, publicFile), "utf8"));
    if (existing === undefined) return withoutComment(await this.#make(workspaceId));
    const certificate = await unlessMissing(readFile(join(folder, certificateFile), "utf8"));
    if (certificate === undefined || !this.ca.hasSigned(certificate)) await this.#certify(workspaceId);
    return withoutComment(existing);
  }

  /** In a folder that is renamed into place whole. */
  async #make(workspaceId: string): Promise<string> {
    const folder = this.#folder(workspaceId);
    const fresh = `${folder}.tmp`;
    await rm(fresh, { recursive: true, force: true });
    await mkdir(fresh, { recursive: true, mode: 0o700 });
    await runOk(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", join(fresh, keyFile)]);
    await this.ca.sign(workspaceId, join(fresh, publicFile));
    await rm(folder, { recursive: true, force: true });
    await rename(fresh, folder);
    return readFile(join(folder, publicFile), "utf8");
  }

  /** A key from before there was an authority, or whose authority was lost. */
  async #certify(workspaceId: string): Promise<void> {
    const folder = this.#folder(workspaceId);
    const fresh = `${folder}.tmp`;
    await rm(fresh, { recursive: true, force: true });
    await mkdir(fresh, { mode: 0o700 });
    await copyFile(join(folder, publicFile), join(fresh, publicFile));
    await this.ca.sign(workspaceId, join(fresh, publicFile));
    await rename(join(fresh, certificateFile), join(folder, certificateFile));
    await rm(fresh, { recursive: true, force: true });
  }

  /** @throws AgentError `no_such_workspace` when `ensure` never ran for the workspace. */
  async read(workspaceId: string): Promise<HostIdentity> {
    const folder = this.#folder(workspaceId);
    try {
      const [privateKey, certificate] = await Promise.all([
        readFile(join(folder, keyFile), "utf8"),
        readFile(join(folder, certificateFile), "utf8"),
      ]);
      return { privateKey, certificate };
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
