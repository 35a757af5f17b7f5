import { and, desc, eq, gte, inArray, isNull, like, lt, type SQL, sql } from "drizzle-orm";
import type { DbOrTx } from "@/db/client";
import { auditLog, gpus, nodes, users, workspaces } from "@/db/schema";
import { inTransaction } from "@/db/tx";
import type { AuditEntryView, AuditFilter } from "@/lib/audit/model";
import { recordAudit } from "@/lib/audit/record";
import { mostNamed, systemName } from "@/lib/audit/rules";
import { decodeCursor, pageOf } from "@/lib/kernel/cursor";
import type { PageInput } from "@/lib/kernel/envelope";
import { AppError } from "@/lib/kernel/errors";
import { type IdPrefix, publicIdPattern } from "@/lib/kernel/id-patterns";
import type { Actor } from "./model";
import type { RequestContext } from "./procedure";
import { can } from "./rules";

const entryCursor = /^\d{1,16}$/;

function byWhom(who: string | undefined): SQL | undefined {
  if (!who) return undefined;
  if (who === systemName) return isNull(auditLog.actorId);
  return eq(auditLog.actorId, sql`(select u.id from ${users} u where u.username = ${who})`);
}

function byAction(action: string | undefined): SQL | undefined {
  if (!action) return undefined;
  if (action.includes(".")) return eq(auditLog.action, action);
  return like(auditLog.action, `${action.replace(/[\\%_]/g, "\\$&")}.%`);
}

/** Older than the entry that the page before ended with: by time, then by id where times are equal. */
function olderThan(id: string): SQL {
  const at = sql`(select a.at from ${auditLog} a where a.id = ${Number(id)})`;
  return sql`(${auditLog.at} < ${at} or (${auditLog.at} = ${at} and ${auditLog.id} < ${Number(id)}))`;
}

/** What an entry calls its thing, or the name that is shown for it: looked up first, so that the log's index finds both. */
async function byResource(db: DbOrTx, resource: string | undefined): Promise<SQL | undefined> {
  if (!resource) return undefined;
  const ids = await idsNamed(db, resource);
  return inArray(auditLog.resource, [resource, ...ids]);
}

async function matching(db: DbOrTx, filter: AuditFilter): Promise<SQL | undefined> {
  const { who, action, resource, from, to } = filter;
  return and(
    byWhom(who),
    byAction(action),
    await byResource(db, resource),
    from ? gte(auditLog.at, new Date(from)) : undefined,
    to ? lt(auditLog.at, new Date(to)) : undefined,
  );
}

interface AuditPage {
  rows: AuditEntryView[];
  nextCursor: string | null;
}

/**
 * Entries of the audit log, newest first, a page at each call; what a name stands for is looked up once for them all.
 * For admins.
 * @throws AppError `forbidden`; the pages `invalid` (cursor)
 */
export async function auditPages(
  db: DbOrTx,
  actor: Actor,
  filter: AuditFilter,
): Promise<(page: PageInput) => Promise<AuditPage>> {
  if (!can(actor, "audit.read")) throw new AppError("forbidden", "This needs the admin role.");
  const wanted = await matching(db, filter);
  return (page) => readPage(db, wanted, page);
}

/** One such page. @throws AppError `forbidden`, `invalid` (cursor) */
export async function listAudit(
  db: DbOrTx,
  actor: Actor,
  input: PageInput & AuditFilter,
): Promise<AuditPage> {
  const page = await auditPages(db, actor, input);
  return page(input);
}

async function readPage(
  db: DbOrTx,
  wanted: SQL | undefined,
  { cursor, limit }: PageInput,
): Promise<AuditPage> {
  const after = decodeCursor(cursor, entryCursor);
  const rows = await db
    .select()
    .from(auditLog)
    .where(and(wanted, after === undefined ? undefined : olderThan(after)))
    .orderBy(desc(auditLog.at), desc(auditLog.id))
    .limit(limit + 1);
  const names = await namesOf(
    db,
    rows.flatMap(({ resource }) => resource ?? []),
  );
  return pageOf(
    rows.map((row) => toView(row, names)),
    limit,
    ({ id }) => String(id),
  );
}

function toView(
  { at, actorId: _, actorName, ...rest }: typeof auditLog.$inferSelect,
  names: ReadonlyMap<string, string>,
): AuditEntryView {
  const resourceName = (rest.resource !== null && names.get(rest.resource)) || null;
  return { ...rest, at: at.toISOString(), who: actorName, resourceName };
}

const gpuName = sql<string>`concat('GPU ', ${gpus.deviceIndex}, ' of ', ${nodes.name})`;

/**
 * The ids of the users, workspaces and GPUs that are called so now, as `namesOf` shows them: of each kind the newest, since
 * a workspace may be called like everybody's.
 */
async function idsNamed(db: DbOrTx, name: string): Promise<string[]> {
  const found = await Promise.all([
    db.select({ id: users.publicId }).from(users).where(eq(users.username, name)),
    db
      .select({ id: workspaces.publicId })
      .from(workspaces)
      .where(eq(workspaces.name, name))
      .orderBy(desc(workspaces.id))
      .limit(mostNamed),
    db
      .select({ id: gpus.publicId })
      .from(gpus)
      .innerJoin(nodes, eq(nodes.id, gpus.nodeId))
      .where(eq(gpuName, name))
      .orderBy(desc(gpus.id))
      .limit(mostNamed),
  ]);
  return found.flat().map(({ id }) => id);
}

/** What the users, workspaces and GPUs among these ids are called now. */
async function namesOf(db: DbOrTx, resources: readonly string[]): Promise<Map<string, string>> {
  const withPrefix = (prefix: IdPrefix) => resources.filter((id) => publicIdPattern(prefix).test(id));
  const [people, spaces, devices] = [withPrefix("usr"), withPrefix("wsp"), withPrefix("gpu")];
  const named = await Promise.all([
    people.length === 0
      ? []
      : db
          .select({ id: users.publicId, name: users.username })
          .from(users)
          .where(inArray(users.publicId, people)),
    spaces.length === 0
      ? []
      : db
          .select({ id: workspaces.publicId, name: workspaces.name })
          .from(workspaces)
          .where(inArray(workspaces.publicId, spaces)),
    devices.length === 0
      ? []
      : db
          .select({
            id: gpus.publicId,
            name: gpuName,
          })
          .from(gpus)
          .innerJoin(nodes, eq(nodes.id, gpus.nodeId))
          .where(inArray(gpus.publicId, devices)),
  ]);
  return new Map(named.flat().map(({ id, name }) => [id, name]));
}

/**
 * Somebody takes a whole list away: said in the audit.
 * @throws AppError `forbidden` for anyone but an admin
 */
export async function recordExport(
  { db, requestId }: Pick<RequestContext, "db" | "requestId">,
  actor: Actor,
  what: string,
  filter: unknown,
): Promise<void> {
  if (!can(actor, "audit.read")) throw new AppError("forbidden", "This needs the admin role.");
  const entry = { action: "list.export", resource: what, detail: { filter } };
  await inTransaction(db, (tx) => recordAudit(tx, { ...actor, requestId }, entry));
}
