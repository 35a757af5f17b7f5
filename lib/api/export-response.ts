import { recordExport } from "@/lib/auth/audit-log";
import { type RequestContext, signedIn } from "@/lib/auth/procedure";
import { AppError } from "@/lib/kernel/errors";
import { fieldMessages, fieldsText } from "@/lib/kernel/issue-text";
import { csvStream } from "./csv";
import type { CsvExport } from "./exports";
import { logFailure } from "./failure-log";

/** @throws AppError `invalid`, a message per parameter that the list has no such filter for, or not that value */
function filterOf({ filter, what }: CsvExport, query: URLSearchParams): unknown {
  const parsed = filter.safeParse(Object.fromEntries(query));
  if (parsed.success) return parsed.data;
  const fields = fieldMessages(parsed.error.issues);
  const detail = `The list of ${what} can't be filtered like that: ${fieldsText(fields)}`;
  throw new AppError("invalid", detail, { fields });
}

/**
 * Answers with the file, as it is read from the database. Written to the audit before the first row leaves; without a
 * body none does.
 * @throws AppError `unauthenticated`, `forbidden`, `invalid`
 */
export async function exportResponse(
  file: CsvExport,
  context: RequestContext,
  query: URLSearchParams,
  withBody: boolean,
): Promise<Response> {
  const { db, log, requestId } = context;
  const actor = signedIn(context);
  if (actor.role !== "admin") throw new AppError("forbidden", "This needs the admin role.");
  const filter = filterOf(file, query);
  const day = new Date().toISOString().slice(0, 10);
  const headers = {
    "content-type": "text/csv; charset=utf-8; header=present",
    "content-disposition": `attachment; filename="medforge-${file.what}-${day}.csv"`,
  };
  if (!withBody) return new Response(null, { headers });
  const pages = await file.rows({ ...context, actor }, filter);
  await recordExport({ db, requestId }, actor, file.what, filter);
  const body = csvStream(file.columns, pages, (error) => logFailure(log, error, requestId));
  return new Response(body, { headers });
}
