import { chmodSync, copyFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { bridgePrefix } from "@/agent/subnet";
import type { Context } from "../context";
import { ask } from "../http";
import { installCertificates } from "../tls/install";
import { carryOutRenewal } from "../tls/renewal";
import { publishAuthority, readCertificate, rootCertificate } from "./authority";
import { edgeSites } from "./edge-sites";
import { asUser, type Part, partEnv, privateUmask } from "./part";

const startMs = 60_000;
const stopMs = 10_000;
/** Interfaces that come and go with containers; their addresses are nobody's way in. */
const passing = ["br-", "docker", "veth", "cni", ...Object.values(bridgePrefix)];
/** Ports below this need a capability. */
const firstFreePort = 1024;

/** This host's own addresses, as URLs spell them. */
function ownAddresses(): string[] {
  return Object.entries(networkInterfaces())
    .filter(([name]) => !passing.some((prefix) => name.startsWith(prefix)))
    .flatMap(([, addresses]) => addresses ?? [])
    .filter(({ address }) => !address.startsWith("fe80:"))
    .map(({ address, family }) => (family === "IPv6" ? `[${address}]` : address));
}

/** Let's Encrypt. */
const defaultAcmeDirectory = "https://acme-v02.api.letsencrypt.org/directory";
/** The roots that the host's own programs trust. */
const systemRoots = "/etc/ssl/certs/ca-certificates.crt";

/** What the Caddyfile leaves open. */
function edgeSettings({ layout, config }: Context, root: string): Record<string, string> {
  const { names, addresses, internal } = edgeSites(config, ownAddresses());
  return {
    MEDFORGE_EDGE_STORAGE: layout.caddy,
    MEDFORGE_EDGE_DATA: layout.dir,
    MEDFORGE_EDGE_CERTIFICATES: layout.tls,
    MEDFORGE_EDGE_FILES: join(root, "edge"),
    MEDFORGE_EDGE_PAGES: layout.run,
    MEDFORGE_EDGE_PORT: String(config.port),
    MEDFORGE_EDGE_NAMES: names,
    MEDFORGE_EDGE_ADDRESSES: addresses,
    MEDFORGE_EDGE_TLS: config.tls,
    MEDFORGE_EDGE_INTERNAL_WHERE: internal === null ? "everywhere" : "bound",
    MEDFORGE_EDGE_INTERNAL: internal ?? "",
    MEDFORGE_EDGE_INTERNAL_BIND: config.internalBind ?? "",
    MEDFORGE_TLS_EMAIL: config.tlsEmail ?? "",
    MEDFORGE_ACME_CA: config.acmeCa ?? defaultAcmeDirectory,
    MEDFORGE_ACME_ROOT: config.acmeRoot === null ? systemRoots : layout.acmeRoot,
    MEDFORGE_WEB_PORT: String(config.webPort),
  };
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
export function caddyPart(context: Context, root: string): Part {
  const { layout, config } = context;
  // An ACME authority asks on ports 80 and 443, whichever one people open.
  const low = config.port < firstFreePort || config.tls === "acme";
  const capabilities = low ? ["net_bind_service"] : [];
  // Copies, since Caddy may be unable to read a checkout.
  const copyOf = (name: string) => join(layout.run, name);
  return {
    name: "caddy",
    argv: asUser({ user: "medforge-caddy", capabilities }, [
      "caddy",
      "run",
      "--adapter=caddyfile",
      `--config=${copyOf("Caddyfile")}`,
    ]),
    env: partEnv({
      HOME: layout.caddy,
      XDG_DATA_HOME: layout.caddy,
      XDG_CONFIG_HOME: layout.caddy,
      ...edgeSettings(context, root),
    }),
    cwd: layout.caddy,
    umask: privateUmask,
    async prepare() {
      installCertificates(context);
      await carryOutRenewal(layout);
      for (const name of ["Caddyfile", "restarting.html"]) {
        copyFileSync(join(root, "caddy", name), copyOf(name));
        chmodSync(copyOf(name), 0o644);
      }
    },
    ready: () => edgeProbe(rootCertificate(layout), config.port),
    readyTimeoutMs: startMs,
    settle: () => publishAuthority(layout),
    stopTimeoutMs: stopMs,
  };
}
