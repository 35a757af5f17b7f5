import { readFileSync } from "node:fs";
import { parseMountinfo } from "@/agent/mounts";

/** Mount points at or below a folder, deepest first. */
export function mountsBelow(folder: string): string[] {
  return parseMountinfo(readFileSync("/proc/self/mountinfo", "utf8"))
    .map(({ point }) => point)
    .filter((point) => point === folder || point.startsWith(`${folder}/`))
    .sort((a, b) => b.length - a.length);
}
