import { existsSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import type { Config } from "../config";
import type { Context } from "../context";
import { asUser, type Part, partEnv, privateUmask, type Release } from "./part";

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
 * What opens hostile files: in a network of its own that has not even a loopback, as a user that may read the store of
 * competitions, write nothing and enter no other part's folder.
 */
export function scorerPart({ layout, config }: Context, { node, folder }: Release): Part {
  return {
    name: "scorer",
    argv: [
      ...["unshare", "--net", "--ipc", "--"],
      ...asUser({ user: "medforge-scorer" }, [node, "--enable-source-maps", join(folder, "scorer.mjs")]),
    ],
    env: partEnv({
      MEDFORGE_SCORER_SOCKET: layout.scorerSocket,
      MEDFORGE_COMPETITIONS_DIR: layout.competitions,
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
