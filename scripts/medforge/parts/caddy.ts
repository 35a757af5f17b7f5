import { chmodSync, copyFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { urlOf } from "../config";
import type { Context } from "../context";
import { ask } from "../http";
import { publishAuthority, readCertificate, rootCertificate } from "./authority";
import { asUser, type Part, partEnv, privateUmask } from "./part";

const startMs = 60_000;
const stopMs = 10_000;
/** Interfaces that come and go with containers; their addresses are nobody's way in. */
const passing = /^(br-|docker|veth|cni|mfx?-)/;
/** Ports below this need a capability. */
const firstFreePort = 1024;

/** The configured host, localhost and this host's own addresses, each as Caddy names a site. */
function sitesOf(url: string, port: number): string {
  const own = Object.entries(networkInterfaces())
    .filter(([name]) => !passing.test(name))
    .flatMap(([, addresses]) => addresses ?? [])
    .filter(({ address }) => !address.startsWith("fe80:"))
    .map(({ address, family }) => (family === "IPv6" ? `[${address}]` : address));
  const hosts = new Set([new URL(url).hostname, "localhost", "127.0.0.1", "[::1]", ...own]);
  return [...hosts].map((host) => `https://${host}:${port}`).join(", ");
}

/** Null once the console answers through the edge, with a certificate that our own authority vouches for. */
export async function edgeProbe(ca: string, port: number): Promise<string | null> {
  try {
    const target = { host: "127.0.0.1", port, path: "/api/v2/health", ca: await readCertificate(ca) };
    const answer = await ask(target);
    return answer.status === 200 ? null : `https://127.0.0.1:${port} answered ${answer.status}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** The edge: TLS, and the one port that people open. `root` is the release, or in development the checkout. */
export function caddyPart({ layout, config }: Context, root: string): Part {
  const capabilities = config.port < firstFreePort ? ["net_bind_service"] : [];
  const file = join(layout.run, "Caddyfile");
  return {
    name: "caddy",
    argv: asUser({ user: "medforge-caddy", capabilities }, [
      "caddy",
      "run",
      "--adapter=caddyfile",
      `--config=${file}`,
    ]),
    env: partEnv({
      HOME: layout.caddy,
      XDG_DATA_HOME: layout.caddy,
      XDG_CONFIG_HOME: layout.caddy,
      MEDFORGE_EDGE_STORAGE: layout.caddy,
      MEDFORGE_EDGE_SITES: sitesOf(urlOf(config), config.port),
      MEDFORGE_EDGE_FILES: join(root, "edge"),
      MEDFORGE_WEB_PORT: String(config.webPort),
    }),
    cwd: layout.caddy,
    umask: privateUmask,
    async prepare() {
      copyFileSync(join(root, "caddy/Caddyfile"), file);
      chmodSync(file, 0o644);
    },
    ready: () => edgeProbe(rootCertificate(layout), config.port),
    readyTimeoutMs: startMs,
    settle: () => publishAuthority(layout),
    stopTimeoutMs: stopMs,
  };
}
