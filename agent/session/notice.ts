import { type Fullness, fullness, percentOf } from "@/lib/kernel/fullness";
import { size } from "@/lib/kernel/size";

interface Measured {
  usedBytes: number;
  quotaBytes: number;
  totalBytes: number;
  spaceBytes: number | null;
}

type Advice = Record<Exclude<Fullness, "fine">, string>;

const filesAdvice: Advice = {
  high: "At 100 % nothing more can be written.",
  urgent: "Delete files that you don't need: at 100 % nothing more can be written.",
};

/** What a snapshot holds stays held when the file is deleted: the console alone helps. */
const spaceAdvice: Advice = {
  high: "Deleting files frees nothing of it; deleting snapshots on the workspace's page does.",
  urgent:
    "Delete snapshots on the workspace's page, deleting files frees nothing: at 100 % nothing more can be written.",
};

/** What a login is told of the workspace's disk, a line each; empty while there is room. */
export function diskNotice({ usedBytes, quotaBytes, totalBytes, spaceBytes }: Measured): string {
  const lines = [
    line("/workspace", usedBytes, quotaBytes, filesAdvice),
    spaceBytes === null ? "" : line("/workspace with its snapshots", totalBytes, spaceBytes, spaceAdvice),
  ];
  return lines.join("");
}

function line(what: string, used: number, limit: number, advice: Advice): string {
  const level = fullness(used, limit);
  if (level === "fine") return "";
  return `MedForge: ${what} is ${percentOf(used, limit)} % full (${size(used)} of ${size(limit)}). ${advice[level]}\n`;
}
