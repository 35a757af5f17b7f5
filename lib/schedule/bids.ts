import { sql } from "drizzle-orm";
import type { Tx } from "@/db/client";
import { bids } from "@/db/schema";
import { inChunks } from "./lock";
import type { BidOutcome } from "./model";

type BidKey = Pick<typeof bids.$inferSelect, "gpuId" | "startsAt" | "n">;

/** What being outbid is told under, with the week behind it: `slots_outbid:2026-12-05:…`. */
export const outbidNotices = "slots_outbid";

/** Writes how bids ended, found by their primary key: any other way to them would lock bids that it passes. */
export async function endBids(
  tx: Tx,
  ended: readonly BidKey[],
  outcome: BidOutcome,
  at: Date,
): Promise<void> {
  for (const chunk of inChunks(ended)) {
    const keys = chunk.map(({ gpuId, startsAt, n }) => [gpuId, startsAt.toISOString().slice(0, -1), n]);
    await tx.execute(sql`
      update json_table(${JSON.stringify(keys)}, '$[*]' columns (
          gpu_id bigint unsigned path '$[0]', starts_at datetime(3) path '$[1]', n int path '$[2]')) as ended
        straight_join ${bids} force index (primary)
          on bids.gpu_id = ended.gpu_id and bids.starts_at = ended.starts_at and bids.n = ended.n
      set bids.outcome = ${outcome}, bids.ended_at = ${sql.param(at, bids.endedAt)}`);
  }
}
