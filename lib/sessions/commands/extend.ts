import { and, eq, inArray } from "drizzle-orm";
import type { Tx } from "@/db/client";
import { dbNow } from "@/db/clock";
import { sessionEvents, sessions } from "@/db/schema";
import { inTransaction } from "@/db/tx";
import { recordAudit, recordChange } from "@/lib/audit/record";
import { can } from "@/lib/auth/rules";
import { utcTime } from "@/lib/fleet/rules";
import { AppError } from "@/lib/kernel/errors";
import type { CommandContext } from "@/lib/workspaces/commands";
import type { Exposure } from "@/lib/workspaces/model";
import type { ExtendInput, ExtensionBound, ExtensionView } from "../model";
import { extensionOf, hoursEnd, minutesText, plannedEnd, statesBefore } from "../rules";
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

/** @throws AppError `conflict` when there is no time limit to move */
function assertExtendable(session: Session): asserts session is Session & { ttlMinutes: number } {
  if (session.state !== "STARTING" && session.state !== "RUNNING") throw alreadyEnding(session.slug);
  if (session.ttlMinutes !== null) return;
  throw new AppError("conflict", "This session has no time limit: it runs until someone stops it.");
}

function alreadyEnding(slug: string): AppError {
  return new AppError("conflict", `Session ${slug} is stopping or has ended. Launch again on its workspace.`);
}

const reasons: Record<ExtensionBound, string> = {
  duration: "its owner's sessions may not run longer",
  gpu_hours: "by then the week's GPU-hours are used up",
  longest: "no session may run longer",
};

/** The session and by how much it may be extended, with its owner's row locked. */
async function measure(tx: Tx, context: CommandContext, exposure: Exposure, slug: string) {
  const { userId } = await visibleSession(tx, context, exposure, slug);
  const owner = await lockUser(tx, userId);
  const session = await visibleSession(tx, context, exposure, slug);
  assertExtendable(session);
  const use = await weekUse(tx, owner, context.settings.zone, 0);
  const hours = use === null ? null : hoursEnd(use);
  const bound = extensionOf(session, { maxDurationMinutes: owner.maxDurationMinutes, hours }, owner.now);
  return { session, bound, now: owner.now };
}

const extended = (session: Session, ttlMinutes: number) => plannedEnd({ ...session, ttlMinutes });

/** How far the session may be extended. @throws AppError `not_found`, `conflict` */
export function getExtension(
  context: CommandContext,
  exposure: Exposure,
  slug: string,
): Promise<ExtensionView> {
  return inTransaction(context.db, async (tx) => {
    const { session, bound } = await measure(tx, context, exposure, slug);
    const until = extended(session, session.ttlMinutes + bound.minutes);
    return { ...bound, until: until?.toISOString() ?? null };
  });
}

/**
 * Moves a session's end, as far as its owner's limits allow. Loses against a stop: what is stopping stays so.
 * @throws AppError `not_found`, `conflict` that says how much is possible
 */
export async function extendSession(
  context: CommandContext,
  exposure: Exposure,
  { slug, minutes: wanted }: ExtendInput,
): Promise<void> {
  const { actor, requestId } = context;
  await inTransaction(context.db, async (tx) => {
    const { session, bound, now } = await measure(tx, context, exposure, slug);
    const minutes = wanted === "max" ? bound.minutes : wanted;
    if (minutes === 0 || minutes > bound.minutes) {
      const most =
        bound.minutes === 0
          ? "can't be extended"
          : `can be extended by ${minutesText(bound.minutes)} at most`;
      throw new AppError("conflict", `Session ${slug} ${most}: ${reasons[bound.boundBy]}.`);
    }
    const ttlMinutes = session.ttlMinutes + minutes;
    const stopsAt = extended(session, ttlMinutes);
    const [result] = await tx
      .update(sessions)
      .set({ ttlMinutes, stopsAt, endsWithHours: false })
      .where(
        and(
          eq(sessions.id, session.id),
          inArray(sessions.state, statesBefore("STOPPING")),
          eq(sessions.ttlMinutes, session.ttlMinutes),
        ),
      );
    if (result.affectedRows === 0) throw alreadyEnding(slug);
    const by = session.userId === actor.userId ? "" : ` by ${actor.username}, an admin`;
    const ends = stopsAt === null ? "" : `; it ends at ${utcTime(stopsAt, now)}`;
    await tx.insert(sessionEvents).values({
      sessionId: session.id,
      kind: "extended",
      detail: `Extended by ${minutesText(minutes)}${by}${ends}.`,
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
