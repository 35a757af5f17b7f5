import { z } from "zod";
import { readEnv } from "../env";

const absolutePath = z.string().regex(/^\/[^\0]*$/, "must be an absolute path");

/** Never root's. */
const accountNumber = z.coerce.number().int().min(1);

const schema = z.object({
  /** Created by the scorer, in a folder that only the worker can enter. */
  MEDFORGE_SCORER_SOCKET: absolutePath,
  /** The store of submissions and evaluations, which the scorer reads. */
  MEDFORGE_COMPETITIONS_DIR: absolutePath,
  /** Whom a job runs as. */
  MEDFORGE_SCORER_JOB_UID: accountNumber,
  MEDFORGE_SCORER_JOB_GID: accountNumber,
  /** How many jobs run at once. */
  MEDFORGE_SCORER_JOBS: z.coerce.number().int().min(1).max(64),
  MEDFORGE_LOG_LEVEL: z.enum(["debug", "info", "warn", "error"]).default("info"),
});

export type ScorerEnv = z.output<typeof schema>;

/** @throws Error naming each missing or malformed variable. */
export function scorerEnv(): ScorerEnv {
  return readEnv(schema);
}
