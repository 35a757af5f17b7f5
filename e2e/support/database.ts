import mysql, { type Pool, type RowDataPacket } from "mysql2/promise";
import { testEnv } from "./env";

let pool: Pool | undefined;

function database(): Pool {
  pool ??= mysql.createPool({
    uri: testEnv().MEDFORGE_TEST_DATABASE_URL,
    database: "medforge",
    connectionLimit: 2,
    timezone: "Z",
  });
  return pool;
}

/** Rows of the installation's own database: for what no API shows, and to make time pass. */
export async function rows(sql: string, values: unknown[] = []): Promise<RowDataPacket[]> {
  const [found] = await database().query<RowDataPacket[]>(sql, values);
  return found;
}

export async function change(sql: string, values: unknown[] = []): Promise<void> {
  await database().query(sql, values);
}

export async function closeDatabase(): Promise<void> {
  await pool?.end();
  pool = undefined;
}
