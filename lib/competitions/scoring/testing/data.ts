import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { readEnv } from "@/lib/kernel/env";

const beside = fileURLToPath(new URL("../../../../../shared/data", import.meta.url));

/**
 * The folder with reference cases and real competitions, the licences of some of which keep them out of the repository:
 * `MEDFORGE_TEST_DATA`, or `shared/data` beside the checkout. Null, and says so, where there is none.
 */
export function testData(): string | null {
  const { MEDFORGE_TEST_DATA: named } = readEnv(z.object({ MEDFORGE_TEST_DATA: z.string().optional() }));
  const dir = named ?? beside;
  if (existsSync(dir)) return dir;
  process.stdout.write(`not run: no reference data in ${dir}; MEDFORGE_TEST_DATA names another folder\n`);
  return null;
}
