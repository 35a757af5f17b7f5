import { and, asc, eq, gt, inArray, isNull, ne, or, type SQL } from "drizzle-orm";
import { dueAgainIn, dueForClaim } from "@/db/claims";
import type { Db, Tx } from "@/db/client";
import { dbNow, dbNowPlus, dueBy } from "@/db/clock";
import { gpus, nodes, packs, sessionEvents, sessions, sshKeys, users, workspaces } from "@/db/schema";
import { inTransaction } from "@/db/tx";
import { recordChange } from "@/lib/audit/record";
import { spaceFactor } from "@/lib/workspaces/queries";
import { activeSessionStates, type SessionEventKind, type SessionState } from "../model";

/** How long a claim holds without renewal, in ms: what a killed worker delays, and thrice the pace of renewal. */
const claimLeaseMs = 10_000;
/** What one refusal adds to a generation. A session that waits is claimed every 2 s: this makes up for half an hour. */
const generationLeap = 1_000;

/** The claim went to someone else, or the session left the state it was claimed in: stop acting on it. */
export class ClaimLost extends Error {
  override readonly name = "ClaimLost";
  constructor(slug: string) {
    super(`Another worker or a stop took session ${slug} over.`);
  }
}

const columns = {
  session: sessions,
  username: users.username,
  disabledAt: users.disabledAt,
  node: { bootId: nodes.bootId, engineStartedAt: nodes.engineStartedAt },
  gpu: { id: gpus.id, uuid: gpus.uuid, index: gpus.deviceIndex, model: gpus.model },
  pack: { slug: packs.slug, name: packs.name, cpus: packs.cpus, memoryMiB: packs.memoryMiB },
  workspace: {
    id: workspaces.id,
    publicId: workspaces.publicId,
    name: workspaces.name,
    quotaGb: workspaces.quotaGb,
    spaceFactor,
    identity: workspaces.identity,
    hostPublicKey: workspaces.hostPublicKey,
  },
};

function candidates(db: Db, states: readonly SessionState[], limit: number) {
  return db
    .select(columns)
    .from(sessions)
    .innerJoin(users, eq(users.id, sessions.userId))
    .innerJoin(nodes, eq(nodes.id, sessions.nodeId))
    .innerJoin(gpus, eq(gpus.id, sessions.gpuId))
    .innerJoin(packs, eq(packs.id, sessions.packId))
    .innerJoin(workspaces, eq(workspaces.id, sessions.workspaceId))
    .where(
      and(
        inArray(sessions.state, [...states]),
        // A running session is due only when its owner's keys changed.
        or(ne(sessions.state, "RUNNING"), gt(sessions.keysVersion, sessions.keysPushedVersion)),
        dueForClaim(sessions.nextAttemptAt),
        leaseFree(),
      ),
    )
    .orderBy(asc(sessions.nextAttemptAt))
    .limit(limit);
}

function leaseFree(): SQL | undefined {
  return or(isNull(sessions.claimExpiresAt), dueBy(sessions.claimExpiresAt, claimLeaseMs));
}

/** A session as claimed: the row as it was then, with its new generation, and all that the agent must be told. */
export type SessionClaim = Awaited<ReturnType<typeof candidates>>[number] & {
  readonly owner: string;
  /** The fencing number of this claim; later writes and the agent compare it. */
  readonly generation: number;
  /** Empty when the account is disabled: nobody gets in. */
  readonly authorizedKeys: readonly string[];
};

/**
 * Claims due sessions in one of `states` for `owner`: each by a conditional UPDATE that raises the generation, so that of
 * many workers one wins and everything the one before still does is refused, here and by the agent.
 */
export async function claimDueSessions(
  db: Db,
  owner: string,
  limit: number,
  states: readonly SessionState[] = activeSessionStates,
): Promise<SessionClaim[]> {
  const due = await candidates(db, states, limit);
  const claimed = await Promise.all(due.map((row) => claim(db, owner, row)));
  return claimed.filter((one) => one !== null);
}

