import { is } from "drizzle-orm";
import { getTableConfig, MySqlTable } from "drizzle-orm/mysql-core";
import type { RowDataPacket } from "mysql2/promise";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as schema from "./schema";
import { createTestDatabase, type TestDatabase } from "./testing";

let test: TestDatabase;
beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test.close());

const tables = Object.values(schema).filter((value) => is(value, MySqlTable));
const configs = tables.map((table) => getTableConfig(table));

async function rows(sql: string): Promise<RowDataPacket[]> {
  const [found] = await test.db.$client.query<RowDataPacket[]>(sql);
  return found;
}

/** MariaDB's spelling of a type, from Drizzle's. */
function mariadbType(type: string): string {
  if (type === "json") return "longtext";
  if (type === "boolean") return "tinyint(1)";
  if (type === "int") return "int(11)";
  if (type === "smallint") return "smallint(6)";
  if (type === "bigint") return "bigint(20)";
  if (type === "bigint unsigned") return "bigint(20) unsigned";
  return type.replaceAll(", ", ",");
}

it("migrations make the tables that the code knows, and no others", async () => {
  const found = await rows(
    "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = database()",
  );
  const names = found.map((row) => String(row.name)).filter((name) => name !== "schema_migrations");
  expect(names.sort()).toEqual(configs.map(({ name }) => name).sort());
});

it("every table is InnoDB in utf8mb4", async () => {
  const found = await rows(
    "SELECT table_name AS name, engine, table_collation AS collation FROM information_schema.tables WHERE table_schema = database()",
  );
  for (const row of found.filter(({ name }) => name !== "schema_migrations")) {
    expect(row).toMatchObject({ engine: "InnoDB", collation: "utf8mb4_unicode_ci" });
  }
});

describe.each(configs.map((config) => [config.name, config] as const))("%s", (name, config) => {
  it("has the same columns, types and nullability", async () => {
    const found = await rows(
      `SELECT column_name AS name, column_type AS type, is_nullable AS nullable, generation_expression AS generated
       FROM information_schema.columns WHERE table_schema = database() AND table_name = '${name}'`,
    );
    const migrated = found.map((row) => ({
      name: row.name,
      type: row.type,
      nullable: row.nullable === "YES",
      generated: row.generated !== null,
    }));
    const declared = config.columns.map((column) => ({
      name: column.name,
      type: mariadbType(column.getSQLType()),
      nullable: !column.notNull,
      generated: column.generated !== undefined,
    }));
    const byName = (a: { name: string }, b: { name: string }) => a.name.localeCompare(b.name);
    expect(migrated.sort(byName)).toEqual(declared.sort(byName));
  });

  it("has the same foreign keys, and the same goes with the rows they name", async () => {
    const found = await rows(
      `SELECT referenced_table_name AS target, delete_rule AS deletes
       FROM information_schema.referential_constraints
       WHERE constraint_schema = database() AND table_name = '${name}'`,
    );
    const migrated = found.map(({ target, deletes }) => `${target} ${String(deletes).toLowerCase()}`);
    const declared = config.foreignKeys.map(
      (key) => `${getTableConfig(key.reference().foreignTable).name} ${key.onDelete ?? "restrict"}`,
    );
    expect(migrated.sort()).toEqual(declared.sort());
  });

  it("has the same unique keys and indexes", async () => {
    const found = await rows(
      `SELECT index_name AS name, non_unique AS plain, GROUP_CONCAT(column_name ORDER BY seq_in_index) AS columns
       FROM information_schema.statistics
       WHERE table_schema = database() AND table_name = '${name}' AND index_name <> 'PRIMARY'
         AND index_name NOT LIKE '%\\_fk' AND index_name <> 'sessions_workspace_tenant'
       GROUP BY index_name, non_unique`,
    );
    const migrated = found.map(
      (row) => `${row.plain === 0 ? "unique" : "index"} ${row.name} (${row.columns})`,
    );
    const columnsOf = (columns: readonly object[]) =>
      columns.map((column) => ("name" in column ? String(column.name) : "expression")).join(",");
    const declared = [
      ...config.uniqueConstraints.map((key) => `unique ${key.getName()} (${columnsOf(key.columns)})`),
      ...config.indexes.map((key) => `index ${key.config.name} (${columnsOf(key.config.columns)})`),
    ];
    expect(migrated.sort()).toEqual(declared.sort());
  });
});
