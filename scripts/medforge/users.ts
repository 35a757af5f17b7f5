import { readFileSync } from "node:fs";
import { SetupError } from "./errors";

/** Each process that needs no root has its own account. */
export const serviceUsers = [
  "medforge-web",
  "medforge-worker",
  "medforge-scorer",
  "medforge-gateway",
  "medforge-db",
  "medforge-caddy",
  // Internal sessions' SSH forwards, which the agent starts and the firewall knows by this user.
  "medforge-forward",
] as const;

export type ServiceUser = (typeof serviceUsers)[number];

export interface Account {
  uid: number;
  gid: number;
}

/** @returns undefined when there is no such account. */
export function findAccount(user: string): Account | undefined {
  const line = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .find((entry) => entry.startsWith(`${user}:`));
  if (line === undefined) return undefined;
  const [, , uid, gid] = line.split(":");
  return { uid: Number(uid), gid: Number(gid) };
}

/** @throws SetupError when the account is missing. */
export function accountOf(user: ServiceUser): Account {
  const account = findAccount(user);
  if (!account)
    throw new SetupError(`The system user ${user} is missing.`, "Run `./medforge up`: it creates it.");
  return account;
}
