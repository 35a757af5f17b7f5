import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import mysql, { type RowDataPacket } from "mysql2/promise";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { migrate } from "./migrate";
import { createEmptyTestDatabase, migrationsFolder } from "./testing";

/** Some hundred migrations, one after the other, and more with each release; in ms. */
const killedMs = 180_000;

const toClose: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of toClose.splice(0)) await close();
});

async function emptyDatabase(): Promise<string> {
  const { url, close } = await createEmptyTestDatabase();
  toClose.push(close);
  return url;
}

async function query(url: string, sql: string): Promise<RowDataPacket[]> {
  const connection = await mysql.createConnection({ uri: url });
  try {
    const [rows] = await connection.query<RowDataPacket[]>(sql);
    return rows;
  } finally {
    await connection.end();
  }
}

/** Everything information_schema knows of the database's shape, and the rows that migrations put in. */
async function fingerprint(url: string): Promise<unknown> {
  const own = "table_schema = database()";
  const columns = await query(
    url,
    `SELECT table_name, ordinal_position, column_name, column_type, is_nullable, column_default, extra,
       collation_name, generation_expression
     FROM information_schema.columns WHERE ${own} ORDER BY 1, 2`,
  );
  const indexes = await query(
    url,
    `SELECT table_name, index_name, seq_in_index, column_name, non_unique
     FROM information_schema.statistics WHERE ${own} ORDER BY 1, 2, 3`,
  );
  const foreign = await query(
    url,
    `SELECT table_name, constraint_name, ordinal_position, column_name, referenced_table_name, referenced_column_name
     FROM information_schema.key_column_usage WHERE ${own} ORDER BY 1, 2, 3`,
  );
  const checks = await query(
    url,
    `SELECT table_name, constraint_name, check_clause
     FROM information_schema.check_constraints WHERE constraint_schema = database() ORDER BY 1, 2`,
  );
  const packs = await query(url, "SELECT public_id, slug, name, cpus, memory_mib FROM packs ORDER BY slug");
  const applied = await query(url, "SELECT name, sha256 FROM schema_migrations ORDER BY name");
  return { columns, indexes, foreign, checks, packs, applied };
}

describe("migrate", () => {
  let whole: unknown;
  beforeAll(async () => {
    const { url, close } = await createEmptyTestDatabase();
    await migrate({ url, folder: migrationsFolder });
    whole = await fingerprint(url);
    await close();
  });

  it("does nothing the second time", async () => {
    const url = await emptyDatabase();
    const files = (await readdir(migrationsFolder)).filter((name) => name.endsWith(".sql")).sort();
    expect(await migrate({ url, folder: migrationsFolder })).toEqual(files);
    expect(await migrate({ url, folder: migrationsFolder })).toEqual([]);
    expect(await fingerprint(url)).toEqual(whole);
  });

  it("ends in the same schema after having been killed after each of its statements", {
    timeout: killedMs,
  }, async () => {
    const positions: string[] = [];
    await migrate({
      url: await emptyDatabase(),
      folder: migrationsFolder,
      afterStatement: (file, index) => void positions.push(`${file} ${index}`),
    });
    expect(positions.length).toBeGreaterThan(15);
    const url = await emptyDatabase();
    for (const position of positions) {
      const killed = new Error(`killed after ${position}`);
      const run = migrate({
        url,
        folder: migrationsFolder,
        afterStatement: (file, index) => {
          if (`${file} ${index}` === position) throw killed;
        },
      });
      await expect(run).rejects.toBe(killed);
    }
    await migrate({ url, folder: migrationsFolder });
    expect(await fingerprint(url)).toEqual(whole);
  });

  it("lets several migrators run at once", async () => {
    const url = await emptyDatabase();
    const runs = await Promise.all(
      Array.from({ length: 3 }, () => migrate({ url, folder: migrationsFolder })),
    );
    expect(runs.filter((applied) => applied.length > 0)).toHaveLength(1);
    expect(await fingerprint(url)).toEqual(whole);
  });

  it("refuses a file that was changed after it was applied, and names a statement that fails", async () => {
    const url = await emptyDatabase();
    const folder = await mkdtemp(join(tmpdir(), "mf-migrations-"));
    toClose.push(() => rm(folder, { recursive: true }));
    await cp(migrationsFolder, folder, { recursive: true });
    await migrate({ url, folder });
    await writeFile(
      join(folder, "9999_broken.sql"),
      "SELECT 1\n--> statement-breakpoint\nSELECT nonsense FROM nowhere",
    );
    await expect(migrate({ url, folder })).rejects.toThrow(/9999_broken\.sql, statement 2 of 2: .*nowhere/);
    await rm(join(folder, "9999_broken.sql"));
    const [first = ""] = (await readdir(folder)).sort();
    await writeFile(join(folder, first), `${await readFile(join(folder, first), "utf8")}\n-- edited`);
    await expect(migrate({ url, folder })).rejects.toThrow(`${first} was changed after it was applied`);
  });
});
