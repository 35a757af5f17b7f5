import { chmodSync, copyFileSync, existsSync, realpathSync, renameSync } from "node:fs";
import { join } from "node:path";
import type { Layout } from "../layout";
import { pathWeakness } from "../steps/folders";

/**
 * The Node program that parts run: this one, unless someone else than root could replace it or the service users
 * can't reach it; then a copy in the data folder.
 */
export function ensureRuntime(layout: Layout): string {
  const here = realpathSync(process.execPath);
  if (pathWeakness(here) === null) return here;
  const copy = join(layout.runtime, `node-${process.version}`);
  if (existsSync(copy)) return copy;
  copyFileSync(here, `${copy}.new`);
  chmodSync(`${copy}.new`, 0o755);
  renameSync(`${copy}.new`, copy);
  return copy;
}
