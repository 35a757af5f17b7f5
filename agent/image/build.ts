import { access, mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { createEngine, isNotFound } from "../docker";
import type { Argv } from "../run";
import { runOk } from "../run";
import { imageInputs, sessionBaseImage } from "./inputs";
import { makeRootfs } from "./rootfs";

/** Reading 300 MB from and writing it to a slow disk. */
const tarTimeoutMs = 10 * 60_000;
/** The engine unpacks while it reads, and chowns every file when it remaps users. */
const importTimeoutMs = 10 * 60_000;

export interface SessionTarballOptions {
  /** Root-owned folder for tarball and packages; a second engine imports from it without any download. */
  cacheDir: string;
  /** Told one sentence per step. */
  onProgress: (line: string) => void;
  /** Debian mirror; default http://deb.debian.org/debian. */
  mirror?: string;
}

export interface SessionImageOptions extends SessionTarballOptions {
  /** Path of the engine's unix socket. */
  dockerSocket: string;
}

export interface SessionImage {
  reference: string;
  /** What had to be done: nothing, an import of the cached tarball, or the whole build. */
  made: "present" | "imported" | "built";
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/** Builds the tarball under a temporary name and renames it, so that a half-made one is never taken for whole. */
async function buildTarball(options: SessionTarballOptions, tarball: string): Promise<void> {
  const rootfs = `${tarball}.rootfs`;
  await rm(rootfs, { recursive: true, force: true });
  const mirror = options.mirror ?? "http://deb.debian.org/debian";
  await makeRootfs(rootfs, join(options.cacheDir, "debs"), mirror, options.onProgress);
  options.onProgress("Session image: packing");
  const tar: Argv = [
    "tar",
    "--create",
    "--numeric-owner",
    "--sort=name",
    `--file=${tarball}.tmp`,
    "--directory",
    rootfs,
    ".",
  ];
  await runOk(tar, { timeoutMs: tarTimeoutMs });
  await rename(`${tarball}.tmp`, tarball);
  await rm(rootfs, { recursive: true, force: true });
}

/** Hands the tarball to the engine and waits until the image is there. */
async function importTarball(dockerSocket: string, tarball: string): Promise<void> {
  const engine = createEngine(dockerSocket, importTimeoutMs);
  const [repo, tag] = sessionBaseImage.split(":");
  const changes = [
    `ENTRYPOINT ${JSON.stringify(imageInputs.entrypoint)}`,
    `ENV PATH=/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin`,
    `LABEL org.opencontainers.image.title="MedForge session base"`,
  ];
  const answer = await engine.importImage(tarball, { repo, tag, changes });
  const said = await new Promise<unknown[]>((resolve, reject) => {
    engine.modem.followProgress(answer, (error, lines) => (error === null ? resolve(lines) : reject(error)));
  });
  // The engine answers 200 first and tells a failure in the stream.
  if (!(await isPresent(dockerSocket))) {
    throw new Error(`The Docker engine did not take ${tarball}: ${JSON.stringify(said.at(-1))}`);
  }
}

async function isPresent(dockerSocket: string): Promise<boolean> {
  try {
    await createEngine(dockerSocket).getImage(sessionBaseImage).inspect();
    return true;
  } catch (cause) {
    if (isNotFound(cause)) return false;
    throw cause;
  }
}

/**
 * Makes sure that the cache holds the image's tarball. Needs no engine. Safe to interrupt and to repeat; one at a time
 * per cache folder.
 * @throws CommandError when debootstrap or tar fails.
 */
export async function ensureSessionTarball(
  options: SessionTarballOptions,
): Promise<{ tarball: string; built: boolean }> {
  await mkdir(options.cacheDir, { recursive: true, mode: 0o755 });
  const tarball = join(options.cacheDir, `${sessionBaseImage.replace(/[/:]/g, "-")}.tar`);
  if (await exists(tarball)) return { tarball, built: false };
  await buildTarball(options, tarball);
  return { tarball, built: true };
}

/**
 * Makes sure that the engine has the session image, doing no more than is missing. Safe to interrupt and to repeat.
 * @throws CommandError when debootstrap or tar fails; the engine's own error when it can't be reached.
 */
export async function ensureSessionImage(options: SessionImageOptions): Promise<SessionImage> {
  if (await isPresent(options.dockerSocket)) return { reference: sessionBaseImage, made: "present" };
  const { tarball, built } = await ensureSessionTarball(options);
  options.onProgress("Session image: importing into the Docker engine");
  await importTarball(options.dockerSocket, tarball);
  return { reference: sessionBaseImage, made: built ? "built" : "imported" };
}
