import type { Tx } from "@/db/client";
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

export const changeTopics = ["sessions", "workspaces", "gpus", "account", "notices"] as const;
export type ChangeTopic = (typeof changeTopics)[number];

/** Tells live pages that something changed, in the change's own transaction. `userId` null concerns everyone. */
export async function recordChange(
  tx: Tx,
  change: { userId: number | null; topic: ChangeTopic; resource?: string },
  clock: Clock = systemClock,
): Promise<void> {
  await tx.insert(changes).values({
    userId: change.userId,
    topic: change.topic,
    resource: change.resource ?? null,
    at: clock.now(),
  });
}
