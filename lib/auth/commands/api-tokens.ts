import { and, count, eq } from "drizzle-orm";
import type { z } from "zod";
import { apiTokens, users } from "@/db/schema";
import { inTransaction } from "@/db/tx";
import { recordAudit, recordChange } from "@/lib/audit/record";
import { AppError } from "@/lib/kernel/errors";
import { newPublicId } from "@/lib/kernel/ids";
import { newBearer } from "../bearer";
import type { Actor, createApiTokenInput, createdApiTokenView } from "../model";
import type { RequestContext } from "../procedure";
import { toApiTokenView } from "../queries";
import { can } from "../rules";
import { maxApiTokensPerUser } from "../tunables";

type Context = Pick<RequestContext, "db" | "requestId">;

function mayManage(actor: Actor): void {
  if (can(actor, "account.manage", { ownerId: actor.userId })) return;
  throw new AppError("forbidden", "API tokens are managed by the person signed in, in the browser.");
}

/**
 * Makes a token that acts as the actor. Its secret is in the answer and nowhere else.
 * @throws AppError invalid (expiry in the past), conflict (too many)
 */
export async function createApiToken(
  { db, requestId }: Context,
  actor: Actor,
  input: z.output<typeof createApiTokenInput>,
): Promise<z.output<typeof createdApiTokenView>> {
  mayManage(actor);
  const now = new Date();
  const expiresAt = input.expiresAt === undefined ? null : new Date(input.expiresAt);
  if (expiresAt && expiresAt <= now) {
    const message = "The expiry lies in the past.";
    throw new AppError("invalid", message, { fields: { expiresAt: message } });
  }
  const { token, secretHash, hint } = newBearer();
  const row = {
    publicId: newPublicId("tok"),
    name: input.name,
    hint,
    createdAt: now,
    expiresAt,
    lastUsedAt: null,
  };
  await inTransaction(db, async (tx) => {
    await tx.select({ id: users.id }).from(users).where(eq(users.id, actor.userId)).for("update");
    const [held] = await tx
      .select({ tokens: count() })
      .from(apiTokens)
      .where(eq(apiTokens.userId, actor.userId));
    if (held && held.tokens >= maxApiTokensPerUser) {
      throw new AppError(
        "conflict",
        `You have ${held.tokens} API tokens, the most there can be. Revoke one first.`,
        { conflict: "limit_reached" },
      );
    }
    await tx.insert(apiTokens).values({ ...row, userId: actor.userId, secretHash });
    await recordAudit(
      tx,
      { userId: actor.userId, username: actor.username, requestId },
      {
        action: "apiToken.create",
        resource: row.publicId,
        detail: { expiresAt: expiresAt?.toISOString() ?? null },
      },
    );
    await recordChange(tx, { userId: actor.userId, topic: "account", resource: row.publicId });
  });
  return { ...toApiTokenView(row), token };
}

/**
 * Revokes one of the actor's tokens; the next call with it is refused.
 * @throws AppError not_found
 */
export async function revokeApiToken({ db, requestId }: Context, actor: Actor, id: string): Promise<void> {
  mayManage(actor);
  await inTransaction(db, async (tx) => {
    const [result] = await tx
      .delete(apiTokens)
      .where(and(eq(apiTokens.publicId, id), eq(apiTokens.userId, actor.userId)));
    if (result.affectedRows === 0) throw new AppError("not_found", `You have no API token ${id}.`);
    await recordAudit(
      tx,
      { userId: actor.userId, username: actor.username, requestId },
      { action: "apiToken.revoke", resource: id },
    );
    await recordChange(tx, { userId: actor.userId, topic: "account", resource: id });
  });
}
