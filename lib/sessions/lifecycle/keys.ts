import { and, eq } from "drizzle-orm";
import type { Db } from "@/db/client";
import { sessions } from "@/db/schema";
import { inTransaction } from "@/db/tx";
import { addEvent, ClaimLost, fenced, type SessionClaim } from "./claim";

/**
 * The running session has the keys as of the claim. A change since then keeps it due.
 * @throws ClaimLost
 */
export function recordKeysPushed(db: Db, claim: SessionClaim): Promise<void> {
  const { session, authorizedKeys } = claim;
  return inTransaction(db, async (tx) => {
    const [result] = await tx
      .update(sessions)
      .set({
        keysPushedVersion: session.keysVersion,
        attempts: 0,
        condition: null,
        claimOwner: null,
        claimExpiresAt: null,
      })
      .where(and(fenced(claim), eq(sessions.state, "RUNNING")));
    if (result.affectedRows === 0) throw new ClaimLost(session.slug);
    const count = authorizedKeys.length === 1 ? "1 SSH key" : `${authorizedKeys.length} SSH keys`;
    await addEvent(tx, session, "keys_updated", `The session now accepts ${count}.`);
  });
}
