import { and, asc, eq, gt, inArray, isNull, notInArray } from "drizzle-orm";
import type { Db, Tx } from "@/db/client";
import { dbNow } from "@/db/clock";
import { users, weekBudgets, weeks } from "@/db/schema";
import { inTransaction } from "@/db/tx";
import { recordChange } from "@/lib/audit/record";
import { readLabSettings } from "@/lib/auth/lab-settings";
import { required } from "@/lib/kernel/assert";
import { micros, microsOf } from "@/lib/kernel/money";
import { lockAccounts } from "@/lib/wallet/accounts";
import { postTransfers } from "@/lib/wallet/post";
import { accountId, type TransferInput } from "@/lib/wallet/rules";
import { type Grant, grantOf } from "../budget-rules";
import { tellTurned } from "./turn-notices";
import { restingUsers } from "./winners";

/** People who are seen to in one transaction. */
const batch = 200;
const credit = { currency: "CREDIT" } as const;

interface Turn {
  readonly week: Pick<typeof weeks.$inferSelect, "key" | "closesAt">;
  /** Whether what is left lapses in part: not for those who are new. */
  readonly rollsOver: boolean;
}

/** Those whom this week's turn has not come to, a batch of them in the order of their ids. */
async function due(db: Db, week: string, afterId: number): Promise<number[]> {
  const resting = await restingUsers(db);
  const rows = await db
    .select({ id: users.id })
    .from(users)
    .leftJoin(weekBudgets, and(eq(weekBudgets.week, week), eq(weekBudgets.userId, users.id)))
    .where(
      and(
        gt(users.id, afterId),
        isNull(weekBudgets.userId),
        resting.length > 0 ? notInArray(users.id, resting) : undefined,
      ),
    )
    .orderBy(asc(users.id))
    .limit(batch);
  return rows.map(({ id }) => id);
}

/** Their rows, locked, without those whom another worker has seen to meanwhile. */
async function lockDue(tx: Tx, week: string, userIds: readonly number[]) {
  const locked = await tx
    .select({ id: users.id, publicId: users.publicId, weeklyBudget: users.weeklyBudget })
    .from(users)
    .where(inArray(users.id, [...userIds]))
    .orderBy(asc(users.id))
    .for("update");
  const seen = await tx
    .select({ userId: weekBudgets.userId })
    .from(weekBudgets)
    .where(and(eq(weekBudgets.week, week), inArray(weekBudgets.userId, [...userIds])));
  const done = new Set(seen.map(({ userId }) => userId));
  return locked.filter(({ id }) => !done.has(id));
}

function transfersOf(userId: number, key: string, { lapsed, refilled }: Grant): TransferInput[] {
  const user = { user: userId, ...credit };
  const lapse: TransferInput = {
    type: "posted",
    key: `${key}:lapse`,
    debit: user,
    credit: { system: "expired", ...credit },
    amount: lapsed,
    kind: "lapse",
    reference: key,
  };
  const refill: TransferInput = {
    type: "posted",
    key,
    debit: { system: "issued", ...credit },
    credit: user,
    amount: refilled,
    kind: "refill",
    reference: key,
  };
  return [...(lapsed > 0n ? [lapse] : []), ...(refilled > 0n ? [refill] : [])];
}

/** What is available is read under the account's lock: nobody outbids anybody between the reading and the writing. */
async function grantBatch(db: Db, turn: Turn, userIds: readonly number[]): Promise<number> {
  return inTransaction(db, async (tx) => {
    const people = await lockDue(tx, turn.week.key, userIds);
    if (people.length === 0) return 0;
    const settings = await readLabSettings(tx);
    const accountOf = (user: number) => accountId({ user, ...credit });
    const balances = await lockAccounts(
      tx,
      people.map(({ id }) => accountOf(id)),
    );
    const grants = people.flatMap(({ id, publicId, weeklyBudget }) => {
      const { posted, held, frozen } = required(balances.get(accountOf(id)), "the account just locked");
      if (frozen) return [];
      const budget = microsOf(weeklyBudget ?? settings.defaultWeeklyBudget);
      const percent = turn.rollsOver ? settings.rolloverPercent : null;
      return {
        id,
        key: `turn:${turn.week.key}:${publicId}`,
        grant: grantOf(micros(posted - held), budget, percent),
      };
    });
    if (grants.length === 0) return 0;
    await postTransfers(
      tx,
      grants.flatMap(({ id, key, grant }) => transfersOf(id, key, grant)),
    );
    await tx
      .insert(weekBudgets)
      .values(
        grants.map(({ id, grant }) => ({ week: turn.week.key, userId: id, ...grant, grantedAt: dbNow })),
      );
    await tellTurned(tx, turn.week, grants);
    await recordChange(tx, { userId: null, topic: "schedule" });
    return grants.length;
  });
}

/** Sees to everybody whom this week's turn has not come to. @returns how many there were */
export async function grantBudgets(db: Db, turn: Turn): Promise<number> {
  let granted = 0;
  let last = 0;
  for (;;) {
    const userIds = await due(db, turn.week.key, last);
    const end = userIds.at(-1);
    if (end === undefined) return granted;
    granted += await grantBatch(db, turn, userIds);
    last = end;
  }
}

/** Gives whoever has come since the last turn their first budget. */
export async function grantNewcomers(db: Db): Promise<number> {
  const [week] = await db
    .select({ key: weeks.key, closesAt: weeks.closesAt })
    .from(weeks)
    .where(eq(weeks.status, "executing"));
  return week ? grantBudgets(db, { week, rollsOver: false }) : 0;
}
