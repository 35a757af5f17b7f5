import { bigint, customType, datetime, varchar } from "drizzle-orm/mysql-core";
import type { z } from "zod";

/** Internal numeric key; never leaves the server. */
export const id = () => bigint("id", { mode: "number", unsigned: true }).autoincrement().primaryKey();

/** Reference to another table's internal key. */
export const ref = (name: string) => bigint(name, { mode: "number", unsigned: true });

/** A prefixed public id, e.g. `wsp_…`: 4 + 16 characters. ASCII, compared byte by byte. */
export const publicId = (name = "public_id") => varchar(name, { length: 20 });

/** An instant in UTC with milliseconds. */
export const instant = (name: string) => datetime(name, { mode: "date", fsp: 3 });

/** MariaDB hands JSON back as text: parsed and checked on every read. */
export const json = <Schema extends z.ZodType>(name: string, schema: Schema) =>
  customType<{ data: z.output<Schema>; driverData: string }>({
    dataType: () => "json",
    fromDriver: (value) => schema.parse(JSON.parse(value)),
    toDriver: (value) => JSON.stringify(value),
  })(name);
