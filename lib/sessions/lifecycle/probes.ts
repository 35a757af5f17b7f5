import { and, asc, desc, eq, inArray, isNull, lt, lte, ne, or, type SQL, sql } from "drizzle-orm";
import type { Db, Tx } from "@/db/client";
import { dbNow, dbNowPlus, dueBy } from "@/db/clock";
import { nodes, sessionProbes, sessions } from "@/db/schema";
import { inTransaction } from "@/db/tx";
import { recordAudit, recordChange, systemAuditor } from "@/lib/audit/record";
import { notify, notifyAdmins } from "@/lib/notices/notify";
import type { ProbeView } from "../model";
import { isolationOf } from "../rules";
import { addEvent } from "./claim";

/** Nothing else holds a claim up: a probe takes some 3 s. ms */
const probeLeaseMs = 30_000;
const probeEveryMs = 3_600_000;
/** Runs of a session that are kept: a week of hours, and what happened in between. */
const keptRuns = 200;
/** Runs that one statement of the sweep removes at most, so that no lock is held for long. */
const runsAtOnce = 1_000;

const columns = {
  id: sessions.id,
  slug: sessions.slug,
  userId: sessions.userId,
  exposure: sessions.exposure,
  generation: sessions.generation,
  cause: sessions.probeCause,
  probeClaim: sessions.probeClaim,
};

/** A running session whose reach is to be tried, by this worker until the lease has run out. */
export type ProbeClaim = Pick<
  typeof sessions.$inferSelect,
  "id" | "slug" | "userId" | "exposure" | "generation" | "probeClaim"
> & { readonly cause: typeof sessions.$inferSelect.probeCause };

/** After a fence that was found changed, one waits for nobody: there may be a leak. */
const due = (lateMs: number) =>
  and(
    eq(sessions.state, "RUNNING"),
    or(
      dueBy(sessions.probeDueAt, probeEveryMs, lateMs),
      and(eq(sessions.probeCause, "firewall"), dueBy(sessions.probeDueAt, probeEveryMs)),
    ),
  );

/** Still this claim: not restarted, not ended, not due anew for another reason. */
function fenced({ id, probeClaim }: ProbeClaim): SQL | undefined {
  return and(eq(sessions.id, id), eq(sessions.state, "RUNNING"), eq(sessions.probeClaim, probeClaim));
}

/**
 * Claims sessions to probe, each by a conditional UPDATE that raises its probe claim. Apart from the claims that start,
 * stop and push keys: those never wait for a probe.
 * @param lateMs of those whose fence was not changed only such as have been due for this long
 */
export async function claimDueProbes(db: Db, limit: number, lateMs = 0): Promise<ProbeClaim[]> {
  const rows = await db
    .select(columns)
    .from(sessions)
    .where(due(lateMs))
    .orderBy(asc(sessions.probeDueAt))
    .limit(limit);
  const claimed = await Promise.all(
    rows.map(async (row) => {
      const probeClaim = row.probeClaim + 1;
      const [result] = await db
        .update(sessions)
        .set({ probeClaim, probeDueAt: dbNowPlus(probeLeaseMs) })
        .where(and(fenced(row), due(lateMs)));
      return result.affectedRows === 1 ? [{ ...row, probeClaim }] : [];
    }),
  );
  return claimed.flat();
}

/** The probe could not be made: due again after `delayMs`. Harmless when the claim is lost. */
export async function retryProbe(db: Db, claim: ProbeClaim, delayMs: number): Promise<void> {
  await db
    .update(sessions)
    .set({ probeDueAt: dbNowPlus(delayMs) })
    .where(fenced(claim));
}

/** Told once per change: on the timeline, and of a broken fence in the audit, to the owner and to admins. */
async function tellChange(
  tx: Tx,
  claim: ProbeClaim,
  before: string | null,
  { fault, leaks, refused }: { fault: string | null; leaks: readonly string[]; refused: number },
): Promise<void> {
  if (fault === before) return;
  if (fault === null) {
    await addEvent(tx, claim, "isolation_restored", `Isolation holds again: ${refused} probes refused.`);
    return;
  }
  await addEvent(tx, claim, "isolation_broken", fault);
  await recordAudit(tx, systemAuditor, {
    action: "session.isolation_broken",
    resource: claim.slug,
    detail: { reached: leaks, cause: claim.cause },
  });
  const { userId, slug, exposure, probeClaim } = claim;
  const told = { kind: "session_isolation_broken", slug, exposure, finding: fault } as const;
  const key = `session_isolation_broken:${slug}:${probeClaim}`;
  await notify(tx, userId, told, key);
  await notifyAdmins(tx, told, key);
}

