import type { z } from "zod";
import { users } from "@/db/schema";
import { inTransaction, violatedKey } from "@/db/tx";
import { recordAudit, recordChange } from "@/lib/audit/record";
import { required } from "@/lib/kernel/assert";
import { AppError } from "@/lib/kernel/errors";
import { newPublicId } from "@/lib/kernel/ids";
import { defaultLimits } from "../lab-settings";
import type { Actor, createUserInput, UserView } from "../model";
import { hashPassword } from "../passwords";
import type { RequestContext } from "../procedure";
import { findUser, toUserView } from "../queries";
import { can } from "../rules";
import { lockAdmins } from "./users";

/** Unlike at registration it is no secret which of the two is taken: an admin sees everybody's. */
const takenTexts = {
  users_username: { username: "That user name is taken." },
  users_email: { email: "Somebody has that email address already." },
} as const;

function takenError(key: keyof typeof takenTexts, cause: unknown): AppError {
  const fields = takenTexts[key];
  return new AppError("conflict", Object.values(fields).join(" "), { cause, fields, conflict: "taken" });
}

const isTaken = (key: string | undefined): key is keyof typeof takenTexts =>
  key !== undefined && Object.hasOwn(takenTexts, key);

/**
 * Makes an account for somebody else, with the limits of any new one. Its first budget comes with the worker's next look.
 * @throws AppError `forbidden`, `conflict` (the name or the address is taken, in its field)
 */
export async function createUser(
  { db, requestId }: Pick<RequestContext, "db" | "requestId">,
  actor: Actor,
  { username, email, password, weeklyBudget = null }: z.output<typeof createUserInput>,
): Promise<UserView> {
  if (!can(actor, "user.create")) throw new AppError("forbidden", "This needs the admin role.");
  const passwordHash = await hashPassword(password);
  const publicId = newPublicId("usr");
  try {
    return await inTransaction(db, async (tx) => {
      await lockAdmins(tx, actor);
      const person = { publicId, username, email, passwordHash, weeklyBudget, createdAt: new Date() };
      const [made] = await tx.insert(users).values({ ...person, ...(await defaultLimits(tx)) });
      const detail = { username, ...(weeklyBudget !== null && { weeklyBudget }) };
      await recordAudit(tx, { ...actor, requestId }, { action: "user.create", resource: publicId, detail });
      await recordChange(tx, { userId: made.insertId, topic: "account", resource: publicId });
      return toUserView(required(await findUser(tx, made.insertId), "the user just made"));
    });
  } catch (error) {
    const key = violatedKey(error);
    throw isTaken(key) ? takenError(key, error) : error;
  }
}
