import { sql } from "drizzle-orm";
import type { Tx } from "@/db/client";
import { dbNowPlus } from "@/db/clock";
import { intervalBoards } from "@/db/schema";
import type { Split } from "../model";

/** What changes a board within this is one change to its intervals. ms */
export const gatherMs = 2_000;

/**
 * Says, in the transaction that changes boards, that their intervals are to be made anew. Last in it, since all who change
 * a board meet here.
 */
export async function markBoards(tx: Tx, evaluationId: number, splits: readonly Split[]): Promise<void> {
  if (splits.length === 0) return;
  const soon = dbNowPlus(gatherMs);
  const rows = splits.map((split) => sql`(${evaluationId}, ${split}, ${soon})`);
  // MariaDB sets one column after the other: the state last, by which the others are decided. What was DUE already keeps its
  // time, or a busy board would never come to it.
  await tx.execute(sql`
    insert into ${intervalBoards} (evaluation_id, split, next_attempt_at) values ${sql.join(rows, sql`, `)}
    on duplicate key update
      next_attempt_at = if(state = 'DUE', next_attempt_at, ${soon}),
      attempts = if(state = 'DUE', attempts, 0),
      revision = revision + 1,
      state = 'DUE'`);
}
