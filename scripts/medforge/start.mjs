// @ts-check
// Starts the command from bundled files: to load its sources one by one takes longer than most commands do.
// Plain JavaScript, since Node itself must be able to read it.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const cache = join(root, "node_modules/.cache/medforge-command");
/** Names the bundle in force and what it was made of. */
const currentFile = join(cache, "current.json");
/** Commands of another state of the sources may be about to start. */
const keptBundles = 4;

/** @typedef {{ root: string, folder: string, sources: Record<string, string> }} Bundle */

/** @param {string} path of a source, from the root */
function stateOf(path) {
  const state = statSync(join(root, path), { throwIfNoEntry: false });
  return state ? `${state.mtimeMs} ${state.size}` : "gone";
}

/** @returns {Bundle | undefined} the one that is kept, if it is of the sources as they are */
function freshBundle() {
  /** @type {Bundle} */
  let kept;
  try {
    kept = JSON.parse(readFileSync(currentFile, "utf8"));
  } catch {
    return undefined;
  }
  const isFresh =
    kept.root === root &&
    existsSync(join(kept.folder, "main.mjs")) &&
    Object.entries(kept.sources).every(([path, state]) => stateOf(path) === state);
  return isFresh ? kept : undefined;
}

/** Where a source lies is told as it was: its bundle lies elsewhere. @type {import("esbuild").Plugin} */
const sourcePlaces = {
  name: "source places",
  setup: ({ onLoad }) =>
    onLoad({ filter: /\.ts$/ }, async ({ path }) => ({
      loader: "ts",
      contents: (await readFile(path, "utf8"))
        .replaceAll("import.meta.url", JSON.stringify(pathToFileURL(path).href))
        .replaceAll("import.meta.dirname", JSON.stringify(dirname(path))),
    })),
};

/**
 * Packages stay outside of the bundle.
 * @param {string} folder
 * @returns {Promise<Bundle>}
 */
async function makeBundle(folder) {
  const { build } = await import("esbuild");
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: { main: "scripts/medforge/main.ts" },
    outdir: folder,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    splitting: true,
    packages: "external",
    platform: "node",
    format: "esm",
    target: "node20",
    sourcemap: "inline",
    sourcesContent: false,
    metafile: true,
    logLevel: "error",
    plugins: [sourcePlaces],
  });
  return {
    root,
    folder,
    sources: Object.fromEntries(Object.keys(metafile.inputs).map((path) => [path, stateOf(path)])),
  };
}

/** @param {Bundle} bundle */
function keep(bundle) {
  const fresh = join(bundle.folder, "current.json");
  writeFileSync(fresh, JSON.stringify(bundle));
  renameSync(fresh, currentFile);
  const age = (/** @type {string} */ name) =>
    statSync(join(cache, name), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const bundles = readdirSync(cache).filter((name) => name.startsWith("bundle-"));
  for (const name of bundles.sort((a, b) => age(b) - age(a)).slice(keptBundles))
    rmSync(join(cache, name), { recursive: true, force: true });
}

/** @returns {string | undefined} a folder for a bundle that others can use, too; none in somebody else's checkout */
function newKeptFolder() {
  try {
    mkdirSync(cache, { recursive: true });
    return mkdtempSync(join(cache, "bundle-"));
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "EACCES" || code === "EROFS") return undefined;
    throw error;
  }
}

/** A folder for this command alone, from which packages are found as well. */
function newOwnFolder() {
  const folder = mkdtempSync(join(tmpdir(), "medforge-command-"));
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function newBundle() {
  const kept = newKeptFolder();
  if (kept === undefined) return makeBundle(newOwnFolder());
  const bundle = await makeBundle(kept);
  keep(bundle);
  return bundle;
}

const { folder } = freshBundle() ?? (await newBundle());
process.setSourceMapsEnabled(true);
await import(pathToFileURL(join(folder, "main.mjs")).href);
