import { eq } from "drizzle-orm";
import type { Db } from "@/db/client";
import { dbNow } from "@/db/clock";
import { users } from "@/db/schema";
import { inTransaction } from "@/db/tx";
import { required } from "@/lib/kernel/assert";
import { newPublicId } from "@/lib/kernel/ids";
import { microsOf } from "@/lib/kernel/money";
import type { Currency } from "../model";
import { postTransfer } from "../post";

/** People who can't sign in, made at once. @returns their internal ids */
export async function seedHolders(db: Db, count: number): Promise<number[]> {
  const publicIds = Array.from({ length: count }, () => newPublicId("usr"));
  await db.insert(users).values(
    publicIds.map((publicId) => ({
      publicId,
      username: publicId.replace("_", "-"),
      email: `${publicId}@example.org`,
      passwordHash: "not used here",
      createdAt: dbNow,
    })),
  );
  const ids = await Promise.all(
    publicIds.map((publicId) => db.select({ id: users.id }).from(users).where(eq(users.publicId, publicId))),
  );
  return ids.map(([row]) => required(row, "the user just made").id);
}

let given = 0;

/** Gives somebody an amount out of nothing. */
export async function give(
  db: Db,
  userId: number,
  amount: string,
  currency: Currency = "CREDIT",
): Promise<void> {
  given += 1;
  // Named before the transaction, which may begin when others have been given something, too.
  const key = `test:give:${process.pid}:${given}`;
  await inTransaction(db, (tx) =>
    postTransfer(tx, {
      type: "posted",
      key,
      debit: { system: "issued", currency },
      credit: { user: userId, currency },
      amount: microsOf(amount),
      kind: "refill",
      reference: "test",
    }),
  );
}
