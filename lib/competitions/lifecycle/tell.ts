import { and, asc, eq, exists, gt, inArray, isNull, or, sql } from "drizzle-orm";
import type { Db, Tx } from "@/db/client";
import {
  competitionEntrants,
  competitionInvites,
  competitions,
  evaluations,
  scorings,
  submissions,
  users,
} from "@/db/schema";
import { inTransaction } from "@/db/tx";
import { required } from "@/lib/kernel/assert";
import type { NoticeContent } from "@/lib/notices/model";
import { notifyAgain, notifyEach, notifyUnlessUnread, wasTold } from "@/lib/notices/notify";
import type { CompetitionRow } from "../queries/find";
import { lockEntrant } from "./board";

/** From acceptance to verdict, in seconds: up to here whoever submitted is still at the page that shows it. */
const patienceSeconds = 60;
/** People told by one INSERT. */
const batch = 500;

/** A submission whose verdict is told, and whose it is. */
interface Judged {
  readonly submissionId: number;
  readonly submission: string;
  readonly competitionId: number;
  readonly userId: number;
}

type Verdict =
  | { readonly state: "REJECTED"; readonly detail: string; readonly line?: number }
  /** With a detail where it ran over a bound, which counts against the limits. */
  | { readonly state: "FAILED"; readonly detail?: string }
  | { readonly state: "SCORED" };

const kinds = {
  REJECTED: "submission_rejected",
  FAILED: "submission_failed",
  SCORED: "submission_scored",
} as const;

/**
 * Tells whoever sent it in what came of a submission, in the verdict's own transaction: of a score only where they had to
 * wait for it, or were told that it failed. As long as one is unread, the next of its kind takes its place.
 */
export async function tellVerdict(tx: Tx, judged: Judged, verdict: Verdict): Promise<void> {
  // So that of several at once none is counted wrong; and before notices, as boards do it.
  await lockEntrant(tx, judged);
  const { userId, submission, submissionId } = judged;
  const [row] = await tx
    .select({
      slug: competitions.slug,
      exposure: competitions.exposure,
      competition: competitions.publicId,
      title: competitions.title,
      filename: submissions.filename,
      waited: sql`timestampdiff(second, ${submissions.acceptedAt}, utc_timestamp())`.mapWith(Number),
    })
    .from(submissions)
    .innerJoin(competitions, eq(competitions.id, submissions.competitionId))
    .where(eq(submissions.id, submissionId));
  if (!row) return;
  const { waited, competition, ...about } = row;
  const ofKind = (state: Verdict["state"]) => `${kinds[state]}:${competition}`;
  if (verdict.state === "SCORED" && waited < patienceSeconds) {
    if (!(await wasTold(tx, userId, `${ofKind("FAILED")}:${submission}`))) return;
  }
  const kind = ofKind(verdict.state);
  await notifyAgain(tx, userId, { about: kind, key: `${kind}:${submission}` }, (before) => {
    const content = { ...about, submissionId: submission, count: countIn(before) + 1 };
    if (verdict.state === "SCORED") return { kind: kinds.SCORED, ...content };
    if (verdict.state === "FAILED") {
      const { detail } = verdict;
      return { kind: kinds.FAILED, ...content, ...(detail === undefined ? {} : { detail }) };
    }
    const { detail, line } = verdict;
    return {
      kind: kinds.REJECTED,
      ...content,
      detail: detail.slice(0, 1000),
      ...(line === undefined ? {} : { line }),
    };
  });
}

/**
 * Tells administrators that a scoring was given up by our fault: once for each evaluation as long as that is unread. Of what
 * is internal those alone who may use it.
 */
export async function tellFailure(
  tx: Tx,
  { evaluationId, submission }: { readonly evaluationId: number; readonly submission: string },
  failure: string,
): Promise<void> {
  const [row] = await tx
    .select({
      slug: competitions.slug,
      exposure: competitions.exposure,
      title: competitions.title,
      evaluation: evaluations.publicId,
      number: evaluations.number,
    })
    .from(evaluations)
    .innerJoin(competitions, eq(competitions.id, evaluations.competitionId))
    .where(eq(evaluations.id, evaluationId));
  const about = required(row, "the evaluation that failed");
  const content: NoticeContent = {
    ...{ kind: "scoring_failed", ...about, submissionId: submission },
    failure: failure.slice(0, 1000),
  };
  const admins = await tx
    .select({ id: users.id })
    .from(users)
    .where(
      and(
        eq(users.role, "admin"),
        isNull(users.disabledAt),
        about.exposure === "internal" ? eq(users.canUseInternal, true) : undefined,
      ),
    )
    .orderBy(asc(users.id));
  for (const { id } of admins)
    await notifyUnlessUnread(tx, id, content, `scoring_failed:${about.evaluation}`);
}

