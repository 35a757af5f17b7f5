import { drizzle, type MySql2Database } from "drizzle-orm/mysql2";
import mysql from "mysql2/promise";
import * as schema from "./schema";

export type Db = MySql2Database<typeof schema> & { $client: mysql.Pool };
/** A transaction handed out by `inTransaction`; commands that must run inside one take this type. */
export type Tx = Parameters<Parameters<Db["transaction"]>[0]>[0];
export type DbOrTx = Db | Tx;

export interface DbOptions {
  /** `mysql://user:password@host:port/name` or with `?socketPath=/…`. */
  url: string;
  /** Connections kept at most; a request that finds none waits. */
  poolSize: number;
}

/** A pool whose connections speak UTC, READ COMMITTED and strict mode, whatever the server's defaults. */
export function connectDb({ url, poolSize }: DbOptions): Db {
  const pool = mysql.createPool({
    uri: url,
    connectionLimit: poolSize,
    timezone: "Z",
    charset: "utf8mb4_unicode_ci",
    // JSON columns arrive as text whatever the server says of its types; `util.json` parses and checks them.
    jsonStrings: true,
    // Whole numbers that a double can't hold arrive as text instead of rounded.
    supportBigNumbers: true,
  });
  pool.on("connection", (connection) => {
    connection.query(
      "SET SESSION time_zone = '+00:00', tx_isolation = 'READ-COMMITTED', innodb_lock_wait_timeout = 5, " +
        "sql_mode = 'STRICT_ALL_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'",
    );
  });
  return drizzle(pool, { schema, mode: "default" });
}
