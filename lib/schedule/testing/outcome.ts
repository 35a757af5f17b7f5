import type { RowDataPacket } from "mysql2/promise";
import type { Db } from "@/db/client";

const kept = ["weeks", "slots", "bids", "week_budgets", "accounts", "transfers", "notices", "changes"];

async function columnsOf(db: Db, table: string): Promise<string> {
  const [rows] = await db.$client.query<RowDataPacket[]>(
    "select column_name as name from information_schema.columns where table_schema = database() and table_name = ? and generation_expression is null",
    [table],
  );
  return rows.map(({ name }) => `\`${name}\``).join(", ");
}

/** Remembers the tables that a turn writes as they are. @returns what brings them back */
export async function remember(db: Db): Promise<() => Promise<void>> {
  const columns = new Map<string, string>();
  for (const table of kept) {
    columns.set(table, await columnsOf(db, table));
    await db.$client.query(`create table remembered_${table} as select ${columns.get(table)} from ${table}`);
  }
  return async () => {
    const connection = await db.$client.getConnection();
    await connection.query("set foreign_key_checks = 0");
    for (const table of kept) {
      // The ledger's rows let nobody delete them; of a few rows that is faster than a new file.
      await connection.query(table === "transfers" ? `truncate ${table}` : `delete from ${table}`);
      await connection.query(
        `insert into ${table} (${columns.get(table)}) select ${columns.get(table)} from remembered_${table}`,
      );
    }
    await connection.query("set foreign_key_checks = 1");
    connection.release();
  };
}

/** All of these tables but when it was, and numbers that a rolled back statement leaves out. */
export async function outcome(db: Db): Promise<unknown> {
  const read = async (query: string) => (await db.$client.query<RowDataPacket[]>(query))[0];
  return {
    weeks: await read("select week, starts_at, ends_at, closes_at, status from weeks order by week"),
    slots: await read("select * from slots order by gpu_id, starts_at"),
    bids: await read("select * from bids order by gpu_id, starts_at, n"),
    budgets: await read(
      "select week, user_id, rolled_over, lapsed, refilled from week_budgets order by 1, 2",
    ),
    notices: await read("select user_id, dedupe_key, content, read_at from notices order by 1, 2"),
    accounts: await read("select id, posted, held from accounts order by id"),
    transfers: await read(
      `select t.idempotency_key, t.type, t.debit_account_id, t.credit_account_id, t.amount, t.kind, t.reference,
         t.debit_posted_after, t.credit_posted_after, p.idempotency_key as pending
       from transfers t left join transfers p on p.id = t.pending_id order by 1`,
    ),
  };
}

/** Workers write it by themselves, once a day. */
const besides = "ledger_checks";

/** How many rows each of the other tables has: a turn adds to none of them. */
export async function otherRows(db: Db): Promise<Record<string, number>> {
  const [tables] = await db.$client.query<RowDataPacket[]>(
    "select table_name as name from information_schema.tables where table_schema = database() order by 1",
  );
  const counts: Record<string, number> = {};
  for (const { name } of tables) {
    if (name === besides || kept.includes(name) || name.startsWith("remembered_")) continue;
    const [rows] = await db.$client.query<RowDataPacket[]>(`select count(*) as n from \`${name}\``);
    counts[name] = Number(rows[0]?.n);
  }
  return counts;
}
