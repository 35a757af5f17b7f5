import { AppError } from "./errors";

/** An opaque page cursor that names the last item shown. */
function encodeCursor(lastId: string): string {
  return Buffer.from(lastId, "utf8").toString("base64url");
}

/**
 * The id inside a cursor, or undefined without one.
 * @throws AppError `invalid` when it is not a cursor that matches `pattern`
 */
export function decodeCursor(cursor: string | undefined, pattern: RegExp): string | undefined {
  if (cursor === undefined) return undefined;
  const id = Buffer.from(cursor, "base64url").toString("utf8");
  if (pattern.test(id)) return id;
  const message = "Not a cursor of this list. Use meta.nextCursor of the page before.";
  throw new AppError("invalid", message, { fields: { cursor: message } });
}

/** Splits `limit + 1` rows into the page and the cursor of the next one. */
export function pageOf<Row>(
  rows: Row[],
  limit: number,
  idOf: (row: Row) => string,
): { rows: Row[]; nextCursor: string | null } {
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return { rows: page, nextCursor: rows.length > limit && last ? encodeCursor(idOf(last)) : null };
}
