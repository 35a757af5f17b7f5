import { createHash } from "node:crypto";
import { basicChildEnv } from "@/lib/kernel/env";
import { systemPath } from "../exec";
import { accountOf, type ServiceUser } from "../users";
import type { Probe } from "../wait";

export const partNames = ["mariadb", "zfs", "docker", "agent", "scorer", "worker", "web", "caddy"] as const;
export type PartName = (typeof partNames)[number];

/** A long-running process that the supervisor starts, watches and stops. */
export interface Part {
  name: PartName;
  argv: readonly string[];
  env: Record<string, string>;
  cwd: string;
  umask: number;
  /** Clears what a killed predecessor left; runs before each start. */
  prepare?(): Promise<void>;
  ready: Probe;
  /** How long a start may take, in ms. */
  readyTimeoutMs: number;
  /** Runs after each start once ready. */
  settle?(): Promise<void>;
  /** How long a stop may take before the process is killed, in ms. */
  stopTimeoutMs: number;
}

/** What our own parts are run from: a Node program and a folder that only root can change. */
export interface Release {
  node: string;
  folder: string;
}

/** Two parts with the same mark run the same program with the same settings. */
export function markOf(part: Part): string {
  return createHash("sha256")
    .update(JSON.stringify([part.argv, part.env, part.cwd]))
    .digest("hex")
    .slice(0, 16);
}

export interface Unprivileged {
  user: ServiceUser;
  /** Groups beside the user's own; none are inherited. */
  groups?: readonly ServiceUser[];
  /** Capabilities to keep, without the `cap_` prefix. */
  capabilities?: readonly string[];
}

/** Wraps a command so that it runs as a service user, with no way back and nothing of root's left. */
export function asUser(
  { user, groups = [], capabilities = [] }: Unprivileged,
  argv: readonly string[],
): string[] {
  const { uid, gid } = accountOf(user);
  const kept = ["-all", ...capabilities.map((name) => `+${name}`)].join(",");
  const extra = groups.map((name) => accountOf(name).gid);
  return [
    "setpriv",
    `--reuid=${uid}`,
    `--regid=${gid}`,
    extra.length === 0 ? "--clear-groups" : `--groups=${extra.join(",")}`,
    "--no-new-privs",
    `--inh-caps=${kept}`,
    `--ambient-caps=${kept}`,
    `--bounding-set=${kept}`,
    "--",
    ...argv,
  ];
}

/** Files of a part are its own and its group's; a root part sets modes itself where others must pass. */
export const privateUmask = 0o027;
export const rootUmask = 0o022;

/** The environment of a part: the basics and what it is given, nothing of the operator's. */
export function partEnv(own: Record<string, string>): Record<string, string> {
  return { ...basicChildEnv(), PATH: systemPath, ...own };
}
