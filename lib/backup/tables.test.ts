import { getTableColumns, is } from "drizzle-orm";
import { getTableConfig, MySqlTable } from "drizzle-orm/mysql-core";
import { describe, expect, test } from "vitest";
import * as schema from "@/db/schema";
import { backedUp, leftOut } from "./tables";

const tables = Object.entries(schema).flatMap(([name, value]) =>
  is(value, MySqlTable) ? [[name, value] as const] : [],
);

test("every table is in a backup under its own name, or left out for a reason", () => {
  const named = [...Object.keys(backedUp), ...Object.keys(leftOut)];
  expect(named.sort()).toEqual(tables.map(([name]) => name).sort());
  for (const [name, table] of tables) if (name in backedUp) expect(backedUp[name]?.table).toBe(table);
  for (const [name, reason] of Object.entries(leftOut)) expect(reason, name).toMatch(/^[A-Z].{10,}\.$/);
});

describe.each(Object.entries(backedUp))("%s", (_name, { table, without }) => {
  const columns = getTableColumns(table);

  test("has no column that is a secret", () => {
    const kept = Object.keys(columns).filter((name) => !without.includes(name));
    expect(kept.filter((name) => /password|secret|hash|identity|token/i.test(name))).toEqual([]);
  });

  test("is told apart and put in order by its key, which is in it", () => {
    const { primaryKeys, columns: all } = getTableConfig(table);
    const key = primaryKeys[0]?.columns ?? all.filter(({ primary }) => primary);
    expect(key.length).toBeGreaterThan(0);
    for (const { name } of key) {
      const [property] = Object.entries(columns).find(([, column]) => column.name === name) ?? [];
      expect(without).not.toContain(property);
      // MariaDB orders an enum by its place in the list, and compares it with a text by its letters.
      expect(columns[property ?? ""]?.getSQLType()).not.toMatch(/^enum/);
    }
  });
});

test("rows come after those that they refer to", () => {
  const place = new Map(
    Object.values(backedUp).map(({ table }, index) => [getTableConfig(table).name, index]),
  );
  for (const { table } of Object.values(backedUp)) {
    const { name, foreignKeys } = getTableConfig(table);
    for (const key of foreignKeys) {
      const target = getTableConfig(key.reference().foreignTable).name;
      if (name === "competitions" && target === "evaluations") continue;
      expect(place.get(target), `${name} after ${target}`).toBeLessThanOrEqual(place.get(name) ?? -1);
    }
  }
});
