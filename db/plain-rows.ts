import type { Db } from "./client";

interface Query {
  toSQL(): { sql: string; params: unknown[] };
}

/**
 * The rows of a query over thousands of them as plain arrays, in the order of its columns: numbers and texts as the driver
 * reads them by itself, in a fraction of the time that mapping each value takes. For no dates, money or JSON.
 */
export async function plainRows<Row extends readonly (number | string | null)[]>(
  db: Db,
  query: Query,
): Promise<Row[]> {
  const { sql, params: values } = query.toSQL();
  const [rows] = await db.$client.query({ sql, values, rowsAsArray: true });
  return rows as unknown as Row[];
}
