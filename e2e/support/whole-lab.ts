import { afterAll, beforeAll } from "vitest";
import { closeDatabase, rows } from "./database";
import { testEnv } from "./env";
import { eventually } from "./eventually";
import { type Part, pidOf } from "./host";
import { exchange } from "./http";
import { stepMs } from "./lab";

/**
 * Around each file of faults: what one leaves broken fails that file by name, and the next one says that it began on
 * broken ground instead of blaming its own fault.
 */
beforeAll(() => expectWhole("before any fault of this file"), stepMs * 2);
afterAll(() => expectWhole("after this file's faults"), stepMs * 2);

const parts: readonly Part[] = ["mariadb", "docker", "agent", "scorer", "worker", "web", "caddy"];

/** What is broken, each in a sentence. */
async function broken(): Promise<string[]> {
  const dead = parts.filter((part) => pidOf(part) === undefined).map((part) => `${part} does not run`);
  if (dead.length > 0) return dead;
  try {
    const [node] = await rows("SELECT unreachable_since FROM nodes");
    const { status } = await exchange({ method: "GET", origin: testEnv().MEDFORGE_TEST_URL, path: "/login" });
    return [
      ...(node?.unreachable_since === null ? [] : ["the host counts as unreachable"]),
      ...(status === 200 ? [] : [`the console answers ${status}`]),
    ];
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
}

async function expectWhole(when: string): Promise<void> {
  let last: string[] = [];
  try {
    await eventually(
      `the installation is whole ${when}`,
      stepMs,
      async () => {
        last = await broken();
        return last.length === 0 || undefined;
      },
      () => last,
    );
  } finally {
    await closeDatabase();
  }
}
