import { asc, inArray, sql } from "drizzle-orm";
import type { Tx } from "@/db/client";
import { dbNow } from "@/db/clock";
import { accounts } from "@/db/schema";
import { micros } from "@/lib/kernel/money";
import type { Balance } from "./posting-rules";
import { userAccountOf } from "./rules";

/**
 * Locks users' accounts in the order of their ids, making those that aren't there, until the transaction ends. Whoever
 * locks anything besides does so before: the order everywhere is user → week → slots → accounts.
 * @throws when an id is that of no user
 */
export async function lockAccounts(tx: Tx, ids: readonly number[]): Promise<Map<number, Balance>> {
  const found = await lockThose(tx, ids);
  const missing = ids.filter((id) => !found.has(id));
  if (missing.length === 0) return found;
  await makeAccounts(tx, missing);
  return lockThose(tx, ids);
}

/** By the primary key: another way to the rows would lock those that it passes, and in another order. */
async function lockThose(tx: Tx, ids: readonly number[]): Promise<Map<number, Balance>> {
  if (ids.length === 0) return new Map();
  const rows = await tx
    .select({ id: accounts.id, posted: accounts.posted, held: accounts.held, frozenAt: accounts.frozenAt })
    .from(accounts, { forceIndex: "PRIMARY" })
    .where(inArray(accounts.id, [...ids]))
    .orderBy(asc(accounts.id))
    .for("update");
  return new Map(
    rows.map(({ id, posted, held, frozenAt }) => [
      id,
      { posted: posted ?? micros(0n), held: held ?? micros(0n), frozen: frozenAt !== null },
    ]),
  );
}

/** Two who make the same one wait for each other, and find it: an INSERT IGNORE would share its lock, and deadlock. */
async function makeAccounts(tx: Tx, ids: readonly number[]): Promise<void> {
  const none = micros(0n);
  await tx
    .insert(accounts)
    .values(
      [...ids]
        .sort((a, b) => a - b)
        .map((id) => {
          const { user: userId, currency } = userAccountOf(id);
          return { id, userId, currency, posted: none, held: none, createdAt: dbNow };
        }),
    )
    .onDuplicateKeyUpdate({ set: { id: sql`${accounts.id}` } });
}
