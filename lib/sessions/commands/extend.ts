import { and, eq, inArray, sql } from "drizzle-orm";
import type { Tx } from "@/db/client";
import { dbNow } from "@/db/clock";
import { sessionEvents, sessions } from "@/db/schema";
import { inTransaction } from "@/db/tx";
import { recordAudit, recordChange } from "@/lib/audit/record";
import { can } from "@/lib/auth/rules";
import { AppError } from "@/lib/kernel/errors";
import { minutesText } from "@/lib/kernel/minutes";
import { absoluteText } from "@/lib/kernel/zoned-time";
import type { CommandContext } from "@/lib/workspaces/commands";
import type { Exposure } from "@/lib/workspaces/model";
import { withdrawEnd } from "../end-notices";
import type { ExtendInput, ExtensionBound, ExtensionView } from "../model";
import { extensionOf, leavesAt, plannedEnd, statesBefore } from "../rules";
import { hoursEnd } from "../week-rules";
import { lockUser, weekUse } from "./admit";

type Session = typeof sessions.$inferSelect;

async function visibleSession(
  tx: Tx,
  { actor }: CommandContext,
  exposure: Exposure,
  slug: string,
): Promise<Session> {
  const [session] = await tx
    .select()
    .from(sessions)
    .where(and(eq(sessions.slug, slug), eq(sessions.exposure, exposure)));
  if (session && can(actor, "session.extend", { ownerId: session.userId })) return session;
  throw new AppError("not_found", `No session ${slug}.`);
}

function alreadyEnding(slug: string): AppError {
  return new AppError(
    "conflict",
    `Session ${slug} is stopping or has ended. Launch again on its workspace.`,
    { conflict: "not_extendable" },
  );
}

const reasons: Record<Exclude<ExtensionBound, "held_hours">, string> = {
  duration: "its owner's sessions may not run longer",
  gpu_hours: "by then the week's GPU-hours are used up",
  longest: "no session may run longer",
  no_time_limit: "it has no time limit and runs until someone stops it",
  not_granted: "its owner may no longer use the internal side",
  ended: "it is stopping or has ended",
};

/** What is in the way, in words. */
function reasonText({ session, bound, now }: Measured, reader: number, zone: string): string {
  if (bound.boundBy !== "held_hours") return reasons[bound.boundBy];
  const until = session.heldUntil === null ? "" : ` until ${absoluteText(session.heldUntil, now, zone)}`;
  if (session.needsHeldHours && session.userId === reader)
    return `you hold hours of the GPU${until} only; with the next one, under GPU time, it can go on`;
  return session.needsHeldHours
    ? `its owner holds hours of the GPU${until} only`
    : `nobody else holds hours of the GPU${until} only`;
}

interface Measured {
  /** By the database's clock. */
  readonly now: Date;
  readonly session: Session;
  readonly bound: { readonly minutes: number; readonly boundBy: ExtensionBound };
}

/** The session and by how much it may be extended, with its owner's row locked. */
async function measure(tx: Tx, context: CommandContext, exposure: Exposure, slug: string): Promise<Measured> {
  const { userId } = await visibleSession(tx, context, exposure, slug);
  const owner = await lockUser(tx, userId);
  const session = await visibleSession(tx, context, exposure, slug);
  const { state, ttlMinutes } = session;
  const { now } = owner;
  const none = (boundBy: ExtensionBound) => ({ now, session, bound: { minutes: 0, boundBy } });
  if (!statesBefore("STOPPING").includes(state)) return none("ended");
  if (ttlMinutes === null) return none(session.heldUntil === null ? "no_time_limit" : "held_hours");
  // The owner's grant, not the caller's: it is the owner who would work longer with what is inside.
  if (exposure === "internal" && !owner.canUseInternal) return none("not_granted");
  const use = await weekUse(tx, owner, context.settings.zone);
  const limits = {
    maxDurationMinutes: owner.maxDurationMinutes,
    hours: use === null ? null : hoursEnd(use),
    leaves: session.heldUntil === null ? null : leavesAt(session.heldUntil),
  };
  return { now, session, bound: extensionOf({ ...session, ttlMinutes }, limits, now) };
}

