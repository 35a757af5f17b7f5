import type { Tx } from "@/db/client";
import { type AuditEntry, type Auditor, recordAudit, recordChange } from "@/lib/audit/record";
import type { SignedInContext } from "@/lib/auth/procedure";
import { can } from "@/lib/auth/rules";
import { AppError } from "@/lib/kernel/errors";

/** What a command needs of the request it runs for. */
export type CommandContext = Pick<SignedInContext, "db" | "actor" | "requestId" | "wake" | "settings">;

/** @throws AppError `forbidden` for anyone but an admin */
export function assertManages({ actor }: Pick<CommandContext, "actor">): void {
  if (!can(actor, "competition.manage")) throw new AppError("forbidden", "This needs the admin role.");
}

export function auditorOf({ actor, requestId }: CommandContext): Auditor {
  return { userId: actor.userId, username: actor.username, requestId };
}

/** The audit's row of what the actor did. */
export function audit(tx: Tx, context: CommandContext, entry: AuditEntry): Promise<void> {
  return recordAudit(tx, auditorOf(context), entry);
}

/** Word to the live pages of all who may see it, as the stream finds out for each. */
export function competitionChanged(tx: Tx, competition: { publicId: string }): Promise<void> {
  return recordChange(tx, { userId: null, topic: "competitions", resource: competition.publicId });
}
