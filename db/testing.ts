import { randomBytes } from "node:crypto";
import { fileURLToPath } from "node:url";
import mysql from "mysql2/promise";
import { z } from "zod";
import { readEnv } from "@/lib/kernel/env";
import { connectDb, type Db } from "./client";
import { migrate } from "./migrate";

export const migrationsFolder = fileURLToPath(new URL("../drizzle", import.meta.url));

const env = z.object({
  /** A MariaDB server on which tests may create databases: `mysql://user:password@host:port` or with `?socketPath=`. */
  MEDFORGE_TEST_DATABASE_URL: z.url(),
});

/** Enough for 200 concurrent callers to meet in the database rather than in the pool. */
const poolSize = 30;

export interface EmptyTestDatabase {
  readonly url: string;
  /** Drops it. */
  close(): Promise<void>;
}

export interface TestDatabase extends EmptyTestDatabase {
  readonly db: Db;
}

/** An empty database of its own on the test server. */
export async function createEmptyTestDatabase(): Promise<EmptyTestDatabase> {
  const server = new URL(readEnv(env).MEDFORGE_TEST_DATABASE_URL);
  const name = `mf_test_${randomBytes(8).toString("hex")}`;
  await onServer(server, `CREATE DATABASE ${name} CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return { url: url.href, close: () => onServer(server, `DROP DATABASE IF EXISTS ${name}`) };
}

/** A migrated database of its own, with a pool on it. `close` ends the pool and drops it. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const empty = await createEmptyTestDatabase();
  await migrate({ url: empty.url, folder: migrationsFolder });
  const db = connectDb({ url: empty.url, poolSize });
  return {
    db,
    url: empty.url,
    close: async () => {
      await db.$client.end();
      await empty.close();
    },
  };
}

async function onServer(server: URL, statement: string): Promise<void> {
  const url = new URL(server);
  url.pathname = "/";
  const connection = await mysql.createConnection({ uri: url.href });
  try {
    await connection.query(statement);
  } finally {
    await connection.end();
  }
}
