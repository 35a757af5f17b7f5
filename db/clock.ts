import { type SQL, sql } from "drizzle-orm";

/** The database's clock: leases, limits and due times are compared on one clock, whatever the processes' own say. */
export const dbNow: SQL<Date> = sql<Date>`utc_timestamp(3)`.mapWith(
  (text: string) => new Date(`${text.replace(" ", "T")}Z`),
);

/** The database's clock plus `ms` milliseconds (negative for the past). */
export function dbNowPlus(ms: number): SQL<Date> {
  return sql<Date>`(utc_timestamp(3) + interval ${Math.round(ms) * 1000} microsecond)`;
}
