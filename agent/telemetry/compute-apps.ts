import { maxGpuProcesses } from "@/lib/agent-protocol/verbs";
import { runOk } from "../run";
import { plainText } from "./plain-text";

/** A healthy driver answers within a second or two; a hung one must not block the agent. */
const nvidiaSmiTimeoutMs = 7_000;
const fields = ["gpu_uuid", "pid", "process_name", "used_gpu_memory"];
const uuidPattern = /^GPU-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** Of a program's path, as much as helps to know it. */
const nameCharacters = 200;

/** One program on a GPU as the driver lists it. */
export interface ComputeApp {
  readonly gpuUuid: string;
  readonly pid: number;
  readonly name: string;
  readonly memoryMiB: number | null;
}

/**
 * Reads `--query-compute-apps=gpu_uuid,pid,process_name,used_gpu_memory --format=csv,noheader,nounits`. A program names
 * itself as it likes, commas included: two fields are taken from the left and one from the right. Lines that name no GPU
 * or no process are left out, as are all beyond `maxGpuProcesses` of one GPU.
 */
export function parseComputeApps(text: string): ComputeApp[] {
  const perGpu = new Map<string, number>();
  return text.split("\n").flatMap((line): ComputeApp[] => {
    const [, uuid = "", pidText, name = "", memory = ""] = /^([^,]*),([^,]*),(.*),([^,]*)$/.exec(line) ?? [];
    const pid = Number(pidText);
    const gpuUuid = uuid.trim();
    if (!uuidPattern.test(gpuUuid) || !Number.isSafeInteger(pid) || pid < 1) return [];
    const count = (perGpu.get(gpuUuid) ?? 0) + 1;
    perGpu.set(gpuUuid, count);
    if (count > maxGpuProcesses) return [];
    const memoryMiB = /^\d+$/.test(memory.trim()) ? Number(memory.trim()) : null;
    const shown = name.trim() === "[Not Found]" ? "" : plainText(name.trim());
    return [{ gpuUuid, pid, name: [...shown].slice(0, nameCharacters).join(""), memoryMiB }];
  });
}

/** @throws CommandError when nvidia-smi is missing or fails */
export async function listComputeApps(nvidiaSmi: string): Promise<ComputeApp[]> {
  const query = `--query-compute-apps=${fields.join(",")}`;
  const argv = [nvidiaSmi, query, "--format=csv,noheader,nounits"] as const;
  return parseComputeApps(await runOk(argv, { timeoutMs: nvidiaSmiTimeoutMs }));
}
