import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { build } from "esbuild";
import type { Context, Progress, Step } from "../context";
import { SetupError } from "../errors";
import { run } from "../exec";
import { underLock } from "../lock";
import { sourceHash } from "./hash";

/** A cold build on a slow host, in ms. */
const buildTimeoutMs = 15 * 60_000;
/** The one in use and the one before it. */
const keptReleases = 2;
/** Worlds of `./medforge test` share their builds; some of them run at once. */
const keptShared = 6;

/** Where builds are kept: root-owned, apart from the checkout. */
function releasesOf({ env, layout }: Context): string {
  return env.MEDFORGE_CACHE === undefined ? layout.releases : join(env.MEDFORGE_CACHE, "releases");
}

/** The programs of the release by their sources. */
const programs = {
  worker: "worker/main.ts",
  agent: "agent/main.ts",
  probe: "agent/probe/main.ts",
  scorer: "worker/scorer/main.ts",
  "scorer-child": "worker/scorer/child.ts",
};

/** One file per program with all its packages inside, so that nothing outside the release is loaded. */
export async function bundle(
  root: string,
  into: string,
  entryPoints: Record<string, string> = programs,
): Promise<void> {
  await build({
    absWorkingDir: root,
    entryPoints,
    outdir: into,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    sourcemap: "inline",
    sourcesContent: false,
    logLevel: "silent",
    // Packages in the older module format call require(); ssh2 also reads __dirname as it loads.
    banner: {
      js: 'import { createRequire as medforgeRequire } from "node:module"; const require = medforgeRequire(import.meta.url), __dirname = import.meta.dirname ?? "";',
    },
    loader: { ".node": "copy" },
    // Optional accelerators of ssh2; it works without.
    external: ["cpu-features", "*/sshcrypto.node"],
  });
}

async function buildWeb(root: string, into: string, progress: Progress): Promise<void> {
  const next = join(root, "node_modules/next/dist/bin/next");
  // It ends with us: one that goes on alone would write into what the next run builds.
  await run(["setpriv", "--pdeathsig", "KILL", "--", process.execPath, next, "build"], {
    cwd: root,
    env: { NODE_ENV: "production", NEXT_TELEMETRY_DISABLED: "1" },
    timeoutMs: buildTimeoutMs,
    onLine: progress,
  });
  const output = join(root, ".next");
  cpSync(join(output, "standalone"), into, { recursive: true, verbatimSymlinks: true });
  cpSync(join(output, "static"), join(into, ".next/static"), { recursive: true });
  const publicFiles = join(root, "public");
  if (existsSync(publicFiles)) cpSync(publicFiles, join(into, "public"), { recursive: true });
}

/** What a build by root leaves in the checkout goes to whoever owns it: `dev` builds there as them. */
async function giveToOwner(root: string): Promise<void> {
  const { uid, gid } = statSync(root);
  const left = [".next", "next-env.d.ts", "node_modules/.cache"].map((name) => join(root, name));
  await run(["chown", "-R", "--no-dereference", `${uid}:${gid}`, ...left.filter(existsSync)]);
}

/** Scripts and styles for Caddy, each beside its compressed forms: brotli is a sixth smaller than web's gzip. */
function layOutEdge(web: string, edge: string): void {
  const from = join(web, ".next/static");
  const to = join(edge, "_next/static");
  cpSync(from, to, { recursive: true });
  for (const name of readdirSync(to, { recursive: true, encoding: "utf8" })) {
    if (!/\.(css|js|svg)$/.test(name)) continue;
    const file = join(to, name);
    const content = readFileSync(file);
    writeFileSync(`${file}.br`, brotliCompressSync(content));
    writeFileSync(`${file}.gz`, gzipSync(content, { level: 9 }));
  }
}

async function makeRelease(root: string, release: string, progress: Progress): Promise<void> {
  const fresh = mkdtempSync(`${release}.new-`);
  progress("bundling worker, scorer and agent");
  await bundle(root, fresh);
  progress("building web");
  try {
    await buildWeb(root, join(fresh, "web"), progress);
  } finally {
    await giveToOwner(root);
  }
  layOutEdge(join(fresh, "web"), join(fresh, "edge"));
  cpSync(join(root, "caddy"), join(fresh, "caddy"), { recursive: true });
  await run(["chown", "-R", "root:root", fresh]);
  await run(["chmod", "-R", "u+rwX,go+rX,go-w", fresh]);
  try {
    renameSync(fresh, release);
  } catch (error) {
    // Another checkout with the same sources was faster.
    if ((error as NodeJS.ErrnoException).code !== "ENOTEMPTY") throw error;
    rmSync(fresh, { recursive: true });
  }
}

/**
 * Makes a release unless it is there. Two builds in one checkout would overwrite each other's files; who has waited for
 * the other may find the work done.
 * @returns whether it was there
 */
async function ensureRelease(root: string, release: string, progress: Progress): Promise<boolean> {
  if (existsSync(release)) return true;
  const cache = join(root, "node_modules/.cache");
  mkdirSync(cache, { recursive: true });
  return underLock(
    join(cache, "medforge-build.lock"),
    async () => {
      if (existsSync(release)) return true;
      await makeRelease(root, release, progress);
      return false;
    },
    () => progress("waiting for another build in this checkout"),
  );
}

/** A half-made release this old is from a build that was cut off, in ms. */
const cutOffMs = 24 * 3_600_000;

function prune(folder: string, current: string, keep: number): void {
  // One that another build has just renamed or pruned is as young as can be.
  const age = (name: string) =>
    statSync(join(folder, name), { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
  const names = readdirSync(folder);
  const cutOff = names.filter((name) => /\.new-|\.new$/.test(name) && Date.now() - age(name) > cutOffMs);
  const whole = names.filter((name) => /^[0-9a-f]{16}$/.test(name));
  const old = whole.filter((name) => name !== current).sort((a, b) => age(b) - age(a));
  for (const name of [...cutOff, ...old.slice(keep - 1)])
    rmSync(join(folder, name), { recursive: true, force: true });
}

function pointCurrentAt({ layout }: Context, release: string): void {
  const fresh = `${layout.current}.new`;
  rmSync(fresh, { force: true });
  symlinkSync(release, fresh);
  renameSync(fresh, layout.current);
}

/** The production build, made when the sources changed since the last one. */
export const releaseStep: Step = {
  name: "Build",
  async check() {
    return null;
  },
  async run(context, progress) {
    const { root } = context;
    const folder = releasesOf(context);
    mkdirSync(folder, { recursive: true, mode: 0o755 });
    const hash = sourceHash(root);
    const release = join(folder, hash);
    const known = await ensureRelease(root, release, progress).catch((error: Error) => {
      throw new SetupError(
        `The production build failed: ${error.message}`,
        "The checkout does not build: see above. `git status` shows what was changed in it.",
        error,
      );
    });
    // Pruning goes by last use.
    utimesSync(release, new Date(), new Date());
    pointCurrentAt(context, release);
    prune(folder, hash, context.env.MEDFORGE_CACHE === undefined ? keptReleases : keptShared);
    return known ? `unchanged (${hash})` : hash;
  },
};
