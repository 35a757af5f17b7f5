import { mkdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { required } from "@/lib/kernel/assert";
import { unlessMissing } from "@/lib/kernel/missing";
import { runOk } from "./run";

const keyFile = "ca_ed25519";

/** The first two words: type and key, without a comment. */
export const withoutComment = (publicKey: string): string =>
  publicKey.trim().split(/\s+/).slice(0, 2).join(" ");

const blobOf = (publicKey: string): Buffer => Buffer.from(publicKey.split(" ")[1] ?? "", "base64");

/**
 * The host's own SSH authority: one line in a person's known_hosts then stands for every workspace there is and will
 * be. Its private key never leaves its folder.
 */
export class HostCa {
  #publicKey: string | undefined;

  constructor(readonly dir: string) {}

  /** Loads the key, made on first use in a folder that is renamed into place whole. Call once before the rest. */
  async open(): Promise<void> {
    const read = () => readFile(join(this.dir, `${keyFile}.pub`), "utf8");
    // Any other failure than a missing file must not make a second authority, which nobody would trust.
    const existing = await unlessMissing(read());
    if (existing === undefined) {
      const fresh = `${this.dir}.tmp`;
      await rm(fresh, { recursive: true, force: true });
      await mkdir(fresh, { mode: 0o700 });
      await runOk([
        ...(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f"] as const),
        join(fresh, keyFile),
      ]);
      await rename(fresh, this.dir);
    }
    this.#publicKey = withoutComment(existing ?? (await read()));
  }

  /** `ssh-ed25519 AAAA…` */
  get publicKey(): string {
    return required(this.#publicKey, "the SSH authority's key, loaded at the agent's start");
  }

  /**
   * Certifies a workspace's host key for the name that ssh knows it by (its HostKeyAlias), beside `publicKeyFile`. It
   * does not expire: the key goes with its workspace.
   * @throws CommandError
   */
  async sign(workspaceId: string, publicKeyFile: string): Promise<void> {
    const name = `mf-${workspaceId}`;
    const ca = join(this.dir, keyFile);
    await runOk(["ssh-keygen", "-q", "-h", "-s", ca, "-I", name, "-n", name, publicKeyFile]);
  }

  /** Whether a certificate of the agent's is by this authority, and not by one that was lost: it holds the whole key. */
  hasSigned(certificate: string): boolean {
    return blobOf(certificate).includes(blobOf(this.publicKey));
  }
}
