import { copyFileSync, existsSync, readFileSync, statSync, truncateSync } from "node:fs";
import type { Layout } from "../layout";
import { partNames } from "../parts/part";
import { logFile } from "./child";

/** What writes a log. */
export const logged = [...partNames, "supervisor"] as const;

/** A part's log is moved to `.1` beyond this many bytes, so that logs take at most twice this per part. */
const maxLogBytes = 64 * 1024 * 1024;

/** The children hold their files open for appending, so a file is copied and emptied, not renamed. */
export function rotateLogs(layout: Layout): void {
  for (const name of logged) {
    const path = logFile(layout, name);
    if (!existsSync(path) || statSync(path).size < maxLogBytes) continue;
    copyFileSync(path, `${path}.1`);
    truncateSync(path);
  }
}

/** The last lines of a part's log. */
export function logTail(layout: Layout, name: string, lines: number): string {
  const path = logFile(layout, name);
  if (!existsSync(path)) return "";
  return readFileSync(path, "utf8").trimEnd().split("\n").slice(-lines).join("\n");
}
