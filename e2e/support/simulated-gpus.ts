import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { writeStandIn } from "@/agent/stand-in/write";
import type { Api } from "./api";
import { testEnv } from "./env";
import { gpus } from "./lab";
import { despiteFaults } from "./trial";
import { kill, succeeded, worker } from "./victims";

const config = z.object({ seed: z.string() });

/** How many GPUs the host has: the stand-in is written anew, and a worker that begins asks the host what it has. */
export async function simulateGpus(count: number, someone: Api): Promise<void> {
  const dir = testEnv().MEDFORGE_TEST_DATA_DIR;
  const { seed } = config.parse(JSON.parse(readFileSync(join(dir, "config.json"), "utf8")));
  await writeStandIn({ dir: join(dir, "stand-in"), installationSeed: seed, count });
  await succeeded(worker, kill(worker));
  await despiteFaults(`the lab has ${count} GPUs`, async () =>
    (await gpus(someone)).filter(({ present }) => present).length === count ? true : undefined,
  );
}
