import { and, eq, sql } from "drizzle-orm";
import type { DbOrTx } from "@/db/client";
import { submissions } from "@/db/schema";
import { AppError } from "@/lib/kernel/errors";
import { size } from "@/lib/kernel/size";
import { bytesPerDay } from "../store/tunables";

/**
 * That a file of somebody's is within what one person may send in a day, to all competitions together and whatever became of
 * it; one file may always be as large as its competition takes. Counted from rows, so that nothing can drift; of several at
 * once as many too many may get in as one person may send at once.
 * @throws AppError `conflict` (limit reached)
 */
export async function assertBytes(
  db: DbOrTx,
  userId: number,
  bytes: number,
  maxUploadBytes: number,
): Promise<void> {
  const [sent] = await db
    .select({ bytes: sql`coalesce(sum(${submissions.bytes}), 0)`.mapWith(Number) })
    .from(submissions)
    .where(
      and(eq(submissions.userId, userId), sql`${submissions.acceptedAt} > utc_timestamp(6) - interval 1 day`),
    );
  const most = Math.max(bytesPerDay, maxUploadBytes);
  const before = sent?.bytes ?? 0;
  if (before + bytes <= most) return;
  throw new AppError(
    "conflict",
    `You have submitted ${size(before)} in the last 24 hours, and this would make it more than the ${size(most)} that one person may.`,
    { conflict: "limit_reached" },
  );
}
