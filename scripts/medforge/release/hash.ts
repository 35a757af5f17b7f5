import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Everything that the built programs come from. */
const folders = [
  "app",
  "components",
  "lib",
  "db",
  "worker",
  "agent",
  "public",
  "caddy",
  "scripts/medforge/release",
];
const topLevel =
  /^(package|package-lock|tsconfig)\.json$|^(next|postcss)\.config\.\w+$|^(proxy|instrumentation)\.ts$/;
const notBuilt = /\.test\.tsx?$|\/(fixtures|testing)\//;

/** Names one build: the same sources, packages and Node always have the same name. 16 hexadecimal digits. */
export function sourceHash(root: string): string {
  const top = readdirSync(root).filter((name) => topLevel.test(name));
  const below = folders.flatMap((folder) => filesBelow(root, folder));
  const hash = createHash("sha256").update(process.version);
  for (const file of [...top, ...below].filter((path) => !notBuilt.test(path)).sort()) {
    hash.update(`\0${file}\0`).update(readFileSync(join(root, file)));
  }
  return hash.digest("hex").slice(0, 16);
}

function filesBelow(root: string, folder: string): string[] {
  let entries: ReturnType<typeof list>;
  try {
    entries = list(join(root, folder));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
  return entries.flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return filesBelow(root, path);
    return entry.isFile() ? [path] : [];
  });
}

const list = (path: string) => readdirSync(path, { withFileTypes: true });
