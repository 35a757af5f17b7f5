import { and, count, eq } from "drizzle-orm";
import type { z } from "zod";
import { sshKeys, users } from "@/db/schema";
import { inTransaction, violatedKey } from "@/db/tx";
import { recordAudit, recordChange } from "@/lib/audit/record";
import { AppError } from "@/lib/kernel/errors";
import { newPublicId } from "@/lib/kernel/ids";
import type { Actor, addSshKeyInput, SshKeyView } from "../model";
import type { AuthPorts } from "../ports";
import type { RequestContext } from "../procedure";
import { toSshKeyView } from "../queries";
import { can } from "../rules";
import { parseSshPublicKey } from "../ssh-key";
import { maxSshKeysPerUser } from "../tunables";

type Context = Pick<RequestContext, "db" | "requestId">;

function mayManage(actor: Actor): void {
  if (can(actor, "account.manage", { ownerId: actor.userId })) return;
  throw new AppError("forbidden", "SSH keys are managed by the person signed in, in the browser.");
}

/**
 * Adds a public key to the actor's account; running sessions get it too.
 * @throws AppError invalid (what is wrong with the key), conflict (known already, too many)
 */
export async function addSshKey(
  { db, requestId }: Context,
  ports: AuthPorts,
  actor: Actor,
  input: z.output<typeof addSshKeyInput>,
): Promise<SshKeyView> {
  mayManage(actor);
  const key = parseSshPublicKey(input.publicKey);
  const row = { publicId: newPublicId("key"), name: input.name, createdAt: new Date(), ...key };
  try {
    await inTransaction(db, async (tx) => {
      await tx.select({ id: users.id }).from(users).where(eq(users.id, actor.userId)).for("update");
      const [held] = await tx.select({ keys: count() }).from(sshKeys).where(eq(sshKeys.userId, actor.userId));
      if (held && held.keys >= maxSshKeysPerUser) {
        throw new AppError(
          "conflict",
          `You have ${held.keys} SSH keys, the most there can be. Remove one first.`,
          { conflict: "limit_reached" },
        );
      }
      await tx.insert(sshKeys).values({ ...row, userId: actor.userId });
      await ports.keysChanged(tx, actor.userId);
      await recordAudit(
        tx,
        { userId: actor.userId, username: actor.username, requestId },
        { action: "sshKey.add", resource: row.publicId, detail: { fingerprint: key.fingerprint } },
      );
      await recordChange(tx, { userId: actor.userId, topic: "account", resource: row.publicId });
    });
  } catch (error) {
    if (violatedKey(error) !== "ssh_keys_fingerprint") throw error;
    throw await duplicate(db, actor, key.fingerprint, error);
  }
  return toSshKeyView(row);
}

/** Says so when the key is one's own; of another's it says no more than that it can't be used. */
async function duplicate(
  db: Context["db"],
  actor: Actor,
  fingerprint: string,
  cause: unknown,
): Promise<AppError> {
  const [own] = await db
    .select({ name: sshKeys.name })
    .from(sshKeys)
    .where(and(eq(sshKeys.fingerprint, fingerprint), eq(sshKeys.userId, actor.userId)));
  const message = own
    ? `You have this key already, as “${own.name}”.`
    : "This key is registered with another account. A key stands for one person: make one of your own with ssh-keygen.";
  return new AppError("conflict", message, { fields: { publicKey: message }, conflict: "taken", cause });
}

/**
 * Removes one of the actor's keys; running sessions stop accepting it.
 * @throws AppError not_found
 */
export async function removeSshKey(
  { db, requestId }: Context,
  ports: AuthPorts,
  actor: Actor,
  id: string,
): Promise<void> {
  mayManage(actor);
  await inTransaction(db, async (tx) => {
    const [result] = await tx
      .delete(sshKeys)
      .where(and(eq(sshKeys.publicId, id), eq(sshKeys.userId, actor.userId)));
    if (result.affectedRows === 0) throw new AppError("not_found", `You have no SSH key ${id}.`);
    await ports.keysChanged(tx, actor.userId);
    await recordAudit(
      tx,
      { userId: actor.userId, username: actor.username, requestId },
      { action: "sshKey.remove", resource: id },
    );
    await recordChange(tx, { userId: actor.userId, topic: "account", resource: id });
  });
}
