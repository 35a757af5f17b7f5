import { linkSync, renameSync, rmSync, statSync } from "node:fs";
import { link, mkdir, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { and, inArray, isNull, sql } from "drizzle-orm";
import type { Db } from "@/db/client";
import { competitionImports, evaluations, submissions } from "@/db/schema";
import { isMissing } from "@/lib/kernel/missing";
import type { StoreLayout } from "./layout";
import { dropRejected } from "./rejected";
import { orphanMs, partialUploadMs } from "./tunables";

const baselineDigest = sql<string>`json_value(${competitionImports.outcome}, '$.baseline.sha256')`;
/** Digests asked of the database at a time. */
const batch = 500;

/** As `removeStillOld` calls what it takes aside. */
const sweptName = /^swept-([0-9a-f]{64})$/;

interface Found {
  readonly path: string;
  readonly name: string;
  readonly isOld: boolean;
}

/**
 * Removes what nobody will come back for: parts of uploads that were given up, files that were rejected long ago, and files
 * of the store that no row names, as a crash between the two leaves them. Safe to run at any time, beside uploads of the same content.
 * @returns how many files it removed
 */
export async function sweepStore(db: Db, store: StoreLayout, now: number): Promise<number> {
  await putBack(store);
  const parts = [
    ...withTheirNotes(await filesOf(store.uploads, now - partialUploadMs)),
    ...(await filesOf(store.staged, now - orphanMs)),
  ].filter(({ isOld }) => isOld);
  for (const { path } of parts) await rm(path, { force: true });
  await dropRejected(db);
  let removed = parts.length + (await removeCutOff(store.imports, now - partialUploadMs));
  for (const folder of await foldersOf(store)) {
    const old = (await filesOf(folder, now - orphanMs)).filter(({ isOld }) => isOld);
    for (let at = 0; at < old.length; at += batch)
      removed += await removeUnnamed(db, store, old.slice(at, at + batch), now - orphanMs);
  }
  return removed;
}

/** What a sweep had taken out of its place when it was killed may be named: it goes back, and is looked at anew. */
async function putBack(store: StoreLayout): Promise<void> {
  const staged = await readdir(store.staged).catch(nothingThere);
  for (const name of staged) {
    const [, sha256] = sweptName.exec(name) ?? [];
    if (sha256 === undefined) continue;
    const aside = join(store.staged, name);
    await link(aside, store.submission(sha256)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
    });
    await rm(aside, { force: true });
  }
}

/** Folders of uploads whose reading was cut off for good. @returns how many it removed */
async function removeCutOff(folder: string, before: number): Promise<number> {
  let removed = 0;
  for (const name of await readdir(folder).catch(nothingThere)) {
    const path = join(folder, name);
    const found = await stat(path).catch(nothingThere);
    if (!("mtimeMs" in found) || found.mtimeMs >= before) continue;
    await rm(path, { recursive: true, force: true });
    removed += 1;
  }
  return removed;
}

async function foldersOf(store: StoreLayout): Promise<string[]> {
  const entries = await readdir(store.submissions, { withFileTypes: true }).catch(nothingThere);
  return entries
    .filter((entry) => entry.isDirectory() && /^[0-9a-f]{2}$/.test(entry.name))
    .map(({ name }) => join(store.submissions, name));
}

/** A folder's plain files, and whether they were last written before an instant. */
async function filesOf(folder: string, before: number): Promise<Found[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(nothingThere);
  const files: Found[] = [];
  for (const { name } of entries.filter((entry) => entry.isFile())) {
    const path = join(folder, name);
    const found = await stat(path).catch(nothingThere);
    if ("mtimeMs" in found) files.push({ path, name, isOld: found.mtimeMs < before });
  }
  return files;
}

/** What is noted of an upload, in `<id>.json`, is written once: it is as old as what came of the upload last. */
function withTheirNotes(files: readonly Found[]): Found[] {
  const young = new Set(files.filter(({ isOld }) => !isOld).map(({ name }) => name));
  return files.filter(({ name }) => !young.has(name.replace(/\.json$/, "")));
}

/** @throws what it is given, unless that says that there is no such file or folder */
function nothingThere(error: unknown): never[] {
  if (isMissing(error)) return [];
  throw error;
}

async function removeUnnamed(
  db: Db,
  store: StoreLayout,
  old: readonly Found[],
  before: number,
): Promise<number> {
  const named = await namedAmong(
    db,
    old.map(({ name }) => name),
  );
  await mkdir(store.staged, { recursive: true, mode: 0o750 });
  return old.filter(({ name }) => !named.has(name) && removeStillOld(store, name, before)).length;
}

/** Which of these digests are of files that some row needs. */
export async function namedAmong(db: Db, digests: readonly string[]): Promise<ReadonlySet<string>> {
  return new Set(
    [
      ...(await db
        .selectDistinct({ sha256: submissions.sha256 })
        .from(submissions)
        .where(and(inArray(submissions.sha256, digests), isNull(submissions.fileDroppedAt)))),
      ...(await db
        .selectDistinct({ sha256: evaluations.sampleDigest })
        .from(evaluations)
        .where(inArray(evaluations.sampleDigest, digests))),
      // Of a baseline that is submitted when its competition is published.
      ...(await db
        .select({ sha256: baselineDigest })
        .from(competitionImports)
        .where(inArray(baselineDigest, digests))),
    ].map(({ sha256 }) => sha256),
  );
}

/**
 * Taken out of its place before it is looked at once more: where the same content arrived meanwhile, its file is young and
 * is put back.
 */
function removeStillOld(store: StoreLayout, sha256: string, before: number): boolean {
  const path = store.submission(sha256);
  const aside = join(store.staged, `swept-${sha256}`);
  renameSync(path, aside);
  const isOld = statSync(aside).mtimeMs < before;
  if (!isOld) {
    rmSync(path, { force: true });
    linkSync(aside, path);
  }
  rmSync(aside);
  return isOld;
}
