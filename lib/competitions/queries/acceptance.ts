import { sql } from "drizzle-orm";
import type { DbOrTx } from "@/db/client";
import type { Actor } from "@/lib/auth/model";
import { required } from "@/lib/kernel/assert";
import { AppError } from "@/lib/kernel/errors";
import { size } from "@/lib/kernel/size";
import { closedReason, localDay, mostWaiting, quotaLeft } from "../rules";
import { assertBytes } from "./budget";
import type { CompetitionRow } from "./find";
import { countedSubmissions, waitingSubmissions } from "./quota";

/** The database's clock to the microsecond, as ISO 8601. Read under the lock: later acceptances of one person are later. */
export async function databaseInstant(db: DbOrTx): Promise<string> {
  const at = sql<string>`date_format(utc_timestamp(6), '%Y-%m-%dT%H:%i:%s.%fZ')`;
  const [clock] = await db.select({ at }).from(sql`dual`);
  return required(clock, "the database's clock").at;
}

interface Offered {
  /** Null where nobody has said yet. */
  readonly bytes: number | null;
  readonly at: Date;
  /** The lab's, in which days are counted. */
  readonly zone: string;
}

/**
 * That a competition takes a file of somebody's at an instant. Holds for as long as the caller's locks do.
 * @returns the evaluation that it is scored by, and the day that it counts for
 * @throws AppError `conflict` (closed, limit reached), `too_large`, `too_many` (of theirs wait for a verdict)
 */
export async function assertTaken(
  db: DbOrTx,
  competition: CompetitionRow,
  actor: Actor,
  { bytes, at, zone }: Offered,
): Promise<{ evaluationId: number; day: string }> {
  const { currentEvaluationId: evaluationId, maxUploadBytes, title } = competition;
  if (evaluationId === null || competition.publishedAt === null) {
    throw new AppError("conflict", `${title} is not published yet.`, { conflict: "closed" });
  }
  if (bytes !== null && bytes > maxUploadBytes) {
    throw new AppError(
      "too_large",
      `The file has ${size(bytes)}; ${title} takes ${size(maxUploadBytes)} at most.`,
    );
  }
  const closed = closedReason(competition, at, zone);
  if (closed !== null) throw new AppError("conflict", closed, { conflict: "closed" });
  const who = { competitionId: competition.id, userId: actor.userId };
  const waiting = await waitingSubmissions(db, who);
  if (waiting >= mostWaiting) {
    throw new AppError(
      "too_many",
      `${waiting} of your submissions to ${title} wait for their scores, and ${mostWaiting} may at once. Send the next when one has its verdict.`,
      { retryAfterSeconds: 10 },
    );
  }
  const day = localDay(at, zone);
  await assertQuota(db, competition, actor.userId, { day, zone });
  await assertBytes(db, actor.userId, bytes ?? 0, maxUploadBytes);
  return { evaluationId, day };
}

async function assertQuota(
  db: DbOrTx,
  competition: CompetitionRow,
  userId: number,
  { day, zone }: { day: string; zone: string },
): Promise<void> {
  if (competition.dailyLimit === null && competition.totalLimit === null) return;
  const used = await countedSubmissions(db, { competitionId: competition.id, userId }, day);
  const { left, dailyLimit, totalLimit } = quotaLeft(competition, used.today, used.total);
  if (left !== 0) return;
  const message =
    totalLimit !== null && used.total >= totalLimit
      ? `You have made ${used.total} submissions, and ${competition.title} takes ${totalLimit} of each person.`
      : `You have made ${used.today} submissions today, and ${competition.title} takes ${dailyLimit} a day. The next day begins at midnight (${zone}).`;
  throw new AppError("conflict", message, { conflict: "limit_reached" });
}
