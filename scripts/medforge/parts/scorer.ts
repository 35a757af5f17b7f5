import { existsSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import type { Config } from "../config";
import type { Context } from "../context";
import { accountOf } from "../users";
import { type Part, partEnv, privateUmask, type Release } from "./part";

const startMs = 60_000;
/** Jobs at hand are given up and done anew by the next, in ms. */
const stopMs = 10_000;

/** Submissions scored at once. One processor stays for the people at the console. */
export function scorerJobs({ scorerJobs }: Config): number {
  return scorerJobs ?? Math.max(1, availableParallelism() - 1);
}

/** Null once the scorer takes connections. */
export function scorerProbe(socket: string): Promise<string | null> {
  if (!existsSync(socket)) return Promise.resolve("its socket is not there yet");
  return new Promise((resolve) => {
    const connection = connect(socket);
    connection.once("connect", () => resolve(null)).once("error", (error) => resolve(error.message));
    connection.once("connect", () => connection.destroy());
  });
}

/**
 * Makes a fence around each job, which is why it is root's, with the capabilities for namespaces, mounts and another
 * user and no other. It opens no submitted file: that is for the jobs, as medforge-scorer. The group lets it find them.
 */
export function scorerPart({ layout, config }: Context, { node, folder }: Release): Part {
  const job = accountOf("medforge-scorer");
  return {
    name: "scorer",
    argv: [
      ...["unshare", "--net", "--ipc", "--"],
      ...["setpriv", `--groups=${job.gid}`, "--no-new-privs", "--inh-caps=-all", "--ambient-caps=-all"],
      ...["--bounding-set=-all,+sys_admin,+setuid,+setgid,+setpcap", "--"],
      ...[node, "--enable-source-maps", join(folder, "scorer.mjs")],
    ],
    env: partEnv({
      MEDFORGE_SCORER_SOCKET: layout.scorerSocket,
      MEDFORGE_COMPETITIONS_DIR: layout.competitions,
      MEDFORGE_SCORER_JOB_UID: String(job.uid),
      MEDFORGE_SCORER_JOB_GID: String(job.gid),
      MEDFORGE_SCORER_JOBS: String(scorerJobs(config)),
      MEDFORGE_LOG_LEVEL: config.logLevel,
    }),
    cwd: "/",
    umask: privateUmask,
    async prepare() {
      rmSync(layout.scorerSocket, { force: true });
    },
    ready: () => scorerProbe(layout.scorerSocket),
    readyTimeoutMs: startMs,
    stopTimeoutMs: stopMs,
  };
}
