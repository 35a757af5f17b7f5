import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually } from "./eventually";
import { childEnv, output } from "./run";

const port = 14_000;
const startMs = 20_000;

export interface AcmeServer {
  directory: string;
  /** PEM file of its root. */
  root: string;
  close(): Promise<void>;
}

/**
 * Gives names to this host's loopback for every program of the test's world, whose mounts are its own.
 * @returns what takes them back
 */
export async function nameLoopback(names: readonly string[]): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), "mf-hosts-"));
  const file = join(folder, "hosts");
  writeFileSync(file, `${readFileSync("/etc/hosts", "utf8")}\n127.0.0.1 ${names.join(" ")}\n`, {
    mode: 0o644,
  });
  await output(["mount", "--bind", file, "/etc/hosts"]);
  return async () => {
    await output(["umount", "/etc/hosts"]);
    rmSync(folder, { recursive: true });
  };
}

/** A real ACME authority: a second Caddy, which checks over HTTP that who asks for a name's certificate answers there. */
export async function startAcmeServer(host: string): Promise<AcmeServer> {
  const folder = mkdtempSync(join(tmpdir(), "mf-acme-"));
  const root = join(folder, "pki/authorities/local/root.crt");
  const config = join(folder, "Caddyfile");
  writeFileSync(
    config,
    `{
	admin off
	auto_https disable_redirects
	skip_install_trust
	storage file_system ${folder}
}
https://${host}:${port} {
	tls internal
	acme_server
}
`,
  );
  const child = spawn("caddy", ["run", "--adapter=caddyfile", `--config=${config}`], {
    env: childEnv({ HOME: folder, XDG_DATA_HOME: folder }),
    stdio: "ignore",
  });
  const gone = new Promise((resolve) => child.once("exit", resolve));
  const directory = `https://${host}:${port}/acme/local/directory`;
  await eventually("the ACME server answers", startMs, async () => {
    if (!existsSync(root)) return undefined;
    const asked = ["curl", "--silent", "--fail", "--cacert", root, directory];
    return output(asked).catch(() => undefined);
  });
  return {
    directory,
    root,
    async close() {
      child.kill("SIGKILL");
      await gone;
      rmSync(folder, { recursive: true });
    },
  };
}
