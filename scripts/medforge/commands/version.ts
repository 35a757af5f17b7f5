import { existsSync, readFileSync, realpathSync } from "node:fs";
import { basename, join } from "node:path";
import { z } from "zod";
import { tryRun, which } from "../exec";
import { layoutOf } from "../layout";
import { checkout, dataDirOf, noInstallation } from "../open";

const packageFile = z.object({ version: z.string() });
const programs = [
  ["MariaDB", "mariadbd", "--version"],
  ["Docker", "dockerd", "--version"],
  ["Caddy", "caddy", "version"],
] as const;

export interface VersionOptions {
  data?: string;
}

/**
 * The build that an installation runs; null where there is none, which is well unless one was named. Asks for no root.
 * @throws SetupError
 */
function releaseOf(flag: string | undefined): string | null {
  const { dir, configFile, current } = layoutOf(dataDirOf(flag));
  if (!existsSync(configFile)) {
    if (flag !== undefined) throw noInstallation(dir);
    return null;
  }
  const build = existsSync(current) ? basename(realpathSync(current)) : "none, it runs from a checkout";
  return `${build} (in ${dir})`;
}

/** Prints the version of MedForge, its commit, and what it runs on. @returns the exit code. */
export async function versionCommand(options: VersionOptions): Promise<number> {
  const release = releaseOf(options.data);
  const { version } = packageFile.parse(JSON.parse(readFileSync(join(checkout, "package.json"), "utf8")));
  const commit = await tryRun(["git", "-C", checkout, "rev-parse", "--short", "HEAD"]);
  console.log(`MedForge ${version}${commit.ok ? ` (${commit.stdout.trim()})` : ""}`);
  if (release !== null) console.log(`Build    ${release}`);
  console.log(`Node     ${process.versions.node}`);
  for (const [name, program, flag] of programs) {
    const path = which(program);
    const answer = path === undefined ? undefined : await tryRun([path, flag]);
    console.log(`${name.padEnd(8)} ${answer?.ok ? answer.stdout.split("\n")[0] : "not installed"}`);
  }
  return 0;
}
