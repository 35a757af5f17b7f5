import type { z } from "zod";
import type { gpuInfo, VerbResult } from "@/lib/agent-protocol/verbs";
import { runOk } from "./run";

export type GpuInfo = z.output<typeof gpuInfo>;
type GpuSample = VerbResult<"usage">["gpus"][number];
type Row = ReadonlyMap<string, string | null>;

/** A healthy driver answers within a second or two; a hung one must not block the agent. */
const nvidiaSmiTimeoutMs = 15_000;
/** What the stand-in reports as its driver, so that nobody takes it for hardware. */
const standInDriver = "stand-in";

const inventoryFields = ["index", "uuid", "name", "memory.total", "driver_version"];
const usageFields = ["uuid", "utilization.gpu", "memory.used", "temperature.gpu", "power.draw"];
const uuidPattern = /^GPU-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** `[N/A]`, `[Not Supported]`, `[Unknown Error]` and their like all mean that the driver does not say. */
function valueOrNull(text: string, unit: string | undefined): string | null {
  if (text === "" || text === "N/A" || /^\[.*\]$/.test(text)) return null;
  return unit !== undefined && text.endsWith(` ${unit}`) ? text.slice(0, -unit.length - 1) : text;
}

/** Reads `nvidia-smi --query-… --format=csv[,nounits]`, header included, into rows keyed by field name. */
export function parseCsv(text: string): Row[] {
  const [header, ...lines] = text.split("\n").filter((line) => line.trim() !== "");
  if (header === undefined) return [];
  const columns = header.split(",").map((cell) => /^(\S+)(?: \[(.+)\])?$/.exec(cell.trim()));
  return lines.map((line) => {
    const cells = line.split(",").map((cell) => cell.trim());
    const pairs = columns.flatMap((column, index): [string, string | null][] =>
      column?.[1] === undefined ? [] : [[column[1], valueOrNull(cells[index] ?? "", column[2])]],
    );
    return new Map(pairs);
  });
}

function numberOrNull(row: Row, field: string): number | null {
  const text = row.get(field) ?? null;
  const value = text === null ? Number.NaN : Number(text);
  return Number.isFinite(value) ? value : null;
}

export interface Inventory {
  gpus: GpuInfo[];
  /** One sentence per GPU that can't be offered. */
  problems: string[];
}

/** The GPUs of `--query-gpu` rows; what lacks an identity or a memory size is named in `problems`. */
export function readInventory(rows: readonly Row[]): Inventory {
  const inventory: Inventory = { gpus: [], problems: [] };
  for (const row of rows) {
    const uuid = row.get("uuid") ?? "";
    const index = numberOrNull(row, "index");
    const memoryMiB = numberOrNull(row, "memory.total");
    const model = row.get("name") ?? "unknown model";
    if (!uuidPattern.test(uuid) || index === null || memoryMiB === null) {
      inventory.problems.push(
        `GPU ${index ?? "?"} (${model}) is not offered: nvidia-smi gives uuid "${uuid}", memory ${memoryMiB ?? "none"}`,
      );
      continue;
    }
    const driver = row.get("driver_version") ?? "unknown";
    inventory.gpus.push({ index, uuid, model, memoryMiB, driver, simulated: driver === standInDriver });
  }
  return inventory;
}

/** Metrics of `--query-gpu` rows; each is null where the driver does not say. */
export function readUsage(rows: readonly Row[]): GpuSample[] {
  return rows.flatMap((row) => {
    const uuid = row.get("uuid") ?? "";
    if (!uuidPattern.test(uuid)) return [];
    return {
      uuid,
      utilizationPercent: numberOrNull(row, "utilization.gpu"),
      memoryUsedMiB: numberOrNull(row, "memory.used"),
      temperatureC: numberOrNull(row, "temperature.gpu"),
      powerW: numberOrNull(row, "power.draw"),
    };
  });
}

async function query(nvidiaSmi: string, fields: readonly string[]): Promise<Row[]> {
  const argv = [nvidiaSmi, `--query-gpu=${fields.join(",")}`, "--format=csv,nounits"] as const;
  return parseCsv(await runOk(argv, { timeoutMs: nvidiaSmiTimeoutMs }));
}

/** The host's GPUs as its nvidia-smi tells them, remembered so that a start need not wait for the driver. */
export class GpuCatalog {
  #known: readonly GpuInfo[] = [];

  constructor(readonly nvidiaSmi: string) {}

  /** Asks the driver. @throws CommandError when nvidia-smi is missing or fails. */
  async refresh(): Promise<Inventory> {
    const inventory = readInventory(await query(this.nvidiaSmi, inventoryFields));
    this.#known = inventory.gpus;
    return inventory;
  }

  /** The GPU with this uuid, asking the driver when it isn't remembered; undefined when the host has none such. */
  async find(uuid: string): Promise<GpuInfo | undefined> {
    const lookUp = () => this.#known.find((gpu) => gpu.uuid === uuid);
    if (lookUp() === undefined) await this.refresh();
    return lookUp();
  }

  /** The GPU that Docker means by this index. */
  byIndex(index: number): GpuInfo | undefined {
    return this.#known.find((gpu) => gpu.index === index);
  }

  async usage(): Promise<GpuSample[]> {
    return readUsage(await query(this.nvidiaSmi, usageFields));
  }
}
