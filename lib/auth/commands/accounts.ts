import { eq } from "drizzle-orm";
import type { z } from "zod";
import { users } from "@/db/schema";
import { inTransaction, violatedKey } from "@/db/tx";
import { recordAudit, recordChange } from "@/lib/audit/record";
import { required } from "@/lib/kernel/assert";
import { AppError } from "@/lib/kernel/errors";
import { newPublicId } from "@/lib/kernel/ids";
import { defaultLimits } from "../lab-settings";
import { clearLoginCookie, createLogin, endLogin, endLogins, sendLoginCookie } from "../lucia";
import type { Actor, changePasswordInput, loginInput, registerInput, UserView } from "../model";
import { hashPassword, verifyPassword } from "../passwords";
import type { RequestContext } from "../procedure";
import { findUser, toUserView } from "../queries";
import { can } from "../rules";
import { addressBucket, type Bucket, countAttempt, refundAttempt, resetAttempts } from "../throttle";
import { loginPerAccount, loginPerAddress, passwordChangePerAccount, registerPerAddress } from "../tunables";

/**
 * Makes an account and signs it in. A taken name and a taken address get one and the same answer after the same work;
 * that one of the two is taken has to be said, so attempts per address are limited.
 * @throws AppError conflict, too_many
 */
export async function register(
  context: RequestContext,
  input: z.output<typeof registerInput>,
): Promise<UserView> {
  const { db, clientAddress, requestId } = context;
  await countAttempt(db, addressBucket("register-address", clientAddress), registerPerAddress);
  const passwordHash = await hashPassword(input.password);
  const publicId = newPublicId("usr");
  try {
    const { user, login } = await inTransaction(db, async (tx) => {
      const [result] = await tx.insert(users).values({
        publicId,
        username: input.username,
        email: input.email,
        passwordHash,
        createdAt: new Date(),
        ...(await defaultLimits(tx)),
      });
      const userId = result.insertId;
      await recordAudit(
        tx,
        { userId, username: input.username, requestId },
        { action: "user.register", resource: publicId },
      );
      await recordChange(tx, { userId, topic: "account", resource: publicId });
      return {
        user: required(await findUser(tx, userId), "the user just made"),
        login: await createLogin(tx, userId),
      };
    });
    sendLoginCookie(context.cookies, login);
    return toUserView(user);
  } catch (error) {
    if (violatedKey(error) === undefined) throw error;
    throw new AppError("conflict", "That user name or email is taken. Sign in, or choose another.", {
      cause: error,
      conflict: "taken",
    });
  }
}

/**
 * Checks the password and starts a login. Unknown names and wrong passwords cost the same time and get the same answer.
 * @throws AppError unauthenticated, forbidden (right password, disabled account), too_many
 */
export async function login(context: RequestContext, input: z.output<typeof loginInput>): Promise<UserView> {
  const { db, requestId } = context;
  const address = addressBucket("login-address", context.clientAddress);
  await countAttempt(db, address, loginPerAddress);
  const column = input.login.includes("@") ? users.email : users.username;
  const [user] = await db.select().from(users).where(eq(column, input.login));
  // Name and email lead to the same bucket, or guessing would get twice the attempts.
  const account: Bucket = { kind: "login-account", subject: user?.publicId ?? input.login.toLowerCase() };
  await countAttempt(db, account, loginPerAccount);
  const matches = await verifyPassword(user?.passwordHash ?? null, input.password);
  if (!user || !matches) {
    context.log.info({ clientAddress: context.clientAddress }, "login refused");
    throw new AppError("unauthenticated", "User name, email or password is wrong.");
  }
  const started = await inTransaction(db, async (tx) => {
    const [current] = await tx.select().from(users).where(eq(users.id, user.id)).for("update");
    // Changed or disabled while the password was being checked.
    if (current?.passwordHash !== user.passwordHash) {
      throw new AppError("unauthenticated", "User name, email or password is wrong.");
    }
    if (current.disabledAt) {
      throw new AppError("forbidden", "This account is disabled. Ask an administrator of this lab.");
    }
    await recordAudit(
      tx,
      { userId: user.id, username: user.username, requestId },
      { action: "user.login", resource: user.publicId },
    );
    return createLogin(tx, user.id);
  });
  await resetAttempts(db, account);
  await refundAttempt(db, address);
  sendLoginCookie(context.cookies, started);
  return toUserView(user);
}

/** Ends the login in use, if any, and makes the browser forget it. */
export async function logout(context: RequestContext): Promise<void> {
  const { db, actor, loginIdHash, requestId } = context;
  if (actor && loginIdHash) {
    await inTransaction(db, async (tx) => {
      await endLogin(tx, loginIdHash);
      await recordAudit(
        tx,
        { userId: actor.userId, username: actor.username, requestId },
        { action: "user.logout", resource: actor.publicId },
      );
    });
  }
  if (actor?.via !== "token") clearLoginCookie(context.cookies);
}

/**
 * Sets a new password and ends every other login of this user.
 * @throws AppError invalid (wrong current password), too_many
 */
export async function changePassword(
  context: RequestContext,
  actor: Actor,
  input: z.output<typeof changePasswordInput>,
): Promise<void> {
  if (!can(actor, "account.manage", { ownerId: actor.userId }) || !context.loginIdHash) {
    throw new AppError("forbidden", "Passwords are changed by the person signed in, in the browser.");
  }
  const { db, loginIdHash, requestId } = context;
  const bucket: Bucket = { kind: "password-account", subject: actor.publicId };
  await countAttempt(db, bucket, passwordChangePerAccount);
  const before = required(await findUser(db, actor.userId), "the signed-in user");
  if (!(await verifyPassword(before.passwordHash, input.currentPassword))) {
    const message = "The current password is wrong.";
    throw new AppError("invalid", message, { fields: { currentPassword: message } });
  }
  const passwordHash = await hashPassword(input.newPassword);
  await inTransaction(db, async (tx) => {
    const [current] = await tx.select().from(users).where(eq(users.id, actor.userId)).for("update");
    if (current?.passwordHash !== before.passwordHash) {
      throw new AppError("conflict", "The password was changed elsewhere a moment ago. Sign in again.", {
        conflict: "changed_meanwhile",
      });
    }
    await tx.update(users).set({ passwordHash }).where(eq(users.id, actor.userId));
    await endLogins(tx, actor.userId, loginIdHash);
    await recordAudit(
      tx,
      { userId: actor.userId, username: actor.username, requestId },
      { action: "user.changePassword", resource: actor.publicId },
    );
    await recordChange(tx, { userId: actor.userId, topic: "account", resource: actor.publicId });
  });
  await resetAttempts(db, bucket);
}
