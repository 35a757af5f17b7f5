import { existsSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type Connection, createConnection } from "mysql2/promise";
import { connectDb } from "@/db/client";
import { migrate } from "@/db/migrate";
import { zoneSetting } from "@/lib/kernel/env/zone";
import { errorText } from "@/lib/kernel/errors";
import { assertZone } from "@/lib/schedule/zone";
import type { Step } from "../context";
import { SetupError } from "../errors";
import { run } from "../exec";
import { databaseName, databaseUrlOf, databaseUserOf, ensureSecrets } from "../secrets";

/** A fresh data folder; made beside its place and renamed, so that a cut-off run leaves nothing half made. */
export const databaseFilesStep: Step = {
  name: "Database files",
  async check({ layout }) {
    return existsSync(layout.database) ? "present" : null;
  },
  async run({ layout }) {
    const fresh = `${layout.database}.new`;
    rmSync(fresh, { recursive: true, force: true });
    await run([
      "mariadb-install-db",
      "--no-defaults",
      `--datadir=${fresh}`,
      `--tmpdir=${layout.databaseTemporary}`,
      "--user=medforge-db",
      // root of the host, over the socket, needs no password; nobody else can be root.
      "--auth-root-authentication-method=socket",
      "--auth-root-socket-user=root",
      "--skip-test-db",
    ]);
    renameSync(fresh, layout.database);
    return layout.database;
  },
};

async function grant(
  connection: Connection,
  role: "migrate" | "web" | "worker",
  password: string,
  rights: string,
) {
  const user = databaseUserOf(role);
  await connection.query("CREATE USER IF NOT EXISTS ?@'localhost'", [user]);
  await connection.query("ALTER USER ?@'localhost' IDENTIFIED BY ?", [user, password]);
  await connection.query(`GRANT ${rights} ON \`${databaseName}\`.* TO ?@'localhost'`, [user]);
}

/** Database users: tables are changed by `migrate` alone; web and worker read and write rows. */
export const databaseUsersStep: Step = {
  name: "Database users",
  async check({ config }) {
    return config.databaseUrl === null ? null : "given by DATABASE_URL";
  },
  async run({ layout }) {
    const secrets = ensureSecrets(layout);
    const connection = await createConnection({ socketPath: layout.databaseSocket, user: "root" });
    try {
      await connection.query(`CREATE DATABASE IF NOT EXISTS \`${databaseName}\` CHARACTER SET utf8mb4`);
      await grant(connection, "migrate", secrets.migrateDb, "ALL PRIVILEGES");
      const rows = "SELECT, INSERT, UPDATE, DELETE";
      await grant(connection, "web", secrets.webDb, rows);
      await grant(connection, "worker", secrets.workerDb, rows);
    } finally {
      await connection.end();
    }
    return "web and worker may not change tables";
  },
};

export const migrationsStep: Step = {
  name: "Database tables",
  async check() {
    return null;
  },
  async run({ config, layout, root }, progress) {
    try {
      const fresh = await migrate({
        url: databaseUrlOf(config, layout, "migrate"),
        folder: join(root, "drizzle"),
        onProgress: progress,
      });
      return fresh.length === 0 ? "up to date" : `applied ${fresh.join(", ")}`;
    } catch (error) {
      throw new SetupError(
        `The database could not be brought up to date: ${error instanceof Error ? error.message : error}`,
        "Nothing is lost: each migration can be run again. Put right what it names, then run this again.",
        error,
      );
    }
  },
};

/** Hours are sold in weeks of one zone: with another one nothing is started. */
export const scheduleZoneStep: Step = {
  name: "Zone of the weeks",
  async check() {
    return null;
  },
  async run({ config, layout }) {
    const zone = config.zone ?? zoneSetting.parse(undefined);
    const db = connectDb({ url: databaseUrlOf(config, layout, "migrate"), poolSize: 1 });
    try {
      await assertZone(db, zone);
      return zone;
    } catch (error) {
      throw new SetupError(
        errorText(error),
        "Set MEDFORGE_ZONE back to the first of the two, then run this again.",
        error,
      );
    } finally {
      await db.$client.end();
    }
  },
};
