import { join } from "node:path";

/** Everything that set-up keeps, by purpose. Only names: `steps/folders.ts` gives owners and modes. */
export function layoutOf(dir: string) {
  const at = (...parts: string[]) => join(dir, ...parts);
  return {
    dir,
    /** Held by the process that sets up or runs the folder, which writes itself into it. */
    lock: at("lock"),
    configFile: at("config.json"),
    /** The installation's name for itself once more: without it the pool and the engine's things are lost. */
    seedFile: at("seed"),
    secretsFile: at("secrets.json"),
    adminPasswordFile: at("admin-password"),
    caFile: at("ca.pem"),
    log: at("log"),
    run: at("run"),
    pids: at("run/pids"),
    controlSocket: at("run/control.sock"),
    scorerSocketDir: at("run/scorer"),
    scorerSocket: at("run/scorer/scorer.sock"),
    agentSocketDir: at("run/agent"),
    agentSocket: at("run/agent/agent.sock"),
    databaseSocketDir: at("run/db"),
    databaseSocket: at("run/db/mariadb.sock"),
    databaseTemporary: at("run/db-tmp"),
    dockerDir: at("run/docker"),
    dockerSocket: at("run/docker/docker.sock"),
    dockerConfig: at("run/docker/daemon.json"),
    dockerData: at("docker"),
    database: at("db"),
    pool: at("zfs"),
    poolFile: at("zfs/pool.img"),
    agentState: at("agent"),
    /** Where the agent mounts workspaces. */
    mounts: at("agent/mounts"),
    standIn: at("stand-in"),
    /** Data sets, evaluations and submitted files: web's to write, the scorer's to read. */
    competitions: at("competitions"),
    caddy: at("caddy"),
    /** Copies of the lab's certificate, or of its ACME authority's root: root's to change, Caddy's to read. */
    tls: at("tls"),
    tlsCert: at("tls/cert.pem"),
    tlsKey: at("tls/key.pem"),
    acmeRoot: at("tls/acme-root.pem"),
    /** Says which certificates Caddy's next start makes anew. */
    renewal: at("run/renew-certificates"),
    releases: at("releases"),
    current: at("current"),
    runtime: at("runtime"),
    cache: at("cache"),
  } as const;
}

export type Layout = ReturnType<typeof layoutOf>;

/**
 * Longest data folder, in characters: socket paths end at 107 bytes, and ours add up to
 * 25 (`/run/docker/docker.sock`) to the folder's own.
 */
export const maxDirLength = 80;
