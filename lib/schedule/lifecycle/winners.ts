import { and, asc, eq, exists, isNotNull, ne, notInArray } from "drizzle-orm";
import type { Db, DbOrTx } from "@/db/client";
import { accounts, slots, weeks } from "@/db/schema";
import { inTransaction } from "@/db/tx";
import { recordChange } from "@/lib/audit/record";
import { required } from "@/lib/kernel/assert";
import { freezeAsWrong } from "@/lib/wallet/freeze";
import { postTransfers } from "@/lib/wallet/post";
import { HoldEndedError } from "@/lib/wallet/posting-rules";
import { accountId } from "@/lib/wallet/rules";
import { endBids } from "../bids";
import { writeSlots } from "../lock";
import { slotFacts, winOn } from "../slot-rules";

/** Slots that are settled in one transaction. */
const batch = 200;

/** People whose credits can't move until somebody has looked into them: nobody waits for that, they are settled then. */
export async function restingUsers(db: DbOrTx): Promise<number[]> {
  const rows = await db
    .select({ userId: accounts.userId })
    .from(accounts)
    .where(and(eq(accounts.currency, "CREDIT"), isNotNull(accounts.frozenAt)));
  return rows.flatMap(({ userId }) => (userId === null ? [] : [userId]));
}

type WonWeek = Pick<typeof weeks.$inferSelect, "key" | "closesAt">;

/** Posts what leaders held: the slots are theirs. @returns how many were settled now */
async function settleBatch(db: Db, { key, closesAt }: WonWeek): Promise<number> {
  const resting = await restingUsers(db);
  return inTransaction(db, async (tx) => {
    const won = await tx
      .select()
      .from(slots)
      .where(
        and(
          eq(slots.week, key),
          eq(slots.state, "leading"),
          resting.length > 0 ? notInArray(slots.userId, resting) : undefined,
        ),
      )
      .orderBy(asc(slots.gpuId), asc(slots.startsAt))
      .limit(batch)
      .for("update");
    if (won.length === 0) return 0;
    await postTransfers(
      tx,
      won.map(({ hold, n }) => {
        const pendingKey = required(hold, "the leader's hold");
        const reference = pendingKey.slice(0, -`:${n}`.length);
        return { type: "post", key: `${pendingKey}:won`, pendingKey, kind: "bid", reference } as const;
      }),
    );
    await writeSlots(
      tx,
      won.map((slot) => ({ ...slot, ...winOn(slotFacts(slot)), hold: null })),
    );
    await endBids(tx, won, "won", closesAt);
    await recordChange(tx, { userId: null, topic: "schedule", resource: key });
    return won.length;
  });
}

/**
 * Whose hold was ended by other means would keep everybody's week from turning: their account rests, and administrators
 * are told.
 */
async function setAside(db: Db, week: string, error: unknown): Promise<void> {
  if (!(error instanceof HoldEndedError)) throw error;
  await inTransaction(db, async (tx) => {
    const [slot] = await tx
      .select()
      .from(slots)
      .where(and(eq(slots.week, week), eq(slots.state, "leading"), eq(slots.hold, error.pendingKey)));
    if (!slot || slot.userId === null) throw error;
    const account = accountId({ user: slot.userId, currency: "CREDIT" });
    await freezeAsWrong(tx, account, `${error.message} The hour that it was held for is still led.`);
  });
}

/** Settles all of a week whose bidding is over. @returns how many slots were settled now */
export async function settleWinners(db: Db, week: WonWeek): Promise<number> {
  let settled = 0;
  for (;;) {
    try {
      const count = await settleBatch(db, week);
      if (count === 0) return settled;
      settled += count;
    } catch (error) {
      await setAside(db, week.key, error);
    }
  }
}

/** Weeks past their turn with slots that are not settled, as their leaders' accounts rested then. */
export async function settleLate(db: Db): Promise<void> {
  const unsettled = db
    .select({ gpuId: slots.gpuId })
    .from(slots)
    .where(and(eq(slots.week, weeks.key), eq(slots.state, "leading")));
  const late = await db
    .select({ key: weeks.key, closesAt: weeks.closesAt })
    .from(weeks)
    .where(and(ne(weeks.status, "open"), exists(unsettled)));
  for (const week of late) await settleWinners(db, week);
}