type Candidate = Awaited<ReturnType<typeof candidates>>[number];

async function claim(db: Db, owner: string, row: Candidate): Promise<SessionClaim | null> {
  const { session } = row;
  const generation = session.generation + 1;
  const [[result], keys] = await Promise.all([
    db
      .update(sessions)
      .set({ claimOwner: owner, claimExpiresAt: dbNowPlus(claimLeaseMs), generation })
      .where(
        and(
          eq(sessions.id, session.id),
          eq(sessions.generation, session.generation),
          eq(sessions.state, session.state),
          // The port may have moved under the claim that ran out.
          eq(sessions.sshPort, session.sshPort),
          leaseFree(),
        ),
      ),
    // At or after the row's read: newer keys than `keysVersion` says are pushed once more, older ones never kept.
    row.disabledAt
      ? []
      : db.select({ key: sshKeys.publicKey }).from(sshKeys).where(eq(sshKeys.userId, session.userId)),
  ]);
  if (result.affectedRows === 0) return null;
  return { ...row, owner, generation, authorizedKeys: keys.map(({ key }) => key) };
}

/** Still this claim, in the state it was made in. The WHERE of every write a worker makes. */
export function fenced({ session, owner, generation }: SessionClaim): SQL | undefined {
  return and(
    eq(sessions.id, session.id),
    eq(sessions.claimOwner, owner),
    eq(sessions.generation, generation),
    eq(sessions.state, session.state),
  );
}

/** Keeps the claim for another lease. False when it is lost. */
export async function renewClaim(db: Db, claim: SessionClaim): Promise<boolean> {
  const [result] = await db
    .update(sessions)
    .set({ claimExpiresAt: dbNowPlus(claimLeaseMs) })
    .where(fenced(claim));
  return result.affectedRows === 1;
}

/** Gives the claim back, to be due again after `delayMs`. Harmless when it is lost. */
export async function releaseClaim(db: Db, claim: SessionClaim, delayMs: number): Promise<void> {
  await db.update(sessions).set(dueAgainIn(delayMs)).where(fenced(claim));
}

/**
 * Gives back a claim whose generation the agent refused as older than one it has seen. When a newer claim was made, this
 * changes nothing. When not, the database is an older copy of itself: the generation leaps ahead, so that soon a claim is
 * above what the agent remembers.
 */
export async function releaseOvertaken(db: Db, claim: SessionClaim, delayMs: number): Promise<void> {
  await db
    .update(sessions)
    .set({
      generation: claim.generation + generationLeap,
      ...dueAgainIn(delayMs),
    })
    .where(fenced(claim));
}

/** One more line of the timeline, and word to the live pages. */
export async function addEvent(
  tx: Tx,
  session: { id: number; userId: number; slug: string },
  kind: SessionEventKind,
  detail: string,
): Promise<void> {
  await tx
    .insert(sessionEvents)
    .values({ sessionId: session.id, kind, detail: detail.slice(0, 1000), at: dbNow });
  await recordChange(tx, { userId: session.userId, topic: "sessions", resource: session.slug });
}

/**
 * Puts the session off: a condition that its owner sees, and a line on the timeline when the condition is new.
 * @throws ClaimLost
 */
export function retryLater(
  db: Db,
  claim: SessionClaim,
  later: { condition: string; attempts: number; delayMs: number },
): Promise<void> {
  const condition = later.condition.slice(0, 500);
  return inTransaction(db, async (tx) => {
    const [result] = await tx
      .update(sessions)
      .set({
        condition,
        attempts: later.attempts,
        ...dueAgainIn(later.delayMs),
      })
      .where(fenced(claim));
    if (result.affectedRows === 0) throw new ClaimLost(claim.session.slug);
    if (condition !== claim.session.condition) await addEvent(tx, claim.session, "waiting", condition);
  });
}
