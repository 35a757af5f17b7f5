import { existsSync, rmSync } from "node:fs";
import { totalmem } from "node:os";
import { createConnection } from "mysql2/promise";
import type { Context } from "../context";
import { asUser, type Part, partEnv, privateUmask } from "./part";

/** Recovery of a large redo log after a crash, in ms. */
const startMs = 120_000;
/** Flushing a buffer pool of this size to a slow disk, in ms. */
const stopMs = 60_000;

const mebibyte = 1024 ** 2;

/**
 * What the server may keep of its tables in memory: a sixteenth of the host's, which is otherwise the sessions'. It takes
 * only what it has read, so that a small lab's stays small.
 * @param hostBytes memory of the host
 * @returns MiB
 */
export function bufferPoolMebibytes(hostBytes: number): number {
  const [least, most] = [256, 8192];
  return Math.min(most, Math.max(least, Math.floor(hostBytes / 16 / mebibyte)));
}

/** The private server: no TCP, only a socket in a folder that web and worker may enter. */
export function mariadbPart({ layout }: Context): Part {
  return {
    name: "mariadb",
    argv: asUser({ user: "medforge-db" }, [
      "mariadbd",
      "--no-defaults",
      `--datadir=${layout.database}`,
      `--tmpdir=${layout.databaseTemporary}`,
      `--socket=${layout.databaseSocket}`,
      `--pid-file=${layout.databaseSocketDir}/mariadbd.pid`,
      "--skip-networking",
      "--skip-name-resolve",
      "--character-set-server=utf8mb4",
      "--default-time-zone=+00:00",
      "--sql-mode=STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION",
      `--innodb-buffer-pool-size=${bufferPoolMebibytes(totalmem())}M`,
      "--max-connections=300",
      "--local-infile=0",
    ]),
    env: partEnv({}),
    cwd: layout.database,
    umask: privateUmask,
    async prepare() {
      rmSync(layout.databaseSocket, { force: true });
    },
    async ready() {
      if (!existsSync(layout.databaseSocket)) return "its socket is not there yet";
      try {
        const connection = await createConnection({ socketPath: layout.databaseSocket, user: "root" });
        await connection.query("SELECT 1");
        await connection.end();
        return null;
      } catch (error) {
        return error instanceof Error ? error.message : String(error);
      }
    },
    readyTimeoutMs: startMs,
    stopTimeoutMs: stopMs,
  };
}
