import { and, asc, eq, inArray, isNull, sql } from "drizzle-orm";
import { labSettings, users } from "@/db/schema";
import { inTransaction } from "@/db/tx";
import { recordAudit, recordChanges } from "@/lib/audit/record";
import { AppError } from "@/lib/kernel/errors";
import { microsOf } from "@/lib/kernel/money";
import type { Actor } from "../model";
import type { RequestContext } from "../procedure";
import { can } from "../rules";

/**
 * Changes the weekly budget of everybody who is not disabled by so many credits, of those with the lab's default, too: they
 * have one of their own then. What people have now stays; the next turn of a week gives what is set by then.
 * @param delta credits, as `bulkUpdateUsersInput` takes them
 * @returns how many people it was
 * @throws AppError `forbidden`
 */
export async function changeBudgets(
  { db, requestId }: Pick<RequestContext, "db" | "requestId">,
  actor: Actor,
  delta: string,
): Promise<number> {
  if (!can(actor, "user.update")) throw new AppError("forbidden", "This needs the admin role.");
  return inTransaction(db, async (tx) => {
    const people = await tx
      .select({ id: users.id, publicId: users.publicId })
      .from(users)
      .where(isNull(users.disabledAt))
      .orderBy(asc(users.id))
      .for("update");
    const ids = people.map(({ id }) => id);
    if (ids.length === 0) return 0;
    const byDefault = sql`(select ${labSettings.defaultWeeklyBudget} from ${labSettings} where ${eq(labSettings.id, 1)})`;
    await tx
      .update(users)
      .set({
        weeklyBudget: sql`greatest(0, coalesce(${users.weeklyBudget}, ${byDefault}) + ${microsOf(delta)})`,
      })
      .where(and(inArray(users.id, ids), isNull(users.disabledAt)));
    await recordAudit(
      tx,
      { ...actor, requestId },
      { action: "user.bulk_update", detail: { weeklyBudget: { delta }, people: ids.length } },
    );
    await recordChanges(
      tx,
      people.map(({ id, publicId }) => ({ userId: id, topic: "account", resource: publicId }) as const),
    );
    return ids.length;
  });
}
