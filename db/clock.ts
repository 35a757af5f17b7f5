import { type Column, type SQL, sql } from "drizzle-orm";

/** The database's clock: leases, limits and due times are compared on one clock, whatever the processes' own say. */
export const dbNow: SQL<Date> = sql<Date>`utc_timestamp(3)`.mapWith(
  (text: string) => new Date(`${text.replace(" ", "T")}Z`),
);

/** The database's clock plus `ms` milliseconds (negative for the past). */
export function dbNowPlus(ms: number): SQL<Date> {
  return sql<Date>`(utc_timestamp(3) + interval ${Math.round(ms) * 1000} microsecond)`;
}

/** How far ahead of `atMost` a time may lie before it counts as written by a clock that was set back since, in ms. */
const clockSlackMs = 1_000;

/**
 * Whether the time in `column` has come. Nobody writes one more than `atMostMs` ahead, so one that lies further ahead is
 * from before the database's clock was set back: it has come too, or all work would rest until the clock caught up.
 * @param lateMs how long ago it must have come
 */
export function dueBy(column: Column, atMostMs: number, lateMs = 0): SQL {
  return sql`(${column} <= ${dbNowPlus(-lateMs)} or ${column} > ${dbNowPlus(atMostMs + clockSlackMs)})`;
}
