import { and, asc, eq, isNull } from "drizzle-orm";
import type { z } from "zod";
import type { Tx } from "@/db/client";
import { users } from "@/db/schema";
import { inTransaction } from "@/db/tx";
import { recordAudit, recordChange } from "@/lib/audit/record";
import { required } from "@/lib/kernel/assert";
import { AppError } from "@/lib/kernel/errors";
import { endLogins } from "../lucia";
import type { Actor, UserView, updateUserInput } from "../model";
import type { Allowances, AuthPorts, FromTo } from "../ports";
import type { RequestContext } from "../procedure";
import { findUser, toUserView } from "../queries";
import { can, differing, hoursOf, minutesOf, oldAndNew } from "../rules";

type User = typeof users.$inferSelect;

/**
 * Every enabled admin, locked in one order, so that concurrent changes of admins go one after the other.
 * @throws AppError `forbidden` when the actor was demoted since the request was authenticated
 */
export async function lockAdmins(tx: Tx, actor: Actor): Promise<number[]> {
  const rows = await tx
    .select({ id: users.id })
    .from(users)
    .where(and(eq(users.role, "admin"), isNull(users.disabledAt)))
    .orderBy(asc(users.id))
    .for("update");
  const admins = rows.map((row) => row.id);
  if (!admins.includes(actor.userId)) throw new AppError("forbidden", "This needs the admin role.");
  return admins;
}

/** The limits that the input really changes. */
function limitsOf(user: User, input: z.output<typeof updateUserInput>): Partial<User> {
  const hours = input.maxGpuHoursPerWeek;
  const wanted = {
    maxSessions: input.maxSessions,
    maxGpuMinutesPerWeek: hours === undefined ? undefined : minutesOf(hours),
    maxDiskGb: input.maxDiskGb,
    maxDurationMinutes: input.maxDurationMinutes,
  };
  return differing(user, wanted);
}

/** The columns that the input really changes. */
function changesOf(user: User, input: z.output<typeof updateUserInput>): Partial<User> {
  const changed: Partial<User> = {
    ...limitsOf(user, input),
    ...differing(user, { weeklyBudget: input.weeklyBudget }),
  };
  if (input.role !== undefined && input.role !== user.role) changed.role = input.role;
  if (input.canUseInternal !== undefined && input.canUseInternal !== user.canUseInternal) {
    changed.canUseInternal = input.canUseInternal;
  }
  if (input.disabled !== undefined && input.disabled !== (user.disabledAt !== null)) {
    changed.disabledAt = input.disabled ? new Date() : null;
  }
  return changed;
}

/** @throws AppError `forbidden` to a token that changes a role, or enables an administrator */
function requireMayPromote(actor: Actor, user: User, changed: Partial<User>): void {
  const returns = changed.disabledAt === null && user.role === "admin";
  if ((changed.role === undefined && !returns) || can(actor, "user.promote")) return;
  throw new AppError(
    "forbidden",
    "An API token can't change roles or enable an administrator. Sign in in the browser.",
  );
}

/** What of a change its person must know; null when there is nothing. */
function allowancesOf(changed: Partial<User>): Allowances | null {
  const {
    canUseInternal,
    maxSessions,
    maxGpuMinutesPerWeek: minutes,
    maxDiskGb,
    maxDurationMinutes,
  } = changed;
  const maxGpuHoursPerWeek = minutes === undefined ? undefined : hoursOf(minutes);
  const allowances = { canUseInternal, maxSessions, maxGpuHoursPerWeek, maxDiskGb, maxDurationMinutes };
  return Object.values(allowances).some((value) => value !== undefined) ? allowances : null;
}

/** @throws AppError `conflict` when the change takes the lab its last administrator */
function requireAnotherAdmin(user: User, changed: Partial<User>, admins: readonly number[]): void {
  const loses = changed.role === "user" || changed.disabledAt instanceof Date;
  if (!loses || admins.length !== 1 || admins[0] !== user.id) return;
  throw new AppError(
    "conflict",
    `${user.username} is the last administrator. Make somebody else administrator first.`,
    { conflict: "last_admin" },
  );
}

/** Sets what somebody has in either currency, as far as it is named. @returns what changed, by the input's fields */
async function setBalances(
  tx: Tx,
  ports: AuthPorts,
  user: number,
  { balance, dollars }: z.output<typeof updateUserInput>,
  requestId: string,
): Promise<Record<string, FromTo>> {
  const set: Record<string, FromTo> = {};
  // In the order in which accounts are locked.
  for (const [field, currency, amount] of [
    ["balance", "CREDIT", balance],
    ["dollars", "USD", dollars],
  ] as const) {
    const changed = amount && (await ports.balanceSet(tx, { user, currency }, amount, requestId));
    if (changed) set[field] = changed;
  }
  return set;
}

/**
 * Changes another's (or one's own) role, limits, standing, grant, credits or dollars. Limits hold from the next launch on; the week's hours
 * at once. Withdrawing the grant for what is internal ends nothing that runs and begins nothing more. Disabling ends the
 * logins, refuses the tokens and takes the
 * SSH keys out of running sessions.
 * @throws AppError forbidden (to tokens what makes an administrator), not_found, conflict (the last enabled admin;
 * money that is held)
 */
export async function updateUser(
  { db, requestId }: Pick<RequestContext, "db" | "requestId">,
  ports: AuthPorts,
  actor: Actor,
  input: z.output<typeof updateUserInput>,
): Promise<UserView> {
  if (!can(actor, "user.update")) throw new AppError("forbidden", "This needs the admin role.");
  return inTransaction(db, async (tx) => {
    const admins = await lockAdmins(tx, actor);
    const [user] = await tx.select().from(users).where(eq(users.publicId, input.id)).for("update");
    if (!user) throw new AppError("not_found", `There is no user ${input.id}.`);
    const changed = changesOf(user, input);
    requireMayPromote(actor, user, changed);
    const balances = await setBalances(tx, ports, user.id, input, requestId);
    const changes = Object.keys(changed).length > 0;
    if (!changes && Object.keys(balances).length === 0) return toUserView(user);
    requireAnotherAdmin(user, changed, admins);
    if (changes) await tx.update(users).set(changed).where(eq(users.id, user.id));
    if (changed.disabledAt) await endLogins(tx, user.id);
    if (changed.disabledAt !== undefined) await ports.keysChanged(tx, user.id);
    const allowances = allowancesOf(changed);
    if (allowances !== null && user.id !== actor.userId) {
      await ports.allowancesChanged(tx, user.id, allowances, requestId);
    }
    await recordAudit(
      tx,
      { userId: actor.userId, username: actor.username, requestId },
      {
        action: "user.update",
        resource: user.publicId,
        detail: { ...oldAndNew(user, changed), ...balances },
      },
    );
    await recordChange(tx, { userId: user.id, topic: "account", resource: user.publicId });
    return toUserView(required(await findUser(tx, user.id), "the user just changed"));
  });
}
