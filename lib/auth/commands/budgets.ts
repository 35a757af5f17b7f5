import { and, asc, inArray, isNull, sql } from "drizzle-orm";
import { users } from "@/db/schema";
import { inTransaction } from "@/db/tx";
import { recordAudit, recordChanges } from "@/lib/audit/record";
import { AppError } from "@/lib/kernel/errors";
import { microsOf } from "@/lib/kernel/money";
import { readLabSettings } from "../lab-settings";
import type { Actor, BulkUpdateUsersInput, BulkUpdateView } from "../model";
import type { RequestContext } from "../procedure";
import { can } from "../rules";

/** More names in one entry would make a page of the audit log megabytes. */
const mostListed = 200;

/** What has become of everybody's budgets, for the audit: of very many names a part. */
function auditOf({ cutOff, ...counts }: BulkUpdateView): Record<string, unknown> {
  const unlisted = cutOff.length - mostListed;
  return { ...counts, cutOff: cutOff.slice(0, mostListed), ...(unlisted > 0 && { unlisted }) };
}

/**
 * Changes the weekly budget of everybody who is not disabled by so many credits, of those with the lab's default, too: they
 * have one of their own then, which the default moves no more. None falls below 0; for whom that cuts something off, the
 * opposite delta does not bring back what they had. What people have now stays; the next turn of a week gives what is set
 * by then.
 * @param input `delta` in credits; of a preview nothing is changed, written down or locked
 * @throws AppError `forbidden`
 */
export async function changeBudgets(
  { db, requestId }: Pick<RequestContext, "db" | "requestId">,
  actor: Actor,
  { delta, preview = false }: BulkUpdateUsersInput,
): Promise<BulkUpdateView> {
  if (!can(actor, "user.update")) throw new AppError("forbidden", "This needs the admin role.");
  const change = microsOf(delta);
  return inTransaction(db, async (tx) => {
    const enabled = tx
      .select({
        id: users.id,
        publicId: users.publicId,
        username: users.username,
        weeklyBudget: users.weeklyBudget,
      })
      .from(users)
      .where(isNull(users.disabledAt))
      .orderBy(asc(users.id));
    const people = await (preview ? enabled : enabled.for("update"));
    const byDefault = (await readLabSettings(tx)).defaultWeeklyBudget;
    const cutOff = people
      .filter(({ weeklyBudget }) => microsOf(weeklyBudget ?? byDefault) + change < 0n)
      .map(({ username }) => username)
      .sort();
    const leftDefault = people.filter(({ weeklyBudget }) => weeklyBudget === null).length;
    const told = { people: people.length, leftDefault, cutOff };
    if (preview || people.length === 0) return told;
    await tx
      .update(users)
      .set({
        weeklyBudget: sql`greatest(0, coalesce(${users.weeklyBudget}, ${microsOf(byDefault)}) + ${change})`,
      })
      .where(
        and(
          inArray(
            users.id,
            people.map(({ id }) => id),
          ),
          isNull(users.disabledAt),
        ),
      );
    await recordAudit(
      tx,
      { ...actor, requestId },
      { action: "user.bulk_update", detail: { weeklyBudget: { delta }, ...auditOf(told) } },
    );
    await recordChanges(
      tx,
      people.map(({ id, publicId }) => ({ userId: id, topic: "account", resource: publicId }) as const),
    );
    return told;
  });
}
