import { bigint, char, customType, datetime, varchar } from "drizzle-orm/mysql-core";
import type { z } from "zod";
import { type Micros, micros, microsOf, textOf } from "@/lib/kernel/money";

/** Internal numeric key; never leaves the server. */
export const id = () => bigint("id", { mode: "number", unsigned: true }).autoincrement().primaryKey();

/** Reference to another table's internal key. */
export const ref = (name: string) => bigint(name, { mode: "number", unsigned: true });

/** A prefixed public id, e.g. `wsp_…`: 4 + 16 characters. ASCII, compared byte by byte. */
export const publicId = (name = "public_id") => varchar(name, { length: 20 });

/** An instant in UTC with milliseconds. */
export const instant = (name: string) => datetime(name, { mode: "date", fsp: 3 });

/** An instant in UTC with microseconds, as `2026-11-30T09:43:00.000001Z`: a Date would drop the last three digits. */
export const microInstant = customType<{ data: string; driverData: string }>({
  dataType: () => "datetime(6)",
  fromDriver: (value) => `${value.replace(" ", "T")}Z`,
  toDriver: (value) => value.replace("T", " ").replace("Z", ""),
});

/**
 * A finite double to its last bit, as the shortest decimal that means it: mysql2 reads some of MariaDB's own doubles one
 * bit off. People at the database's prompt can read it too.
 */
export const exactDouble = customType<{ data: number; driverData: string }>({
  dataType: () => "varchar(32)",
  fromDriver: Number,
  toDriver: (value) => (Object.is(value, -0) ? "-0" : String(value)),
});

/** Money in whole millionths. Beyond 2^53 the driver hands it over as text (`supportBigNumbers`). */
export const money = customType<{ data: Micros; driverData: bigint | number | string }>({
  dataType: () => "bigint",
  fromDriver: (value) => micros(BigInt(value)),
  toDriver: (value) => value,
});

/** An amount that people set, as the decimal that they read and write; kept in whole millionths. */
export const amount = customType<{ data: string; driverData: bigint | number | string }>({
  dataType: () => "bigint",
  fromDriver: (value) => textOf(micros(BigInt(value))),
  toDriver: microsOf,
});

/** Bytes that MariaDB compares one by one. */
export const bytes = (name: string, length: number) =>
  customType<{ data: Buffer; driverData: Buffer }>({ dataType: () => `varbinary(${length})` })(name);

/** The SHA-256 of a file's bytes, in hex. */
export const sha256 = (name: string) => char(name, { length: 64 });

/** MariaDB hands JSON back as text: parsed and checked on every read. */
export const json = <Schema extends z.ZodType>(name: string, schema: Schema) =>
  customType<{ data: z.output<Schema>; driverData: string }>({
    dataType: () => "json",
    fromDriver: (value) => schema.parse(JSON.parse(value)),
    toDriver: (value) => JSON.stringify(value),
  })(name);
