import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { tryRun, which } from "../exec";
import { checkout } from "../open";

const packageFile = z.object({ version: z.string() });
const programs = [
  ["MariaDB", "mariadbd", "--version"],
  ["Docker", "dockerd", "--version"],
  ["Caddy", "caddy", "version"],
] as const;

/** Prints the version of MedForge, its commit, and what it runs on. @returns the exit code. */
export async function versionCommand(): Promise<number> {
  const { version } = packageFile.parse(JSON.parse(readFileSync(join(checkout, "package.json"), "utf8")));
  const commit = await tryRun(["git", "-C", checkout, "rev-parse", "--short", "HEAD"]);
  console.log(`MedForge ${version}${commit.ok ? ` (${commit.stdout.trim()})` : ""}`);
  console.log(`Node     ${process.versions.node}`);
  for (const [name, program, flag] of programs) {
    const path = which(program);
    const answer = path === undefined ? undefined : await tryRun([path, flag]);
    console.log(`${name.padEnd(8)} ${answer?.ok ? answer.stdout.split("\n")[0] : "not installed"}`);
  }
  return 0;
}
