import { lt } from "drizzle-orm";
import type { Db } from "@/db/client";
import { dbNowPlus } from "@/db/clock";
import { changes } from "@/db/schema";

/** Removes change rows older than `keptMs`: live pages have seen them, and a page that was away asks afresh. */
export async function sweepChanges(db: Db, keptMs: number): Promise<void> {
  await db.delete(changes).where(lt(changes.at, dbNowPlus(-keptMs)));
}
