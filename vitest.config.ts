import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

const root = fileURLToPath(new URL(".", import.meta.url));
const ignored = ["**/node_modules/**", ".next/**", "e2e/**"];

/** Long enough for the real part on a busy two-core machine, in ms; a test that waits longer is stuck. */
const unitMs = 20_000;
const integrationMs = 60_000;
const hostMs = 180_000;
/** The longest fault is ten minutes of coming and going; recovery itself has deadlines of its own. */
const faultMs = 15 * 60_000;

/** Loading all modules anew for each file takes longer than its tests do; so none may leave anything behind. */
const sharedModules = { isolate: false, restoreMocks: true, unstubEnvs: true, unstubGlobals: true };

/** The worker's files first: each waits for a minute, and one that began last would be waited for alone. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification) => moduleId.startsWith(`${root}worker/`);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

/** What a test needs is in its name: `.int.test.ts` a MariaDB, `.host.test.ts` engine, pool and firewall. */
export default defineConfig({
  root,
  resolve: { alias: { "@": root.replace(/\/$/, "") } },
  test: {
    retry: 0,
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["**/*.test.ts", "**/*.test.tsx"],
          exclude: [...ignored, "**/*.int.test.ts", "**/*.host.test.ts"],
          testTimeout: unitMs,
          ...sharedModules,
        },
      },
      {
        extends: true,
        test: {
          name: "integration",
          include: ["**/*.int.test.ts"],
          exclude: ignored,
          // Each file has a database of its own, and waits for leases and rounds more than it computes.
          maxWorkers: 3,
          ...sharedModules,
          testTimeout: integrationMs,
          hookTimeout: integrationMs,
        },
      },
      {
        extends: true,
        test: {
          name: "host",
          include: ["**/*.host.test.ts", "e2e/host/**/*.test.ts"],
          exclude: ["**/node_modules/**", ".next/**"],
          // One at a time: they share one installation with two GPUs, one firewall, one pool.
          fileParallelism: false,
          testTimeout: hostMs,
          hookTimeout: hostMs,
        },
      },
      {
        extends: true,
        test: {
          name: "security",
          include: ["e2e/security/**/*.test.ts"],
          exclude: ["**/node_modules/**", ".next/**"],
          fileParallelism: false,
          testTimeout: hostMs,
          hookTimeout: hostMs,
        },
      },
      {
        extends: true,
        test: {
          name: "faults",
          include: ["e2e/faults/**/*.test.ts"],
          setupFiles: ["e2e/support/whole-lab.ts"],
          exclude: ["**/node_modules/**", ".next/**"],
          fileParallelism: false,
          testTimeout: faultMs,
          hookTimeout: hostMs,
        },
      },
    ],
  },
});
