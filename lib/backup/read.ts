import { and, asc, getTableColumns, gt, gte, or, type SQL, sql } from "drizzle-orm";
import { getTableConfig, type MySqlColumn } from "drizzle-orm/mysql-core";
import type { Db, Tx } from "@/db/client";
import { dbNow } from "@/db/clock";
import { throughSnapshot } from "@/db/tx";
import type { Actor } from "@/lib/auth/model";
import { can } from "@/lib/auth/rules";
import { required } from "@/lib/kernel/assert";
import { AppError } from "@/lib/kernel/errors";
import { micros, textOf } from "@/lib/kernel/money";
import { backedUp, leftOut, type Part } from "./tables";

/** Of the file's layout: a higher one when something is named or meant otherwise. */
const version = 1;

/** Rows that are in memory at a time. */
const rowsAtOnce = 500;

type Row = Readonly<Record<string, unknown>>;

/** A column by its name in the file. */
interface Named {
  readonly name: string;
  readonly column: MySqlColumn;
}

/** Money as its decimal; times are ISO 8601 by themselves. */
const lineOf = (row: Row): string =>
  JSON.stringify(row, (_name, value) => (typeof value === "bigint" ? textOf(micros(value)) : value));

function columnsOf({ table, without }: Part): Record<string, MySqlColumn> {
  const all = Object.entries<MySqlColumn>(getTableColumns(table));
  return Object.fromEntries(
    all.filter(([name, { generated }]) => generated === undefined && !without.includes(name)),
  );
}

function keyOf({ table }: Part, columns: Readonly<Record<string, MySqlColumn>>): Named[] {
  const { primaryKeys, columns: all } = getTableConfig(table);
  const key = primaryKeys[0]?.columns ?? all.filter(({ primary }) => primary);
  return key.map((column) => {
    const found = Object.entries(columns).find(([, each]) => each.name === column.name);
    return { name: required(found, "a column of the key")[0], column };
  });
}

/** What comes after a row in the key's order, said so that MariaDB goes there by the key's index. */
function beyond([first, ...rest]: readonly Named[], last: Row): SQL | undefined {
  if (first === undefined) return sql`false`;
  const { column, name } = first;
  return and(gte(column, last[name]), or(gt(column, last[name]), beyond(rest, last)));
}

async function* rowsOf(tx: Tx, part: Part, withInternal: boolean): AsyncGenerator<readonly Row[]> {
  const columns = columnsOf(part);
  const key = keyOf(part, columns);
  const visible = withInternal || part.external === null ? undefined : part.external;
  let last: Row | undefined;
  do {
    const rows: Row[] = await tx
      .select(columns)
      .from(part.table)
      .where(and(visible, last && beyond(key, last)))
      .orderBy(...key.map(({ column }) => asc(column)))
      .limit(rowsAtOnce);
    if (rows.length > 0) yield rows;
    last = rows.length === rowsAtOnce ? rows.at(-1) : undefined;
  } while (last !== undefined);
}

/** A table's member of the file. @returns how many rows it has */
async function* tableText(tx: Tx, name: string, part: Part, withInternal: boolean) {
  yield `${JSON.stringify(name)}:[`;
  let count = 0;
  for await (const rows of rowsOf(tx, part, withInternal)) {
    yield `${count === 0 ? "\n" : ",\n"}${rows.map(lineOf).join(",\n")}`;
    count += rows.length;
  }
  yield "\n]";
  return count;
}

export interface BackupOptions {
  /** MedForge's own version. */
  readonly release: string;
}

async function headOf(tx: Tx, actor: Actor, { release }: BackupOptions): Promise<string> {
  const [clock] = await tx.select({ now: dbNow }).from(sql`(select 1) as one`);
  const [schema] = (await tx.execute(sql`select max(name) as name from schema_migrations`)) as unknown as [
    { name: string }[],
  ];
  return JSON.stringify({
    format: "medforge-backup",
    version,
    release,
    /** The last migration: by it the columns can be looked up. */
    schema: schema[0]?.name,
    takenAt: required(clock, "the database's clock").now,
    takenBy: actor.username,
    /** Whether it has competitions of the internal side. */
    internal: can(actor, "internal.use"),
    leftOut,
  });
}

async function* textThrough(tx: Tx, actor: Actor, options: BackupOptions): AsyncGenerator<string> {
  const head = await headOf(tx, actor, options);
  yield `${head.slice(0, -1)},"tables":{\n`;
  const counts: Record<string, number> = {};
  for (const [name, part] of Object.entries(backedUp)) {
    if (Object.keys(counts).length > 0) yield ",\n";
    counts[name] = yield* tableText(tx, name, part, can(actor, "internal.use"));
  }
  // Last, so that a file that broke off is known by the want of it.
  yield `},\n"rows":${JSON.stringify(counts)}}\n`;
}

/**
 * The lab's records as JSON, all of one instant, as its reader wants more: no secrets, no files, and of competitions on
 * the internal side nothing without the grant for it. Nothing is read before the first part is asked for.
 * @throws AppError `forbidden`
 */
export function backupText(db: Db, actor: Actor, options: BackupOptions): AsyncGenerator<string> {
  if (!can(actor, "records.export")) throw new AppError("forbidden", "This needs the admin role.");
  return throughSnapshot(db, (tx) => textThrough(tx, actor, options));
}