function countIn(content: NoticeContent | null): number {
  return content !== null && "count" in content ? content.count : 0;
}

/** Those of a competition's entrants who may still see it, by id, some at a time; of a withdrawn one only admins may. */
async function* entrantsOf(
  tx: Tx,
  { id, exposure, visibility, publishedAt }: CompetitionRow,
): AsyncGenerator<number[]> {
  const invited = tx
    .select({ userId: competitionInvites.userId })
    .from(competitionInvites)
    .where(and(eq(competitionInvites.competitionId, id), eq(competitionInvites.userId, users.id)));
  for (let after = 0; ; ) {
    const found = await tx
      .select({ userId: users.id })
      .from(competitionEntrants)
      .innerJoin(users, eq(users.id, competitionEntrants.userId))
      .where(
        and(
          eq(competitionEntrants.competitionId, id),
          gt(competitionEntrants.userId, after),
          isNull(users.disabledAt),
          exposure === "internal" ? eq(users.canUseInternal, true) : undefined,
          publishedAt === null ? eq(users.role, "admin") : undefined,
          visibility === "invite" ? or(eq(users.role, "admin"), exists(invited)) : undefined,
        ),
      )
      .orderBy(asc(competitionEntrants.userId))
      .limit(batch);
    const last = found.at(-1)?.userId;
    if (last === undefined) return;
    yield found.map(({ userId }) => userId);
    after = last;
  }
}

/** Tells everybody who has taken part that an evaluation's private split is open. */
export async function tellRevealed(tx: Tx, competition: CompetitionRow, evaluation: string): Promise<void> {
  const { slug, exposure, title } = competition;
  const content: NoticeContent = { kind: "private_revealed", slug, exposure, title };
  for await (const some of entrantsOf(tx, competition))
    await notifyEach(tx, some, () => content, `private_revealed:${evaluation}`);
}

/**
 * Tells everybody who has taken part in a competition that its new evaluation has scored all there is, once for each
 * evaluation that has. @returns how many evaluations that were
 */
export async function announceScored(db: Db): Promise<number> {
  const waiting = await db
    .select({ id: evaluations.id })
    .from(evaluations)
    .where(and(eq(evaluations.toAnnounce, true), isNull(evaluations.queuedThroughId)));
  let announced = 0;
  for (const { id } of waiting) if (await inTransaction(db, (tx) => announce(tx, id))) announced += 1;
  return announced;
}

async function announce(tx: Tx, id: number): Promise<boolean> {
  const [row] = await tx
    .select({ evaluation: evaluations, competition: competitions })
    .from(evaluations)
    .innerJoin(competitions, eq(competitions.id, evaluations.competitionId))
    .where(and(eq(evaluations.id, id), eq(evaluations.toAnnounce, true), isNull(evaluations.queuedThroughId)))
    .for("update");
  if (!row || (await isAtWork(tx, row.evaluation))) return false;
  const { evaluation, competition } = row;
  const { slug, exposure, title } = competition;
  const about = { kind: "evaluation_scored", slug, exposure, title, number: evaluation.number } as const;
  for await (const some of entrantsOf(tx, competition)) {
    const rejected = await rejectedOf(tx, id, some);
    const contentOf = (userId: number) => ({ ...about, rejected: rejected.get(userId) ?? 0 });
    await notifyEach(tx, some, contentOf, `evaluation_scored:${evaluation.publicId}`);
  }
  await tx.update(evaluations).set({ toAnnounce: false }).where(eq(evaluations.id, id));
  return true;
}

/** Whether something of what is scored anew waits or runs. */
async function isAtWork(tx: Tx, { id, competitionId }: typeof evaluations.$inferSelect): Promise<boolean> {
  const [one] = await tx
    .select({ id: scorings.id })
    .from(scorings)
    .where(
      and(
        inArray(scorings.state, ["QUEUED", "SCORING"]),
        eq(scorings.competitionId, competitionId),
        eq(scorings.rescoring, true),
        eq(scorings.evaluationId, id),
      ),
    )
    .limit(1);
  return one !== undefined;
}

async function rejectedOf(
  tx: Tx,
  evaluationId: number,
  userIds: readonly number[],
): Promise<Map<number, number>> {
  const rows = await tx
    .select({ userId: scorings.userId, count: sql`count(*)`.mapWith(Number) })
    .from(scorings)
    .where(
      and(
        eq(scorings.evaluationId, evaluationId),
        inArray(scorings.userId, [...userIds]),
        eq(scorings.state, "REJECTED"),
        eq(scorings.rescoring, true),
      ),
    )
    .groupBy(scorings.userId);
  return new Map(rows.map(({ userId, count }) => [userId, count]));
}
