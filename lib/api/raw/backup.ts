import { z } from "zod";
import { recordExport } from "@/lib/auth/audit-log";
import { backupText } from "@/lib/backup/read";
import packageJson from "@/package.json";
import { logFailure } from "../failure-log";
import { textStream } from "../text-stream";
import { parsed } from "./parsed";
import type { RawCall, RawRoute } from "./route";

/** Written to the audit before the first row leaves; without a body none does. */
async function backup({ context, request }: RawCall): Promise<Response> {
  const { db, actor, log, requestId } = context;
  const texts = backupText(db, actor, { release: packageJson.version });
  parsed(z.strictObject({}), Object.fromEntries(new URL(request.url).searchParams));
  const day = new Date().toISOString().slice(0, 10);
  const headers = {
    "content-type": "application/json",
    "content-disposition": `attachment; filename="medforge-backup-${day}.json"`,
  };
  if (request.method === "HEAD") return new Response(null, { headers });
  await recordExport({ db, requestId }, actor, "backup", {});
  const body = textStream(texts, (error) => logFailure(log, error, requestId));
  return new Response(body, { headers });
}

/** The lab's records as one file, which is too long for an answer that is made whole. */
export const backupRoute: RawRoute = {
  name: "admin.backup",
  method: "GET",
  path: "/admin/export-all",
  access: "admin",
  hasInput: true,
  surface: null,
  description: {
    tags: ["Admin"],
    summary: "The lab's records as they are at one instant, without secrets and files",
    responses: {
      "200": {
        description:
          "`tables` has an array of rows for each table; `rows`, how many each has, comes last: a file without it broke off",
        content: { "application/json": { schema: { type: "object" } } },
      },
    },
  },
  handle: backup,
};
