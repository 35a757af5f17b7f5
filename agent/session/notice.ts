import { type Fullness, fullness, percentOf } from "@/lib/kernel/fullness";

const bytesPerGb = 1024 ** 3;

const gb = (bytes: number): string => (bytes / bytesPerGb).toFixed(1);

interface Measured {
  usedBytes: number;
  quotaBytes: number;
  totalBytes: number;
  spaceBytes: number | null;
}

const advice: Record<Exclude<Fullness, "fine">, string> = {
  high: "At 100 % nothing more can be written.",
  full: "Delete what you don't need: at 100 % nothing more can be written.",
};

/** What a login is told of the workspace's disk, a line each; empty while there is room. */
export function diskNotice({ usedBytes, quotaBytes, totalBytes, spaceBytes }: Measured): string {
  const lines = [
    line("/workspace", usedBytes, quotaBytes),
    spaceBytes === null ? "" : line("/workspace with its snapshots", totalBytes, spaceBytes),
  ];
  return lines.join("");
}

function line(what: string, used: number, limit: number): string {
  const level = fullness(used, limit);
  if (level === "fine") return "";
  return `MedForge: ${what} is ${percentOf(used, limit)} % full (${gb(used)} of ${gb(limit)} GB). ${advice[level]}\n`;
}
