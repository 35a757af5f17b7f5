import { count, eq } from "drizzle-orm";
import { monitorTokens, nodes } from "@/db/schema";
import { inTransaction } from "@/db/tx";
import { recordAudit, recordChange } from "@/lib/audit/record";
import { newBearer } from "@/lib/auth/bearer";
import type { Actor } from "@/lib/auth/model";
import type { SignedInContext } from "@/lib/auth/procedure";
import { can } from "@/lib/auth/rules";
import { AppError } from "@/lib/kernel/errors";
import { newPublicId } from "@/lib/kernel/ids";
import type { CreatedMonitorView, CreateMonitorInput } from "../model";
import { toMonitorView } from "../queries/monitors";
import { maxMonitorsPerNode } from "../tunables";

type Context = Pick<SignedInContext, "db" | "requestId" | "actor">;

function mayManage(actor: Actor): void {
  if (can(actor, "monitor.manage")) return;
  throw new AppError("forbidden", "Monitors are made and revoked by an admin, in the browser.");
}

/**
 * Makes a token for a program that watches one host's GPUs. It is nobody's: it stays when whoever made it leaves. Its
 * secret is in the answer and nowhere else.
 * @throws AppError `forbidden`, `not_found` (the host), `conflict` (too many)
 */
export async function createMonitor(
  { db, requestId, actor }: Context,
  { name, nodeId }: CreateMonitorInput,
): Promise<CreatedMonitorView> {
  mayManage(actor);
  const { token, secretHash, hint } = newBearer();
  const publicId = newPublicId("mon");
  const row = { publicId, name, hint, createdAt: new Date(), lastUsedAt: null, skewMs: null };
  return inTransaction(db, async (tx) => {
    // Its lock is what keeps several at once from being too many.
    const [node] = await tx.select().from(nodes).where(eq(nodes.publicId, nodeId)).for("update");
    if (!node) throw new AppError("not_found", `There is no GPU host ${nodeId}.`);
    const [held] = await tx
      .select({ monitors: count() })
      .from(monitorTokens)
      .where(eq(monitorTokens.nodeId, node.id));
    if (held && held.monitors >= maxMonitorsPerNode) {
      throw new AppError(
        "conflict",
        `${node.name} has ${held.monitors} monitors, the most there can be. Revoke one first.`,
        { conflict: "limit_reached" },
      );
    }
    await tx.insert(monitorTokens).values({ ...row, nodeId: node.id, secretHash });
    const entry = { action: "monitor.create", resource: publicId, detail: { name, node: node.name } };
    await recordAudit(tx, { ...actor, requestId }, entry);
    await recordChange(tx, { userId: null, topic: "gpus" });
    return { ...toMonitorView({ ...row, node: node.name }), token };
  });
}

/** Revokes a monitor: its next report is refused. @throws AppError `forbidden`, `not_found` */
export async function revokeMonitor({ db, requestId, actor }: Context, id: string): Promise<void> {
  mayManage(actor);
  await inTransaction(db, async (tx) => {
    const [result] = await tx.delete(monitorTokens).where(eq(monitorTokens.publicId, id));
    if (result.affectedRows === 0) throw new AppError("not_found", `There is no monitor ${id}.`);
    await recordAudit(tx, { ...actor, requestId }, { action: "monitor.revoke", resource: id });
    await recordChange(tx, { userId: null, topic: "gpus" });
  });
}
