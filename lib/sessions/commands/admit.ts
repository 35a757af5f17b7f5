import { and, eq, inArray, sql } from "drizzle-orm";
import type { DbOrTx, Tx } from "@/db/client";
import { dbNow } from "@/db/clock";
import { sessions, sshKeys, users } from "@/db/schema";
import { required } from "@/lib/kernel/assert";
import { AppError } from "@/lib/kernel/errors";
import { minutesText } from "@/lib/kernel/minutes";
import { weekOf, weekTurnText } from "@/lib/schedule/rules";
import { assertExposure, type CommandContext } from "@/lib/workspaces/commands";
import type { Exposure } from "@/lib/workspaces/model";
import { activeSessionStates, type SessionState } from "../model";
import { statesBefore } from "../rules";
import { gpuTimeMs } from "../usage";
import { hoursAllow, type WeekUse } from "../week-rules";

/** For whom a session is launched, and at whose request. */
export type LaunchContext = Pick<CommandContext, "actor" | "requestId"> & {
  /** Of the times in a refusal, and of the week that counts. */
  readonly settings: Pick<CommandContext["settings"], "zone">;
};

const columns = {
  id: users.id,
  disabledAt: users.disabledAt,
  maxSessions: users.maxSessions,
  maxGpuMinutesPerWeek: users.maxGpuMinutesPerWeek,
  maxDurationMinutes: users.maxDurationMinutes,
  canUseInternal: users.canUseInternal,
};

/** Whose limits a session is under, as of now by the database's clock. */
export type LimitedUser = Pick<
  typeof users.$inferSelect,
  "id" | "disabledAt" | "maxSessions" | "maxGpuMinutesPerWeek" | "maxDurationMinutes" | "canUseInternal"
> & { readonly now: Date };

/** The user's row, locked: launches, extensions and the week's end of one person go one after the other. */
export async function lockUser(tx: Tx, userId: number): Promise<LimitedUser> {
  const [user] = await tx.select(columns).from(users).where(eq(users.id, userId)).for("update");
  // The time is read once the lock is had: whoever held it before us has written by then.
  const [clock] = await tx.select({ now: dbNow }).from(users).where(eq(users.id, userId));
  return { ...required(user, "the session's owner"), now: required(clock, "the database's clock").now };
}

/**
 * Sessions that hold something, of them those that use up hours, and usable keys; in one statement, since every launch
 * waits for it.
 */
async function countHoldings(
  db: DbOrTx,
  userId: number,
): Promise<{ active: number; using: number; keys: number }> {
  const inStates = (states: readonly SessionState[]) => {
    const which = and(eq(sessions.userId, userId), inArray(sessions.state, [...states]));
    return sql`(select count(*) from ${sessions} where ${which})`.mapWith(Number);
  };
  const [have] = await db
    .select({
      active: inStates(activeSessionStates),
      using: inStates(statesBefore("STOPPING")),
      keys: sql`(select count(*) from ${sshKeys} where ${eq(sshKeys.userId, userId)})`.mapWith(Number),
    })
    .from(users)
    .where(eq(users.id, userId));
  return required(have, "the session's owner");
}

/**
 * What of the week's GPU time a person has used; null without a limit.
 * @param holders sessions that use it up from now on; counted where they aren't given
 */
export async function weekUse(
  tx: Tx,
  user: LimitedUser,
  zone: string,
  holders?: number,
): Promise<(WeekUse & { readonly turn: string }) | null> {
  if (user.maxGpuMinutesPerWeek === null) return null;
  const week = weekOf(user.now, zone);
  return {
    usedMs: await gpuTimeMs(tx, user.id, week),
    limitMinutes: user.maxGpuMinutesPerWeek,
    holders: holders ?? (await countHoldings(tx, user.id)).using,
    now: user.now,
    weekEnd: week.end,
    turn: weekTurnText(week, zone),
  };
}

/**
 * Checks what must hold for one more session of the user whose row is locked.
 * @throws AppError `conflict` (no key, session limit, GPU-hours of the week), `forbidden` (disabled, or internal without the grant)
 */
export async function assertMayLaunch(
  tx: Tx,
  { actor, settings }: LaunchContext,
  exposure: Exposure,
  user: LimitedUser,
): Promise<void> {
  if (user.disabledAt) throw new AppError("forbidden", "This account is disabled.");
  // As of the lock, not of the request's beginning: a grant that was withdrawn since begins nothing more.
  assertExposure({ ...actor, canUseInternal: user.canUseInternal }, exposure);
  const { active, using, keys } = await countHoldings(tx, user.id);
  if (keys === 0) throw noKey();
  if (active >= user.maxSessions) {
    const sessionsNow = active === 1 ? "1 session" : `${active} sessions`;
    throw new AppError(
      "conflict",
      `You have ${sessionsNow} active, and your limit is ${user.maxSessions}. Stop one first, or ask an admin to raise it.`,
      { conflict: "limit_reached" },
    );
  }
  const use = await weekUse(tx, user, settings.zone, using + 1);
  if (use && !hoursAllow(use)) throw hoursUsedUp(use, using);
}

function noKey(): AppError {
  const message = "Add an SSH public key first: without one nobody could log in to the session.";
  return new AppError("conflict", message, { conflict: "no_ssh_key" });
}

/** @throws AppError `conflict` when the user could not log in to any session */
export async function assertHasKey(tx: Tx, userId: number): Promise<void> {
  if ((await countHoldings(tx, userId)).keys === 0) throw noKey();
}

function hoursUsedUp(use: WeekUse & { turn: string }, active: number): AppError {
  const used = minutesText(Math.floor(use.usedMs / 60_000));
  const mine = active === 1 ? "your active session needs" : `your ${active} active sessions need`;
  const rest = active > 0 ? `, and ${mine} what is left` : "";
  return new AppError(
    "conflict",
    `You have used ${used} of this week's ${minutesText(use.limitMinutes)} of GPU time${rest}. The next week begins on ${use.turn}; an admin can raise the limit.`,
    { conflict: "limit_reached" },
  );
}

/**
 * The session's time limit in minutes: never longer than its owner may run one, and exactly that when none was asked for.
 * @throws AppError `invalid`, naming the field
 */
export function timeLimit(wanted: number | undefined, longest: number | null): number | null {
  if (longest === null) return wanted ?? null;
  if (wanted === undefined || wanted <= longest) return wanted ?? longest;
  const message = `Your sessions may run ${minutesText(longest)} at most. Choose less, or ask an admin to raise it.`;
  throw new AppError("invalid", message, { fields: { ttlMinutes: message } });
}
