import { and, asc, desc, eq, lt, type SQL, sql } from "drizzle-orm";
import type { DbOrTx } from "@/db/client";
import { competitions, datasetFiles, datasets, datasetVersions } from "@/db/schema";
import type { Actor } from "@/lib/auth/model";
import { can } from "@/lib/auth/rules";
import { decodeCursor, pageOf } from "@/lib/kernel/cursor";
import type { Page, PageInput } from "@/lib/kernel/envelope";
import { AppError } from "@/lib/kernel/errors";
import { publicIdPattern } from "@/lib/kernel/id-patterns";
import type { Exposure } from "@/lib/workspaces/model";
import type { DatasetListItem, DatasetVersionView } from "../model";
import { assertSide, visibleTo } from "./find";

/** A version is for whoever may see a competition on it, and for admins: data of one by invitation are, too. */
export function readableBy(actor: Actor, exposure: Exposure): SQL | undefined {
  const ofSide = eq(datasetVersions.exposure, exposure);
  if (can(actor, "competition.manage")) return ofSide;
  const onIt = and(eq(competitions.datasetVersionId, datasetVersions.id), visibleTo(actor, exposure));
  return and(ofSide, sql`exists (select 1 from ${competitions} where ${onIt})`);
}

function versionRows(db: DbOrTx) {
  return db
    .select({ slug: datasets.slug, title: datasets.title, version: datasetVersions })
    .from(datasetVersions)
    .innerJoin(datasets, eq(datasets.id, datasetVersions.datasetId))
    .$dynamic();
}

type VersionRow = Awaited<ReturnType<typeof versionRows>>[number];

function common({ slug, title, version }: VersionRow) {
  const { publicId: id, exposure, number, licence, source, createdAt } = version;
  return { id, slug, title, exposure, number, licence, source, createdAt: createdAt.toISOString() };
}

const ofFiles = (what: SQL) =>
  sql`(select ${what} from ${datasetFiles} where ${datasetFiles.versionId} = ${datasetVersions.id})`.mapWith(
    Number,
  );

/**
 * The versions of data sets that the actor may read, newest first.
 * @throws AppError `forbidden` on the internal side without the grant
 */
export async function listDatasets(
  db: DbOrTx,
  actor: Actor,
  exposure: Exposure,
  page: PageInput,
): Promise<Page<DatasetListItem>> {
  assertSide(actor, exposure);
  const after = decodeCursor(page.cursor, publicIdPattern("dsv"));
  const rows = await db
    .select({
      slug: datasets.slug,
      title: datasets.title,
      version: datasetVersions,
      fileCount: ofFiles(sql`count(*)`),
      bytes: ofFiles(sql`coalesce(sum(${datasetFiles.bytes}), 0)`),
    })
    .from(datasetVersions)
    .innerJoin(datasets, eq(datasets.id, datasetVersions.datasetId))
    .where(
      and(
        readableBy(actor, exposure),
        after === undefined
          ? undefined
          : lt(datasetVersions.id, sql`(select v.id from ${datasetVersions} v where v.public_id = ${after})`),
      ),
    )
    .orderBy(desc(datasetVersions.id))
    .limit(page.limit + 1);
  const { rows: shown, nextCursor } = pageOf(rows, page.limit, (row) => row.version.publicId);
  const data = shown.map((row) => ({ ...common(row), fileCount: row.fileCount, bytes: row.bytes }));
  return { data, nextCursor };
}

/**
 * A version of a data set with its files: the newest that the actor may read when no number is given.
 * @throws AppError `not_found` also when it is not for the actor
 */
export async function getDataset(
  db: DbOrTx,
  actor: Actor,
  exposure: Exposure,
  { slug, number }: { slug: string; number?: number | undefined },
): Promise<DatasetVersionView> {
  const mayRead = exposure === "external" || can(actor, "internal.use");
  const which = and(
    eq(datasets.slug, slug),
    number === undefined ? undefined : eq(datasetVersions.number, number),
    readableBy(actor, exposure),
  );
  const [row] = mayRead
    ? await versionRows(db).where(which).orderBy(desc(datasetVersions.number)).limit(1)
    : [];
  if (!row) throw new AppError("not_found", `No data set ${slug}.`);
  const files = await db
    .select({ name: datasetFiles.name, bytes: datasetFiles.bytes, sha256: datasetFiles.sha256 })
    .from(datasetFiles)
    .where(eq(datasetFiles.versionId, row.version.id))
    .orderBy(asc(datasetFiles.name));
  return { ...common(row), description: row.version.description, files };
}
