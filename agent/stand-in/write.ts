import { createHash } from "node:crypto";
import { chmod, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Model, memory in MiB and power limit in W; dealt out in turn. */
const models = [
  { name: "NVIDIA H100 80GB HBM3 (simulated)", memoryMiB: 81_559, powerLimitW: 700 },
  { name: "NVIDIA RTX A6000 (simulated)", memoryMiB: 49_140, powerLimitW: 300 },
] as const;

export interface StandInOptions {
  /** Root-owned folder to lay out. */
  dir: string;
  /** UUIDs stay the same for the same seed. */
  installationSeed: string;
  /** How many GPUs to simulate, 1–64. */
  count: number;
}

export interface StandIn {
  /** To be first on dockerd's PATH: holds `nvidia-smi` and `nvidia-container-runtime-hook`. */
  binDir: string;
  /** For MEDFORGE_NVIDIA_SMI. */
  nvidiaSmi: string;
  uuids: string[];
}

function uuidOf(seed: string, index: number): string {
  const hex = createHash("sha256").update(`${seed}:${index}`).digest("hex");
  const cuts = [0, 8, 12, 16, 20, 32] as const;
  return `GPU-${cuts
    .slice(1)
    .map((end, part) => hex.slice(cuts[part], end))
    .join("-")}`;
}

/** One GPU as a line of the stand-in's table. Inside a container the only GPU has index 0. */
function line(uuid: string, position: number, shownIndex: number): string {
  const model = models[position % models.length] ?? models[0];
  const bus = `00000000:${(position + 1).toString(16).toUpperCase().padStart(2, "0")}:00.0`;
  return [shownIndex, uuid, bus, model.name, model.memoryMiB, model.powerLimitW].join("|");
}

/** Written aside and renamed: a running engine may execute the old one at this moment. */
async function writeProgram(path: string, content: string): Promise<void> {
  await writeFile(`${path}.tmp`, content);
  await chmod(`${path}.tmp`, 0o755);
  await rename(`${path}.tmp`, path);
}

const source = (name: string): Promise<string> =>
  readFile(fileURLToPath(new URL(name, import.meta.url)), "utf8");

/** Lays out the stand-in for GPUs: programs for the host, and one nvidia-smi per GPU for its session. Idempotent. */
export async function writeStandIn({ dir, installationSeed, count }: StandInOptions): Promise<StandIn> {
  if (!Number.isInteger(count) || count < 1 || count > 64) {
    throw new Error(`${count} simulated GPUs are not possible: choose 1 to 64`);
  }
  const binDir = join(dir, "bin");
  await mkdir(binDir, { recursive: true, mode: 0o755 });
  const template = await source("nvidia-smi");
  const program = (lines: readonly string[]) => template.replace("@GPUS@", () => lines.join("\n"));
  const uuids = Array.from({ length: count }, (_, index) => uuidOf(installationSeed, index));
  for (const [position, uuid] of uuids.entries()) {
    const folder = join(dir, "gpus", uuid);
    await mkdir(folder, { recursive: true, mode: 0o755 });
    await writeProgram(join(folder, "nvidia-smi"), program([line(uuid, position, 0)]));
  }
  for (const name of await readdir(join(dir, "gpus"))) {
    // A GPU that is no longer simulated must not be had by its old UUID.
    if (!uuids.includes(name)) await rm(join(dir, "gpus", name), { recursive: true });
  }
  const nvidiaSmi = join(binDir, "nvidia-smi");
  await writeProgram(nvidiaSmi, program(uuids.map((uuid, position) => line(uuid, position, position))));
  await writeProgram(
    join(binDir, "nvidia-container-runtime-hook"),
    await source("nvidia-container-runtime-hook"),
  );
  return { binDir, nvidiaSmi, uuids };
}
