import type { Tx } from "@/db/client";
import { dbNow } from "@/db/clock";
import { auditLog, changes } from "@/db/schema";
import type { Clock } from "@/lib/kernel/clock";
import { systemClock } from "@/lib/kernel/clock";

/** Who did it: an actor's numeric id and name, or the system. */
export interface Auditor {
  readonly userId: number | null;
  readonly username: string | null;
  readonly requestId?: string;
}

export const systemAuditor: Auditor = { userId: null, username: null };

export interface AuditEntry {
  /** `domain.verb`, e.g. `session.launch`. */
  action: string;
  /** Public id or slug of what was acted on. */
  resource?: string;
  /** Never a secret. */
  detail?: Record<string, unknown>;
}

/** Adds an audit row in the mutation's own transaction, so that neither exists without the other. */
export async function recordAudit(
  tx: Tx,
  who: Auditor,
  entry: AuditEntry,
  clock: Clock = systemClock,
): Promise<void> {
  await tx.insert(auditLog).values({
    at: clock.now(),
    actorId: who.userId,
    actorName: who.username,
    action: entry.action,
    resource: entry.resource ?? null,
    requestId: who.requestId ?? null,
    detail: entry.detail ?? {},
  });
}

export const changeTopics = [
  "sessions",
  "workspaces",
  "gpus",
  "account",
  "notices",
  "competitions",
  "schedule",
] as const;
export type ChangeTopic = (typeof changeTopics)[number];

export interface Change {
  /** Whose thing changed; null concerns everyone. */
  readonly userId: number | null;
  readonly topic: ChangeTopic;
  readonly resource?: string;
}

/** Tells live pages that something changed, in the change's own transaction. */
export function recordChange(tx: Tx, change: Change): Promise<void> {
  return recordChanges(tx, [change]);
}

/** The same for several things at once; for none it does nothing. On the database's clock, as their sweep is. */
export async function recordChanges(tx: Tx, several: readonly Change[]): Promise<void> {
  if (several.length === 0) return;
  await tx
    .insert(changes)
    .values(several.map((change) => ({ ...change, resource: change.resource ?? null, at: dbNow })));
}
