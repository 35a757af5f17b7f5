import { and, eq, isNotNull } from "drizzle-orm";
import type { Tx } from "@/db/client";
import { sessions } from "@/db/schema";
import { portCandidates } from "../rules";

/** Ports of a host that no active session has, in the order to try them; `busyPort` is one that the host says is in use. */
export async function freePorts(tx: Tx, nodeId: number, busyPort?: number): Promise<number[]> {
  const used = await tx
    .select({ port: sessions.activeSshPort })
    .from(sessions)
    .where(and(eq(sessions.activeNodeId, nodeId), isNotNull(sessions.activeSshPort)));
  return portCandidates(new Set([busyPort ?? 0, ...used.map(({ port }) => port ?? 0)]), Math.random());
}
