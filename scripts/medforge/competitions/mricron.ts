import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Progress } from "../context";
import { tryRun } from "../exec";
import { aptOptions } from "../steps/packages";

/** Debian's package with a head and an atlas of it, 16 MB. */
const packageName = "mricron-data";
const templatesPath = "usr/share/mricron/templates";
/** What is needed of it. */
export const templateNames = { head: "ch2.nii.gz", atlas: "aal.nii.gz" } as const;
/** Of the package's download over a slow line, in ms. */
const downloadMs = 5 * 60_000;

/** The folder with the package's volumes, or why it can't be had. */
export type Templates = { readonly dir: string } | { readonly problem: string };

/** Where the package is installed. */
export function installedTemplates(): string | null {
  return whole(`/${templatesPath}`);
}

/**
 * The installed package's volumes, else those of one that is downloaded and unpacked below `cache`, not installed, once.
 * A failure changes nothing and may be tried again.
 */
export async function mricronTemplates(cache: string, progress: Progress): Promise<Templates> {
  const unpacked = join(cache, packageName);
  const known = installedTemplates() ?? whole(join(unpacked, templatesPath));
  if (known !== null) return { dir: known };
  mkdirSync(cache, { recursive: true });
  const fresh = mkdtempSync(`${unpacked}.new-`);
  try {
    progress(`downloading ${packageName}`);
    const problem = await unpackInto(fresh, progress);
    if (problem !== null) return { problem };
    rmSync(unpacked, { recursive: true, force: true });
    renameSync(join(fresh, "unpacked"), unpacked);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
  return { dir: join(unpacked, templatesPath) };
}

function whole(dir: string): string | null {
  return Object.values(templateNames).every((name) => existsSync(join(dir, name))) ? dir : null;
}

async function unpackInto(dir: string, progress: Progress): Promise<string | null> {
  const downloaded = await tryRun(["apt-get", "download", packageName], {
    ...aptOptions(progress),
    cwd: dir,
    timeoutMs: downloadMs,
  });
  const file = readdirSync(dir).find((name) => name.endsWith(".deb"));
  if (!downloaded.ok || file === undefined)
    return `Debian's package ${packageName} can't be downloaded: ${lastLine(downloaded.stderr)}`;
  const unpacked = await tryRun(["dpkg-deb", "--extract", join(dir, file), join(dir, "unpacked")]);
  if (!unpacked.ok) return `Debian's package ${packageName} can't be unpacked: ${lastLine(unpacked.stderr)}`;
  return whole(join(dir, "unpacked", templatesPath)) === null
    ? `Debian's package ${packageName} has no ${Object.values(templateNames).join(" or ")} any more.`
    : null;
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1) ?? "";
}
