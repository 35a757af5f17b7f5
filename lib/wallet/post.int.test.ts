import { eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { accounts, transfers } from "@/db/schema";
import { createTestDatabase, type TestDatabase } from "@/db/testing";
import { inTransaction } from "@/db/tx";
import { required } from "@/lib/kernel/assert";
import { microsOf, textOf } from "@/lib/kernel/money";
import { currencies, systemKinds } from "./model";
import { postTransfer, postTransfers } from "./post";
import { InsufficientFundsError } from "./posting-rules";
import { balanceOf } from "./queries";
import { accountId, type PendingInput, type PostedInput, type TransferInput } from "./rules";
import { give, seedHolders } from "./testing";

let test: TestDatabase;
let ana: number;
let ben: number;
beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test.close());
beforeEach(async () => {
  const [first, second] = await seedHolders(test.db, 2);
  [ana, ben] = [required(first, "ana"), required(second, "ben")];
});

const post = (...inputs: TransferInput[]) => inTransaction(test.db, (tx) => postTransfers(tx, inputs));
let keys = 0;
const newKey = () => `k:${keys++}`;

async function has(user: number): Promise<[string, string, string]> {
  const { posted, held, available } = await balanceOf(test.db, user, "CREDIT");
  return [textOf(posted), textOf(held), textOf(available)];
}

function pay(amount: string, more: Partial<PostedInput> = {}): PostedInput {
  return {
    type: "posted",
    key: newKey(),
    debit: { user: ana, currency: "CREDIT" },
    credit: { system: "revenue", currency: "CREDIT" },
    amount: microsOf(amount),
    kind: "take",
    reference: "slot:x",
    ...more,
  };
}

function hold(amount: string, more: Partial<PendingInput> = {}): PendingInput {
  return { ...pay(amount), type: "pending", debit: { user: ana, currency: "CREDIT" }, kind: "bid", ...more };
}

describe("a transfer", () => {
  it("moves money between two people, and keeps what each has after it", async () => {
    await give(test.db, ana, "100");
    const [result] = await post(pay("12.5", { credit: { user: ben, currency: "CREDIT" } }));
    expect([await has(ana), await has(ben)]).toEqual([
      ["87.5", "0", "87.5"],
      ["12.5", "0", "12.5"],
    ]);
    const [row] = await test.db
      .select()
      .from(transfers)
      .where(eq(transfers.id, result?.id ?? 0));
    expect(row).toMatchObject({ debitPostedAfter: microsOf("87.5"), creditPostedAfter: microsOf("12.5") });
  });

  it("holds, and then moves a part and gives the rest back", async () => {
    await give(test.db, ana, "10");
    const bid = hold("4");
    await post(bid);
    expect(await has(ana)).toEqual(["10", "4", "6"]);
    await post({
      type: "post",
      key: newKey(),
      pendingKey: bid.key,
      amount: microsOf("1.5"),
      kind: "bid",
      reference: "r",
    });
    expect(await has(ana)).toEqual(["8.5", "0", "8.5"]);
  });

  it("never happens twice under one key, and never as another one", async () => {
    await give(test.db, ana, "10");
    const payment = pay("4");
    const [first] = await post(payment);
    expect(await post(payment)).toEqual([{ ...first, repeated: true }]);
    expect(await has(ana)).toEqual(["6", "0", "6"]);
    await expect(post({ ...payment, amount: microsOf("5") })).rejects.toMatchObject({ code: "conflict" });
    await expect(
      post({ ...payment, credit: { system: "adjustment", currency: "CREDIT" } }),
    ).rejects.toMatchObject({ code: "conflict" });
    await expect(post({ ...payment, debit: { user: ben, currency: "CREDIT" } })).rejects.toMatchObject({
      code: "conflict",
    });
    // Even when there would be nothing left to pay it with.
    await post(pay("6"));
    expect(await post(payment)).toEqual([{ ...first, repeated: true }]);
  });
});
