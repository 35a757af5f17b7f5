import { rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { scorerEnv } from "@/lib/kernel/env/scorer";
import { createLog } from "@/lib/kernel/log";
import { createScorer } from "./service";

/** What most jobs ask for, in MiB. */
const usualMemoryMb = 1_024;

const env = scorerEnv();
const log = createLog("scorer", env.MEDFORGE_LOG_LEVEL);
const server = createScorer({
  store: env.MEDFORGE_COMPETITIONS_DIR,
  program: fileURLToPath(new URL("scorer-child.mjs", import.meta.url)),
  user: { uid: env.MEDFORGE_SCORER_JOB_UID, gid: env.MEDFORGE_SCORER_JOB_GID },
  parallel: env.MEDFORGE_SCORER_JOBS,
  memoryMb: usualMemoryMb,
  log,
});
// The socket is its own, and its group's: the folder lets in nobody else.
process.umask(0o007);
rmSync(env.MEDFORGE_SCORER_SOCKET, { force: true });
server.listen(env.MEDFORGE_SCORER_SOCKET, () => log.info({ jobs: env.MEDFORGE_SCORER_JOBS }, "scorer ready"));

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  process.once(signal, () => {
    // Whoever waits for an answer asks again.
    log.info({ signal }, "scorer ends");
    process.exit(0);
  });
}
