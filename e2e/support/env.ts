import { z } from "zod";
import { readEnv } from "@/lib/kernel/env";

/** A whole installation that runs in the test's own world; `./medforge test` brings it up and sets these. */
const schema = z.object({
  /** Origin of the console, e.g. https://localhost:8443. */
  MEDFORGE_TEST_URL: z.url({ protocol: /^https$/ }),
  /** Origin of the internal surface, e.g. https://internal.localhost:8443. */
  MEDFORGE_TEST_INTERNAL_URL: z.url({ protocol: /^https$/ }),
  /** File with the authority that signed its certificate. */
  MEDFORGE_TEST_CA: z.string().min(1),
  MEDFORGE_TEST_DATA_DIR: z.string().min(1),
  /** File with the first admin's password. */
  MEDFORGE_TEST_ADMIN_PASSWORD: z.string().min(1),
  MEDFORGE_TEST_DOCKER_SOCKET: z.string().min(1),
  MEDFORGE_TEST_ZFS_PARENT: z.string().min(1),
  MEDFORGE_TEST_AGENT_SOCKET: z.string().min(1),
  /** The database server as its root. */
  MEDFORGE_TEST_DATABASE_URL: z.string().min(1),
  /** Where the installation was told to keep what it builds; another run of its command must be told the same. */
  MEDFORGE_CACHE: z.string().optional(),
  /** How much of the faults is wanted: one of each class, or every one at every step. */
  MEDFORGE_TEST_FAULTS: z.enum(["short", "long"]).default("long"),
  /** Where the faults' measurements go. */
  MEDFORGE_TEST_REPORT_DIR: z.string().default("/tmp"),
});

export type TestEnv = z.output<typeof schema>;

let cached: TestEnv | undefined;

/** @throws Error naming each missing variable: these tests need an installation around them. */
export function testEnv(): TestEnv {
  cached ??= readEnv(schema);
  return cached;
}
