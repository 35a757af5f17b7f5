import { availableParallelism, hostname, totalmem } from "node:os";
import type { VerbResult } from "@/lib/agent-protocol/verbs";
import type { AgentContext } from "../context";
import { getProperties, numberOf } from "../zfs";

/** Size and room of the pool that holds the workspaces, as its root dataset sees them. */
async function poolSpace(parent: string): Promise<{ totalBytes: number; freeBytes: number }> {
  const pool = parent.replace(/\/.*$/, "");
  const found = (await getProperties(pool, ["used", "available"])).get(pool);
  const freeBytes = numberOf(found, "available");
  return { totalBytes: freeBytes + numberOf(found, "used"), freeBytes };
}

export async function inventory(context: AgentContext): Promise<VerbResult<"inventory">> {
  const [disk, { gpus, problems }] = await Promise.all([
    poolSpace(context.env.MEDFORGE_ZFS_PARENT),
    context.gpus.refresh(),
  ]);
  for (const problem of problems) context.log.warn({ problem }, "GPU not offered");
  return {
    hostname: hostname(),
    cpus: availableParallelism(),
    memoryBytes: totalmem(),
    disk,
    gpus,
    hostCaPublicKey: context.hostCa.publicKey,
  };
}
