import { and, eq, inArray, sql } from "drizzle-orm";
import type { Tx } from "@/db/client";
import { dbNow } from "@/db/clock";
import { sessions } from "@/db/schema";
import { activeSessionStates } from "../model";

/**
 * A user's usable keys changed: their sessions must get the new list. Part of the change's own transaction; the worker
 * pushes until each session has caught up, whatever fails in between.
 */
export async function keysChanged(tx: Tx, userId: number): Promise<void> {
  await tx
    .update(sessions)
    .set({ keysVersion: sql`${sessions.keysVersion} + 1`, nextAttemptAt: dbNow })
    .where(and(eq(sessions.userId, userId), inArray(sessions.state, [...activeSessionStates])));
}
