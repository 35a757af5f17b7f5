import { asc, eq } from "drizzle-orm";
import type { DbOrTx } from "@/db/client";
import { monitorTokens, nodes } from "@/db/schema";
import type { Actor } from "@/lib/auth/model";
import { can } from "@/lib/auth/rules";
import { AppError } from "@/lib/kernel/errors";
import type { MonitorView } from "../model";

type Row = Pick<
  typeof monitorTokens.$inferSelect,
  "publicId" | "name" | "hint" | "createdAt" | "lastUsedAt" | "skewMs"
> & { readonly node: string };

/** What of a monitor is shown to admins; never its secret. */
export function toMonitorView({
  publicId,
  name,
  node,
  hint,
  createdAt,
  lastUsedAt,
  skewMs,
}: Row): MonitorView {
  return {
    id: publicId,
    name,
    node,
    hint,
    createdAt: createdAt.toISOString(),
    lastUsedAt: lastUsedAt?.toISOString() ?? null,
    skewSeconds: skewMs === null ? null : skewMs / 1_000,
  };
}

/** Every monitor, by host, the oldest first. For admins. */
export async function listMonitors(db: DbOrTx, actor: Actor): Promise<MonitorView[]> {
  if (!can(actor, "monitor.read")) throw new AppError("forbidden", "This needs the admin role.");
  const rows = await db
    .select({ monitor: monitorTokens, node: nodes.name })
    .from(monitorTokens)
    .innerJoin(nodes, eq(nodes.id, monitorTokens.nodeId))
    .orderBy(asc(nodes.name), asc(monitorTokens.id));
  return rows.map(({ monitor, node }) => toMonitorView({ ...monitor, node }));
}
