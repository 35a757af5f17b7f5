import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { z } from "zod";
import { type Config, writePrivateFile } from "./config";
import { SetupError } from "./errors";
import { parseJson } from "./json";
import type { Layout } from "./layout";

const schema = z.object({ migrateDb: z.string(), webDb: z.string(), workerDb: z.string() });
export type Secrets = z.output<typeof schema>;

/** 192 random bits in characters that need no escaping in a URL or in SQL. */
export const newSecret = () => randomBytes(24).toString("base64url");

/** The database passwords, made at the first run and kept where only root reads. */
export function ensureSecrets(layout: Layout): Secrets {
  if (existsSync(layout.secretsFile)) {
    const kept = schema.safeParse(parseJson(readFileSync(layout.secretsFile, "utf8")));
    if (kept.success) return kept.data;
    throw new SetupError(
      `${layout.secretsFile} is damaged.`,
      "Stop with `./medforge down`, move the file away, then `./medforge up`: it gives the database new passwords.",
      kept.error,
    );
  }
  const secrets = { migrateDb: newSecret(), webDb: newSecret(), workerDb: newSecret() };
  writePrivateFile(layout.secretsFile, `${JSON.stringify(secrets, null, 2)}\n`);
  return secrets;
}

export type DatabaseRole = "migrate" | "web" | "worker";

export const databaseName = "medforge";
export const databaseUserOf = (role: DatabaseRole) => `medforge_${role}`;

/** Each role has its own database user; only `migrate` may change tables. A given database has one URL for all. */
export function databaseUrlOf(config: Config, layout: Layout, role: DatabaseRole): string {
  if (config.databaseUrl !== null) return config.databaseUrl;
  const secrets = ensureSecrets(layout);
  const password = { migrate: secrets.migrateDb, web: secrets.webDb, worker: secrets.workerDb }[role];
  const socket = encodeURIComponent(layout.databaseSocket);
  return `mysql://${databaseUserOf(role)}:${password}@localhost/${databaseName}?socketPath=${socket}`;
}
