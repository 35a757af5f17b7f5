import { eq } from "drizzle-orm";
import type { z } from "zod";
import type { Db } from "@/db/client";
import { users } from "@/db/schema";
import { inTransaction, violatedKey } from "@/db/tx";
import { recordAudit, recordChange, systemAuditor } from "@/lib/audit/record";
import { AppError } from "@/lib/kernel/errors";
import { newPublicId } from "@/lib/kernel/ids";
import { endLogins } from "./lucia";
import { registerInput } from "./model";
import { hashPassword } from "./passwords";

async function hasAdmin(db: Db): Promise<boolean> {
  const rows = await db.select({ id: users.id }).from(users).where(eq(users.role, "admin")).limit(1);
  return rows.length > 0;
}

/**
 * Makes the lab's first administrator, unless there is one already; set-up may run it any number of times, twice at
 * once too.
 * @throws ZodError when name, email or password would not be taken at registration
 * @throws AppError conflict when the name or the email belongs to an ordinary account
 */
export async function ensureFirstAdmin(
  db: Db,
  wanted: z.input<typeof registerInput>,
): Promise<"created" | "exists"> {
  const input = registerInput.parse(wanted);
  if (await hasAdmin(db)) return "exists";
  const passwordHash = await hashPassword(input.password);
  const publicId = newPublicId("usr");
  try {
    await inTransaction(db, async (tx) => {
      const { username, email } = input;
      const createdAt = new Date();
      await tx.insert(users).values({ publicId, username, email, passwordHash, role: "admin", createdAt });
      await recordAudit(tx, systemAuditor, { action: "user.bootstrap", resource: publicId });
    });
    return "created";
  } catch (cause) {
    if (violatedKey(cause) === undefined) throw cause;
    if (await hasAdmin(db)) return "exists";
    throw new AppError(
      "conflict",
      `The first administrator can't be named ${input.username} <${input.email}>: an ordinary account has that name or email.`,
      { cause },
    );
  }
}

/**
 * Gives a person a new password and ends all their logins: for the operator of the host, when nobody can sign in any
 * more. API tokens stay.
 * @throws ZodError when the password would not be taken at registration
 * @throws AppError not_found when nobody has that user name
 */
export async function resetPassword(db: Db, username: string, newPassword: string): Promise<void> {
  const passwordHash = await hashPassword(registerInput.shape.password.parse(newPassword));
  await inTransaction(db, async (tx) => {
    const [user] = await tx.select().from(users).where(eq(users.username, username)).for("update");
    if (!user) throw new AppError("not_found", `Nobody here has the user name "${username}".`);
    await tx.update(users).set({ passwordHash }).where(eq(users.id, user.id));
    await endLogins(tx, user.id);
    await recordAudit(tx, systemAuditor, { action: "user.resetPassword", resource: user.publicId });
    await recordChange(tx, { userId: user.id, topic: "account", resource: user.publicId });
  });
}
