import { and, eq, isNotNull, or } from "drizzle-orm";
import type { Db, Tx } from "@/db/client";
import { nodes, sessions, users } from "@/db/schema";
import { inTransaction } from "@/db/tx";
import { recordChange } from "@/lib/audit/record";
import { reachableNode } from "@/lib/fleet/queries";
import { minutesText } from "@/lib/kernel/minutes";
import { type LimitedUser, lockUser, weekUse } from "../commands/admit";
import { tellEndAnew } from "../end-notices";
import { endOf, sessionEnd } from "../rules";
import { hoursEnd } from "../week-rules";
import { addEvent } from "./claim";

/** An end that moves by less is left where it is: clocks and rounds are no better. ms */
const toleranceMs = 2_000;

type Session = typeof sessions.$inferSelect;

/**
 * Gives running sessions the end that their owners' GPU-hours of the week leave them, a warning ahead, and takes it back
 * when more is left than it seemed: another session stopped, or an admin raised the limit. What is on a silent host
 * is left as it is. Any number of workers may do it at once.
 */
export async function applyWeeklyHours(db: Db, zone: string): Promise<void> {
  const limited = await db
    .selectDistinct({ userId: sessions.userId })
    .from(sessions)
    .innerJoin(users, eq(users.id, sessions.userId))
    .where(
      and(
        eq(sessions.state, "RUNNING"),
        or(isNotNull(users.maxGpuMinutesPerWeek), eq(sessions.endsWithHours, true)),
      ),
    );
  for (const { userId } of limited) await inTransaction(db, (tx) => applyTo(tx, userId, zone));
}

async function applyTo(tx: Tx, userId: number, zone: string): Promise<void> {
  const user = await lockUser(tx, userId);
  const use = await weekUse(tx, user, zone);
  const hours = use === null ? null : hoursEnd(use);
  const running = await tx
    .select({ session: sessions })
    .from(sessions)
    .innerJoin(nodes, eq(nodes.id, sessions.nodeId))
    .where(and(eq(sessions.userId, userId), eq(sessions.state, "RUNNING"), reachableNode));
  for (const { session } of running) {
    const end = sessionEnd(session, hours, user.now);
    if (!differs(session, end)) continue;
    const [result] = await tx
      .update(sessions)
      .set(end)
      .where(and(eq(sessions.id, session.id), eq(sessions.state, "RUNNING")));
    if (result.affectedRows === 0) continue;
    const [written = session] = await tx.select().from(sessions).where(eq(sessions.id, session.id));
    const turned = end.endsWithHours !== session.endsWithHours;
    if (turned) await addTurn(tx, written, user, use?.turn ?? "");
    else await recordChange(tx, { userId, topic: "sessions", resource: session.slug });
    if (turned || !sameMinute(session.stopsAt, end.stopsAt)) await tellEndAnew(tx, written);
    await recordChange(tx, { userId: null, topic: "gpus" });
  }
}

type End = ReturnType<typeof sessionEnd>;

/** A time limit of its own was written when it began, or was extended: only the hours' end is this loop's. */
function differs(session: Session, end: End): boolean {
  if (end.endsWithHours !== session.endsWithHours) return true;
  if (!end.endsWithHours) return false;
  return Math.abs((end.stopsAt?.getTime() ?? 0) - (session.stopsAt?.getTime() ?? 0)) > toleranceMs;
}

async function addTurn(tx: Tx, session: Session, user: LimitedUser, turn: string): Promise<void> {
  const { stopsAt, endsWithHours } = session;
  if (!endsWithHours || stopsAt === null) {
    const then = stopsAt === null ? "" : " Its own time limit ends it again.";
    return addEvent(tx, session, "extended", `There are GPU-hours left again this week.${then}`);
  }
  const limit = minutesText(user.maxGpuMinutesPerWeek ?? 0);
  const left = minutesText(Math.max(1, Math.round((stopsAt.getTime() - user.now.getTime()) / 60_000)));
  const then =
    endOf(session).endsBy === "gpu_hours"
      ? ": save your work; the session is snapshotted and stopped then."
      : ". Its owner's hours on the GPU end sooner, and the session with them.";
  const detail = `This week's ${limit} of GPU time are used up in ${left}${then} The next week begins on ${turn}.`;
  await addEvent(tx, session, "hours_ending", detail);
}

/**
 * Whether a notice that named the one names the other as well. While one more session of the owner's starts it uses up
 * nothing yet, and the end drifts with every round: a new notice at each of them would be noise.
 */
function sameMinute(a: Date | null, b: Date | null): boolean {
  return a !== null && b !== null && Math.floor(a.getTime() / 60_000) === Math.floor(b.getTime() / 60_000);
}
