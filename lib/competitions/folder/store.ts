import { createHmac, randomBytes } from "node:crypto";
import { link, mkdir, mkdtemp, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { derivedPublicId } from "@/lib/kernel/ids";
import { unlessMissing } from "@/lib/kernel/missing";
import { flush } from "../store/flush";
import { type Access, copyFile, copyFiles, holdsJust, permit } from "./copy";
import type { CompetitionFolder, EvaluationFolder } from "./read";
import { type FolderFile, held } from "./tree";

/** The installation's folder of competitions, and whose its files are. */
export interface CompetitionStore {
  readonly dir: string;
  /** User and group ids, for a process that is root; without it the process's own, which is web. */
  readonly owners?: { readonly web: number; readonly webGroup: number; readonly scorerGroup: number };
}

type Kind = "evaluations" | "datasets" | "submissions" | "pictures";

/** The scorer reads evaluations and submissions and nobody reads data sets and pictures but web. */
function accessOf({ owners }: CompetitionStore, kind: Kind): Access {
  const isWebs = kind === "datasets" || kind === "pictures";
  const modes = isWebs ? { dirMode: 0o700, fileMode: 0o400 } : { dirMode: 0o2750, fileMode: 0o440 };
  if (!owners) return modes;
  return { ...modes, owner: { uid: owners.web, gid: isWebs ? owners.webGroup : owners.scorerGroup } };
}

/** What the scorer gets, as it lies in the store: `evaluation.json`, `sample` and the truth's folder. */
export function evaluationFiles({ evaluationFile, sample, truth }: EvaluationFolder): FolderFile[] {
  return [
    { ...evaluationFile, name: "evaluation.json" },
    { ...sample, name: "sample" },
    ...truth.map((file) => ({ ...file, name: `truth/${file.name}` })),
  ];
}

/**
 * Puts evaluation, truth and sample into `evaluations/<id>`.
 * @returns the id, the same for the same competition and content on this installation however often and by however
 *   many it is put there; it tells nobody else anything about the truth
 */
export function storeEvaluation(
  store: CompetitionStore,
  folder: EvaluationFolder & { readonly competition: { readonly slug: string } },
): Promise<`evl_${string}`> {
  return storeFiles(store, "evaluations", "evl", folder.competition.slug, evaluationFiles(folder));
}

/** Puts what competitors may download into `datasets/<id>`; the id as in `storeEvaluation`. */
export function storeDataset(store: CompetitionStore, folder: CompetitionFolder): Promise<`dsv_${string}`> {
  return storeFiles(store, "datasets", "dsv", folder.competition.slug, folder.data);
}

/**
 * Puts a file to be scored into `submissions/<aa>/<sha256>`. Always by a rename, also over the same content, as `keep` of
 * the intake does it: its age says that somebody is about to name it. @returns its path in the store
 */
export function storeSubmission(store: CompetitionStore, file: FolderFile): Promise<string> {
  return storeByDigest(store, "submissions", file, file.sha256.slice(0, 2));
}

/** Puts a competition's picture into `pictures/<sha256>`, over the same content too. @returns its path in the store */
export function storePicture(store: CompetitionStore, file: FolderFile): Promise<string> {
  return storeByDigest(store, "pictures", file);
}

async function storeByDigest(
  store: CompetitionStore,
  kind: Kind,
  file: FolderFile,
  ...below: string[]
): Promise<string> {
  const folder = await folderIn(store, kind, ...below);
  const name = [kind, ...below, file.sha256].join("/");
  const target = join(store.dir, name);
  await removeCutOff(join(store.dir, kind));
  const staged = await mkdtemp(join(store.dir, kind, stagedPrefix));
  try {
    await copyFile(file, join(staged, "file"), accessOf(store, kind));
    await rename(join(staged, "file"), target);
    await flush(folder);
  } finally {
    await rm(staged, { recursive: true, force: true });
  }
  return name;
}

const stagedPrefix = ".staged-";
/** What was staged this long ago is from a process that was cut off, in ms. */
const cutOffMs = 24 * 3_600_000;

/**
 * Staged beside its place, flushed, and renamed into it: whoever is interrupted leaves nothing that can be taken for
 * whole, and whoever comes second finds the first one's.
 */
async function storeFiles<Prefix extends "evl" | "dsv">(
  store: CompetitionStore,
  kind: Kind,
  prefix: Prefix,
  slug: string,
  files: readonly FolderFile[],
): Promise<`${Prefix}_${string}`> {
  const parent = await folderIn(store, kind);
  await removeCutOff(parent);
  const id = await idOf(store, prefix, slug, files);
  const target = join(parent, id);
  if (await exists(target)) return verified(id, target, files);
  const staged = await mkdtemp(join(parent, stagedPrefix));
  try {
    await copyFiles(files, staged, accessOf(store, kind));
    await rename(staged, target);
  } catch (error) {
    await rm(staged, { recursive: true, force: true });
    if (!(await exists(target))) throw error;
    return verified(id, target, files);
  }
  await flush(parent);
  return id;
}

async function verified<Id extends string>(
  id: Id,
  target: string,
  files: readonly FolderFile[],
): Promise<Id> {
  if (await holdsJust(target, files)) return id;
  throw new Error(
    `${target} is not what was put there: restore it from a backup, or remove it and try again.`,
  );
}

/** Follows from the content, and from a key that the installation keeps to itself: a truth can't be guessed by it. */
async function idOf<Prefix extends "evl" | "dsv">(
  store: CompetitionStore,
  prefix: Prefix,
  slug: string,
  files: readonly FolderFile[],
): Promise<`${Prefix}_${string}`> {
  const content = JSON.stringify([prefix, slug, files.map(({ name, sha256 }) => [name, sha256])]);
  const seed = createHmac("sha256", await keyOf(store))
    .update(content)
    .digest("hex");
  return derivedPublicId(prefix, seed);
}

/** Made once, by whoever needs it first. */
async function keyOf(store: CompetitionStore): Promise<Buffer> {
  const file = join(store.dir, "key");
  if (!(await exists(file))) {
    const fresh = `${file}.${randomBytes(8).toString("hex")}`;
    await copyFile(await held("key", randomBytes(32)), fresh, accessOf(store, "datasets"));
    await link(fresh, file).catch(unlessThere);
    await rm(fresh);
  }
  return readFile(file);
}

function unlessThere(error: NodeJS.ErrnoException): void {
  if (error.code !== "EEXIST") throw error;
}

/** A folder of the store, made if it is not there. */
async function folderIn(store: CompetitionStore, kind: Kind, ...below: string[]): Promise<string> {
  const access = accessOf(store, kind);
  let path = store.dir;
  for (const name of [kind, ...below]) {
    path = join(path, name);
    if (await exists(path)) continue;
    await mkdir(path, { mode: 0o700 }).catch(unlessThere);
    await permit(path, access, access.dirMode);
  }
  return path;
}

async function removeCutOff(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    if (!name.startsWith(stagedPrefix)) continue;
    // Whoever staged it may just have finished.
    const found = await unlessMissing(stat(join(parent, name)));
    if (found && Date.now() - found.mtimeMs > cutOffMs)
      await rm(join(parent, name), { recursive: true, force: true });
  }
}

async function exists(path: string): Promise<boolean> {
  return (await unlessMissing(stat(path))) !== undefined;
}
