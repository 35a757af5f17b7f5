import { existsSync, realpathSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { type Config, type Flags, mergeConfig, readConfig, readSeed, writeConfig } from "./config";
import type { Context } from "./context";
import { defaultDataDir } from "./cure";
import { setupEnv } from "./env";
import { SetupError } from "./errors";
import { layoutOf } from "./layout";
import { lockHolder } from "./lock";
import { type Reporter, terminalReporter } from "./report";
import { checkEdge } from "./tls/settings";

/** The checkout that this command is part of. */
export const checkout = resolve(import.meta.dirname, "../..");

/** @throws SetupError unless run by root. */
export function requireRoot(): void {
  if (process.getuid?.() === 0) return;
  throw new SetupError(
    "This needs root: it starts a Docker engine, ZFS and processes of several users.",
    "Run it with sudo.",
  );
}

/** Where a path leads, as far as it is there: root works in the folder itself, not by way of a link. */
function realPath(path: string): string {
  return existsSync(path) ? realpathSync(path) : join(realPath(dirname(path)), basename(path));
}

/** `--data`, else MEDFORGE_DATA, else /var/lib/medforge. */
export function dataDirOf(flag: string | undefined): string {
  return realPath(resolve(flag ?? setupEnv().MEDFORGE_DATA ?? defaultDataDir));
}

export function noInstallation(dir: string): SetupError {
  return new SetupError(
    `There is no MedForge installation in ${dir}.`,
    "Make one with `./medforge up`, or name another folder with --data.",
  );
}

/** Context for a command that needs an installation which is there already. @throws SetupError when there is none. */
export function openInstallation(flag: string | undefined, report: Reporter = terminalReporter()): Context {
  requireRoot();
  const layout = layoutOf(dataDirOf(flag));
  const kept = readConfig(layout);
  const holder = kept ? undefined : lockHolder(layout);
  if (holder) {
    throw new SetupError(
      `Set-up of ${layout.dir} has just begun (pid ${holder.pid}); there is nothing to look at yet.`,
      "Wait a moment, then try again.",
    );
  }
  if (!kept) throw noInstallation(layout.dir);
  return { root: checkout, layout, config: kept, env: setupEnv(), report };
}

/**
 * Context for set-up: settings merged from flags, environment and what was kept; not yet written.
 * @throws SetupError when they can't be
 */
export function planInstallation(flag: string | undefined, flags: Flags, report: Reporter): Context {
  requireRoot();
  const layout = layoutOf(dataDirOf(flag));
  const env = setupEnv();
  const config = mergeConfig(readConfig(layout), env, flags, readSeed(layout));
  checkEdge(config);
  return { root: checkout, layout, config, env, report };
}

/** Keeps the settings in force for the next run. */
export function keepConfig(context: Context, config: Config = context.config): void {
  context.config = config;
  writeConfig(context.layout, config);
}