/** When it would end if it were extended. */
function endAfter(session: Session, minutes: number): { ttlMinutes: number | null; stopsAt: Date | null } {
  const ttlMinutes = session.ttlMinutes === null ? null : session.ttlMinutes + minutes;
  return { ttlMinutes, stopsAt: plannedEnd({ ...session, ttlMinutes }) };
}

/** How far the session may be extended. @throws AppError `not_found` */
export function getExtension(
  context: CommandContext,
  exposure: Exposure,
  slug: string,
): Promise<ExtensionView> {
  return inTransaction(context.db, async (tx) => {
    const { session, bound } = await measure(tx, context, exposure, slug);
    const { ttlMinutes, heldUntil } = session;
    const own = endAfter(session, bound.minutes).stopsAt;
    const leaves = heldUntil === null ? null : leavesAt(heldUntil);
    const until = own === null || (leaves !== null && leaves < own) ? leaves : own;
    return { ...bound, ttlMinutes, until: until?.toISOString() ?? null };
  });
}

/** In the way of any extension, not of one that is too long. */
const hindrances: readonly ExtensionBound[] = ["no_time_limit", "not_granted", "ended"];

/**
 * By how much the session is to be extended; 0 when it has that time limit already, as when the answer to the same
 * request got lost.
 * @throws AppError `conflict` that says how much is possible
 */
function minutesToAdd(
  measured: Measured,
  wanted: ExtendInput["ttlMinutes"],
  { actor, settings }: CommandContext,
): number {
  const { session, bound } = measured;
  const { slug, ttlMinutes } = session;
  const refused = (how: string) =>
    new AppError(
      "conflict",
      `Session ${slug} ${how}: ${reasonText(measured, actor.userId, settings.zone)}.`,
      {
        conflict: "not_extendable",
      },
    );
  const has = ttlMinutes ?? 0;
  const minutes = wanted === "max" ? bound.minutes : wanted - has;
  if (hindrances.includes(bound.boundBy)) throw refused("can't be extended");
  if (wanted !== "max" && minutes === 0) return 0;
  if (minutes < 0) {
    throw new AppError("conflict", `Session ${slug} has a time limit of ${minutesText(has)} already.`, {
      conflict: "not_extendable",
    });
  }
  if (bound.minutes === 0) throw refused("can't be extended");
  if (minutes > bound.minutes) {
    throw refused(`can be extended by ${minutesText(bound.minutes)} at most`);
  }
  return minutes;
}

/**
 * Gives a session a longer time limit, as far as its owner's limits allow. Loses against a stop: what is stopping stays so.
 * @throws AppError `not_found`, `conflict` that says how much is possible
 */
export async function extendSession(
  context: CommandContext,
  exposure: Exposure,
  { slug, ttlMinutes: wanted }: ExtendInput,
): Promise<void> {
  const { actor, requestId } = context;
  await inTransaction(context.db, async (tx) => {
    const measured = await measure(tx, context, exposure, slug);
    const { session } = measured;
    const minutes = minutesToAdd(measured, wanted, context);
    if (minutes === 0) return;
    const { ttlMinutes } = endAfter(session, minutes);
    const [result] = await tx
      .update(sessions)
      // From the row as it is now: it may have begun to run since it was read.
      .set({
        ttlMinutes,
        stopsAt: sql`${sessions.runningAt} + interval ${ttlMinutes} minute`,
        endsWithHours: false,
      })
      .where(and(eq(sessions.id, session.id), inArray(sessions.state, statesBefore("STOPPING"))));
    if (result.affectedRows === 0) throw alreadyEnding(slug);
    await withdrawEnd(tx, session);
    const by = session.userId === actor.userId ? "" : ` by ${actor.username}, an admin`;
    const total = ttlMinutes === null ? "" : `, to ${minutesText(ttlMinutes)} in all`;
    await tx.insert(sessionEvents).values({
      sessionId: session.id,
      kind: "extended",
      detail: `Extended by ${minutesText(minutes)}${by}${total}.`,
      at: dbNow,
    });
    await recordAudit(
      tx,
      { ...actor, requestId },
      { action: "session.extend", resource: slug, detail: { minutes, ttlMinutes } },
    );
    await recordChange(tx, { userId: session.userId, topic: "sessions", resource: slug });
    await recordChange(tx, { userId: null, topic: "gpus" });
  });
}