async function trim(tx: Tx, sessionId: number): Promise<void> {
  const [oldest] = await tx
    .select({ id: sessionProbes.id })
    .from(sessionProbes)
    .where(eq(sessionProbes.sessionId, sessionId))
    .orderBy(desc(sessionProbes.id))
    .limit(1)
    .offset(keptRuns);
  if (!oldest) return;
  await tx
    .delete(sessionProbes)
    .where(and(eq(sessionProbes.sessionId, sessionId), lte(sessionProbes.id, oldest.id)));
}

/** Of sessions that ended longer than `keptMs` ago the last run alone stays: what their views show. */
export async function sweepProbes(db: Db, keptMs: number): Promise<void> {
  for (;;) {
    // Looked up first: a delete that joins would lock the sessions' rows, too. One that has ended is not probed again.
    const old = await db
      .select({ id: sessionProbes.id })
      .from(sessionProbes)
      .innerJoin(sessions, eq(sessions.id, sessionProbes.sessionId))
      .where(and(lt(sessions.endedAt, dbNowPlus(-keptMs)), ne(sessionProbes.id, sessions.lastProbeId)))
      .limit(runsAtOnce);
    if (old.length === 0) return;
    const ids = old.map(({ id }) => id);
    await db.delete(sessionProbes).where(inArray(sessionProbes.id, ids));
  }
}

/**
 * Keeps the evidence, the newest 200 runs of a session, and has the next one made in an hour. What was reached and must not
 * be becomes a condition; it stops nothing.
 * @returns what was reached and must not be; null when the claim is lost and nothing was written
 */
export function recordProbe(
  db: Db,
  claim: ProbeClaim,
  probes: readonly ProbeView[],
): Promise<readonly string[] | null> {
  const { ok, refused, reached, leaks, ...found } = isolationOf(probes);
  const fault = found.fault?.slice(0, 500) ?? null;
  return inTransaction(db, async (tx) => {
    const [session] = await tx
      .select({ fault: sessions.isolationFault })
      .from(sessions)
      .where(fenced(claim))
      .for("update");
    if (!session) return null;
    const [made] = await tx.insert(sessionProbes).values({
      sessionId: claim.id,
      at: dbNow,
      cause: claim.cause,
      ok,
      refused,
      reached,
      probes: [...probes],
    });
    await tx
      .update(sessions)
      .set({
        lastProbeId: made.insertId,
        isolationFault: fault,
        probeCause: "hourly",
        probeDueAt: dbNowPlus(probeEveryMs),
      })
      .where(eq(sessions.id, claim.id));
    await tellChange(tx, claim, session.fault, { fault, leaks, refused });
    await recordChange(tx, { userId: claim.userId, topic: "sessions", resource: claim.slug });
    await trim(tx, claim.id);
    return leaks;
  });
}

/**
 * The firewall of a host was found changed, and was put right, at `changedAt`: until then its sessions may have reached more
 * than they should, so all that run there are probed anew. A probe under way is void, since it may have seen either.
 * @returns how many those are; none when this change is known already
 */
export function probeAfterFenceChange(db: Db, nodeId: number, changedAt: Date): Promise<number> {
  return inTransaction(db, async (tx) => {
    const [known] = await tx
      .update(nodes)
      .set({ fenceChangedAt: changedAt })
      .where(
        and(eq(nodes.id, nodeId), or(isNull(nodes.fenceChangedAt), ne(nodes.fenceChangedAt, changedAt))),
      );
    if (known.affectedRows === 0) return 0;
    const [due] = await tx
      .update(sessions)
      .set({ probeDueAt: dbNow, probeCause: "firewall", probeClaim: sql`${sessions.probeClaim} + 1` })
      .where(and(eq(sessions.nodeId, nodeId), eq(sessions.state, "RUNNING")));
    return due.affectedRows;
  });
}
