import { chmod, chown, mkdir, open, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Remap } from "../docker";
import type { HostIdentity } from "../host-keys";
import { imageInputs } from "../image/inputs";

/**
 * sshd's configuration inside a session. The post-quantum sntrup761 exchange costs 110–130 ms a login and is left out;
 * mlkem768, where the image's sshd has it, costs about 5 and stays preferred.
 */
export function sshdConfig(slug: string, gpuUuid: string): string {
  const lines = [
    "Port 22",
    "AddressFamily inet",
    "HostKey /etc/medforge/ssh_host_ed25519_key",
    "HostCertificate /etc/medforge/ssh_host_ed25519_key-cert.pub",
    "AuthorizedKeysFile /etc/medforge/authorized_keys",
    "KexAlgorithms -sntrup761*,diffie-hellman-*",
    `AllowUsers ${imageInputs.user.name}`,
    "PermitRootLogin no",
    "PasswordAuthentication no",
    "KbdInteractiveAuthentication no",
    "UsePAM no",
    "UseDNS no",
    "PrintMotd no",
    "PrintLastLog no",
    "PidFile none",
    "LoginGraceTime 30",
    "ClientAliveInterval 60",
    "AllowTcpForwarding yes",
    "AllowAgentForwarding yes",
    "X11Forwarding no",
    "PermitTunnel no",
    "AcceptEnv LANG LC_*",
    "Subsystem sftp internal-sftp",
    // One line: sshd takes only the first SetEnv. Logins don't inherit the container's environment.
    `SetEnv NVIDIA_VISIBLE_DEVICES=${gpuUuid} MEDFORGE_SESSION=${slug}`,
  ];
  return `${lines.join("\n")}\n`;
}

/** Per-session folders of the agent's, each mounted read-only into its container as /etc/medforge. */
export class ConfigFolders {
  constructor(readonly dir: string) {}

  path(slug: string): string {
    return join(this.dir, slug);
  }

  /**
   * A new folder, owned by the session's root, so that sshd's checks of owner and mode hold inside. It has the resolvers
   * already, because the container mounts that file by itself.
   */
  async make(slug: string, resolvers: readonly string[], remap: Remap): Promise<void> {
    await this.remove(slug);
    await mkdir(this.path(slug));
    await chmod(this.path(slug), 0o755);
    await chown(this.path(slug), remap.uid, remap.gid);
    await this.#write(slug, "resolv.conf", lines(resolvers.map((it) => `nameserver ${it}`)), 0o644, remap);
  }

  async remove(slug: string): Promise<void> {
    await rm(this.path(slug), { recursive: true, force: true });
  }

  async writeSshd(slug: string, gpuUuid: string, host: HostIdentity, remap: Remap): Promise<void> {
    await this.#write(slug, "ssh_host_ed25519_key", host.privateKey, 0o600, remap);
    await this.#write(slug, "ssh_host_ed25519_key-cert.pub", host.certificate, 0o644, remap);
    await this.#write(slug, "sshd_config", sshdConfig(slug, gpuUuid), 0o644, remap);
  }

  /** Takes effect at the next login; a login in that instant sees the old file or the new one, never a part. */
  async writeKeys(slug: string, authorizedKeys: readonly string[], remap: Remap): Promise<void> {
    await this.#write(slug, "authorized_keys", lines(authorizedKeys), 0o644, remap);
  }

  /** What logins are told; empty tells nothing. */
  async writeNotice(slug: string, text: string, remap: Remap): Promise<void> {
    await this.#write(slug, "notice", text, 0o644, remap);
  }

  /** The folder is not root's: what lies under the temporary name is removed and never opened or followed. */
  async #write(slug: string, name: string, content: string, mode: number, remap: Remap): Promise<void> {
    const fresh = join(this.path(slug), `.${name}.tmp`);
    await rm(fresh, { force: true });
    const file = await open(fresh, "wx", 0o600);
    try {
      await file.writeFile(content);
      await file.chown(remap.uid, remap.gid);
      await file.chmod(mode);
    } finally {
      await file.close();
    }
    await rename(fresh, join(this.path(slug), name));
  }
}

const lines = (texts: readonly string[]): string => texts.map((text) => `${text}\n`).join("");
