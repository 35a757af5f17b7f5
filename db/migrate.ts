import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import mysql, { type Connection, type RowDataPacket } from "mysql2/promise";

/** Longest wait for another migrator, in seconds. */
const lockWaitSeconds = 120;
const lockName = "medforge-migrations";
const breakpoint = "--> statement-breakpoint";

export interface MigrateOptions {
  url: string;
  /** Folder with `NNNN_name.sql` files. */
  folder: string;
  onProgress?: (line: string) => void;
  /** Called after each statement; tests stop a migration here. */
  afterStatement?: (file: string, index: number) => void | Promise<void>;
}

async function lock(connection: Connection): Promise<void> {
  const [rows] = await connection.query<RowDataPacket[]>("SELECT GET_LOCK(?, ?) AS got", [
    lockName,
    lockWaitSeconds,
  ]);
  if (rows[0]?.got !== 1) {
    throw new Error(
      `Another migration has held the lock for ${lockWaitSeconds} s. Wait for it, then run this again.`,
    );
  }
}

/** What the migrations and the tests are written for. */
const oldestServer = { major: 10, minor: 11 } as const;

/** @throws Error when the server is no MariaDB of that age or younger */
async function requireServer(connection: Connection): Promise<void> {
  const [rows] = await connection.query<RowDataPacket[]>("SELECT VERSION() AS version");
  const version = String(rows[0]?.version);
  const [, major = 0, minor = 0] = (/^(\d+)\.(\d+)\./.exec(version) ?? []).map(Number);
  const { major: oldest, minor: oldestMinor } = oldestServer;
  if (version.includes("MariaDB") && (major > oldest || (major === oldest && minor >= oldestMinor))) return;
  throw new Error(`The server is ${version}; MedForge needs MariaDB ${oldest}.${oldestMinor} or newer.`);
}

async function applied(connection: Connection): Promise<Map<string, string>> {
  await connection.query(
    "CREATE TABLE IF NOT EXISTS schema_migrations (name varchar(200) PRIMARY KEY, sha256 char(64) NOT NULL, applied_at datetime(3) NOT NULL)",
  );
  const [rows] = await connection.query<RowDataPacket[]>("SELECT name, sha256 FROM schema_migrations");
  return new Map(rows.map((row) => [String(row.name), String(row.sha256)]));
}

/**
 * Applies the migrations that this database lacks, in the order of their names, under a lock. Forward only. A run that
 * was killed between statements is repeated from the file's first statement: each must be re-runnable.
 * @returns names of the files that were applied now
 * @throws Error when an applied file was changed since, or a statement fails (named by file and position)
 */
export async function migrate(options: MigrateOptions): Promise<string[]> {
  const files = (await readdir(options.folder)).filter((name) => /^\d{4}_.+\.sql$/.test(name)).sort();
  const connection = await mysql.createConnection({ uri: options.url, timezone: "Z" });
  try {
    await requireServer(connection);
    await lock(connection);
    const done = await applied(connection);
    const fresh: string[] = [];
    for (const file of files) {
      const text = await readFile(join(options.folder, file), "utf8");
      const sha256 = createHash("sha256").update(text).digest("hex");
      const before = done.get(file);
      if (before === sha256) continue;
      if (before)
        throw new Error(`Migration ${file} was changed after it was applied. Restore it and add a new one.`);
      options.onProgress?.(`Applying ${file}`);
      await applyFile(connection, file, text, options.afterStatement);
      await connection.query(
        "INSERT INTO schema_migrations (name, sha256, applied_at) VALUES (?, ?, UTC_TIMESTAMP(3))",
        [file, sha256],
      );
      fresh.push(file);
    }
    return fresh;
  } finally {
    await connection.end();
  }
}

async function applyFile(
  connection: Connection,
  file: string,
  text: string,
  afterStatement: MigrateOptions["afterStatement"],
): Promise<void> {
  const statements = text.split(breakpoint);
  for (const [index, statement] of statements.entries()) {
    try {
      await connection.query(statement);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new Error(`Migration ${file}, statement ${index + 1} of ${statements.length}: ${reason}`, {
        cause,
      });
    }
    await afterStatement?.(file, index);
  }
}
