import { eq, sql } from "drizzle-orm";
import fc from "fast-check";
import type { RowDataPacket } from "mysql2/promise";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { connectDb, type Db } from "@/db/client";
import { accounts, transfers } from "@/db/schema";
import { createTestDatabase, type TestDatabase } from "@/db/testing";
import { inTransaction } from "@/db/tx";
import { required } from "@/lib/kernel/assert";
import { AppError } from "@/lib/kernel/errors";
import { type Micros, micros, microsOf, textOf } from "@/lib/kernel/money";
import { currencies, systemKinds } from "./model";
import { postTransfers } from "./post";
import { InsufficientFundsError } from "./posting-rules";
import { balanceOf } from "./queries";
import { type AccountRef, accountId, type PendingInput, type PostedInput, type TransferInput } from "./rules";
import { type CrashingDb, crashingDb } from "./testing/crashing-db";
import { give, seedHolders } from "./testing/holders";
import { callsAmong, ModelLedger } from "./testing/ledger-model";

/** As many as the busiest lab's web has. */
const connections = 64;

let test: TestDatabase;
let many: Db;
/** A single connection, whose statements can be counted. */
let one: Db;
let crash: CrashingDb;
let ana: number;
let ben: number;
beforeAll(async () => {
  test = await createTestDatabase();
  many = connectDb({ url: test.url, poolSize: connections });
  one = connectDb({ url: test.url, poolSize: 1 });
  crash = crashingDb(test.url);
});
afterAll(async () => {
  await Promise.all([many.$client.end(), one.$client.end(), crash.close()]);
  await test.close();
});
beforeEach(async () => {
  const [first, second] = await seedHolders(test.db, 2);
  [ana, ben] = [required(first, "ana"), required(second, "ben")];
});

const post = (...inputs: TransferInput[]) => inTransaction(test.db, (tx) => postTransfers(tx, inputs));
const onMany = (...inputs: TransferInput[]) =>
  outcomeOf(inTransaction(many, (tx) => postTransfers(tx, inputs)));

/** `done`, or the code of what stood in the way; what is nobody's expected answer is thrown on. */
async function outcomeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return "done";
  } catch (error) {
    if (error instanceof AppError) return error.code;
    throw error;
  }
}

/** Statements that the single connection has sent. */
async function questions(): Promise<number> {
  const [[row]] = await one.$client.query<RowDataPacket[]>("show session status like 'Questions'");
  // Asking is one, too.
  return Number(row?.Value) - ++asked;
}
let asked = 0;

/** What a user's history comes to, by bare SQL. */
async function sumOfHistory(user: number): Promise<bigint> {
  const id = accountId({ user, currency: "CREDIT" });
  const [[row]] = await test.db.$client.query<RowDataPacket[]>(
    `select cast(coalesce(sum(if(credit_account_id = ?, amount, -amount)), 0) as char) as total from transfers
     where type in ('posted', 'post') and ? in (debit_account_id, credit_account_id)`,
    [id, id],
  );
  return BigInt(row?.total);
}

/** The same with people and keys of one run's own. */
function ofRun(input: TransferInput, [first, second]: readonly [number, number]): TransferInput {
  const own = <Account extends AccountRef>(account: Account): Account =>
    "user" in account ? { ...account, user: account.user === ana ? first : second } : account;
  const key = `${first}:${input.key}`;
  if (input.type === "posted") return { ...input, key, debit: own(input.debit), credit: own(input.credit) };
  if (input.type === "pending") return { ...input, key, debit: own(input.debit), credit: own(input.credit) };
  return { ...input, key, pendingKey: `${first}:${input.pendingKey}` };
}

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

describe("the lab's own accounts", () => {
  it("are there from the start, under the ids that follow from what they are", async () => {
    const rows = await test.db.select().from(accounts).where(sql`${accounts.userId} is null`);
    const wanted = systemKinds.flatMap((system) =>
      currencies.map((currency) => ({
        id: accountId({ system, currency }),
        systemKind: system,
        currency,
        posted: null,
      })),
    );
    expect(rows).toHaveLength(wanted.length);
    for (const account of wanted) expect(rows).toContainEqual(expect.objectContaining(account));
  });
});

describe("the database itself refuses", () => {
  const refused = async (statement: string) => {
    const [row] = await test.db.select().from(transfers).limit(1);
    const id = accountId({ user: ana, currency: "CREDIT" });
    const text = statement.replaceAll("{ana}", String(id)).replaceAll("{transfer}", String(row?.id));
    return expect(test.db.$client.query(text), statement).rejects;
  };

  it.each([
    ["more held than there is", "update accounts set held = 11000000 where id = {ana}", /accounts_available/],
    ["less than nothing held", "update accounts set held = -1 where id = {ana}", /accounts_held/],
    ["another's id", "update accounts set user_id = user_id + 1 where id = {ana}", /accounts_id_of_owner/],
    ["a changed transfer", "update transfers set amount = 1 where id = {transfer}", /never changed/],
    ["a removed transfer", "delete from transfers where id = {transfer}", /never removed/],
    ["two currencies", insert({ currency: "'USD'" }), /foreign key constraint/],
    ["an amount of nothing", insert({ amount: "0" }), /transfers_amount/],
    ["an account that pays itself", insert({ debit: "{ana}" }), /transfers_two_accounts/],
    ["an end of nothing", insert({ type: "'void'" }), /transfers_ends/],
    ["two ends of one", insert({ type: "'void'", pending: "{transfer}" }), null],
  ] as const)("%s", async (_what, statement, why) => {
    await give(test.db, ana, "10");
    if (why !== null) return (await refused(statement)).toThrow(why);
    const bid = hold("1");
    const [held] = await post(bid);
    await post({ type: "void", key: newKey(), pendingKey: bid.key, kind: "bid", reference: "r" });
    await (await refused(statement.replace("{transfer}", String(held?.id)))).toThrow(/transfers_pending/);
  });

  function insert(
    columns: Partial<Record<"currency" | "amount" | "debit" | "type" | "pending", string>>,
  ): string {
    const { currency = "'CREDIT'", amount = "1", debit = "1", type = "'posted'", pending = "null" } = columns;
    return `insert into transfers (idempotency_key, type, currency, debit_account_id, credit_account_id, amount, pending_id,
      kind, reference, created_at) values (uuid(), ${type}, ${currency}, ${debit}, {ana}, ${amount}, ${pending}, 'bid', 'r', now())`;
  }
});

describe("many transfers at once", () => {
  it("take the same few statements as some, and answer in order", async () => {
    await give(test.db, ana, "6000");
    const bids = Array.from({ length: 5_000 }, () => hold("1"));
    const before = await questions();
    const results = await inTransaction(one, (tx) => postTransfers(tx, bids));
    // BEGIN, the lock, the rows, the balance, COMMIT.
    expect((await questions()) - before).toBe(5);
    expect(results.map(({ key }) => key)).toEqual(bids.map(({ key }) => key));
    expect(await has(ana)).toEqual(["6000", "5000", "1000"]);
    const again = await post(...bids);
    expect(again).toEqual(results.map((result) => ({ ...result, repeated: true })));
    expect(await has(ana)).toEqual(["6000", "5000", "1000"]);
  });

  it("are all done or none, and name the first that could not be", async () => {
    await give(test.db, ana, "2.5");
    const bids = Array.from({ length: 5 }, () => hold("1"));
    const refusal = await post(...bids).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(InsufficientFundsError);
    expect(refusal).toMatchObject({ index: 2, available: microsOf("0.5"), needed: microsOf("1") });
    expect(await has(ana)).toEqual(["2.5", "0", "2.5"]);
  });

  it("move money of many people in one call", async () => {
    const people = await seedHolders(test.db, 300);
    await post(
      ...people.map((user) =>
        pay("7", { debit: { system: "issued", currency: "CREDIT" }, credit: { user, currency: "CREDIT" } }),
      ),
    );
    for (const user of people) expect(await has(user)).toEqual(["7", "0", "7"]);
  });
});

describe("the database's clock", () => {
  it("says when a hold can no longer be paid", async () => {
    await give(test.db, ana, "10");
    const [[row]] = await test.db.$client.query<RowDataPacket[]>("select utc_timestamp(3) as now");
    const now = new Date(row?.now);
    const [late, early] = [
      hold("1", { expiresAt: now }),
      hold("1", { expiresAt: new Date(now.getTime() + 60_000) }),
    ];
    await post(late, early);
    const payment = { type: "post", kind: "bid", reference: "r" } as const;
    await expect(post({ ...payment, key: newKey(), pendingKey: late.key })).rejects.toMatchObject({
      conflict: "hold_ended",
    });
    await post({ ...payment, key: newKey(), pendingKey: early.key });
    expect(await has(ana)).toEqual(["9", "1", "8"]);
  });
});

describe("under 64 connections", () => {
  const crowd = Array.from({ length: 64 }, (_, n) => n);

  it("64 who want the last ten credits get ten of them", async () => {
    await give(test.db, ana, "10");
    const outcomes = await Promise.all(crowd.map(() => onMany(hold("1"))));
    expect(outcomes.filter((outcome) => outcome === "done")).toHaveLength(10);
    expect(new Set(outcomes)).toEqual(new Set(["done", "insufficient_funds"]));
    expect(await has(ana)).toEqual(["10", "10", "0"]);
  });

  it("one key moves money once, an account that isn't there yet is made once", async () => {
    const refill = pay("5", {
      debit: { system: "issued", currency: "CREDIT" },
      credit: { user: ana, currency: "CREDIT" },
    });
    expect(new Set(await Promise.all(crowd.map(() => onMany(refill))))).toEqual(new Set(["done"]));
    expect(await has(ana)).toEqual(["5", "0", "5"]);
  });

  it("one key for two people is one transfer and 63 conflicts or the same", async () => {
    const key = newKey();
    const outcomes = await Promise.all(
      crowd.map((n) =>
        onMany(
          pay("5", {
            key,
            debit: { system: "issued", currency: "CREDIT" },
            credit: { user: n % 2 === 0 ? ana : ben, currency: "CREDIT" },
          }),
        ),
      ),
    );
    expect(outcomes.filter((outcome) => outcome === "done")).toHaveLength(32);
    expect(outcomes.filter((outcome) => outcome === "conflict")).toHaveLength(32);
    expect((await has(ana))[0] + (await has(ben))[0]).toMatch(/^(50|05)$/);
  });

  it("a hold is ended once, whoever pays or voids it", async () => {
    await give(test.db, ana, "10");
    const bid = hold("4");
    await post(bid);
    const ends = crowd.map(
      (n) =>
        ({
          type: n % 2 === 0 ? "post" : "void",
          key: newKey(),
          pendingKey: bid.key,
          kind: "bid",
          reference: "r",
        }) as const,
    );
    const outcomes = await Promise.all(ends.map((end) => onMany(end)));
    expect(outcomes.filter((outcome) => outcome === "done")).toHaveLength(1);
    expect((await has(ana))[1]).toBe("0");
  });

  it("people who pay each other in circles lose nothing, and no deadlock is seen", async () => {
    const people = await seedHolders(test.db, 6);
    for (const user of people) await give(test.db, user, "3");
    const outcomes = await Promise.all(
      crowd.flatMap((n) =>
        [1, 2, 5].map((step) => {
          const [from, to] = [people[n % 6], people[(n + step) % 6]];
          return onMany(
            pay("1", {
              debit: { user: required(from, "a payer"), currency: "CREDIT" },
              credit: { user: required(to, "a payee"), currency: "CREDIT" },
            }),
          );
        }),
      ),
    );
    expect(outcomes.every((outcome) => outcome === "done" || outcome === "insufficient_funds")).toBe(true);
    let sum: Micros = micros(0n);
    for (const user of people) {
      const { posted } = await balanceOf(test.db, user, "CREDIT");
      expect(posted).toBe(await sumOfHistory(user));
      sum = micros(sum + posted);
    }
    expect(textOf(sum)).toBe("18");
  });
});

describe("whatever is asked, and wherever it is cut off", () => {
  it("the database comes to what a plain ledger does", async () => {
    let cut = 0;
    const cuts = fc.infiniteStream(fc.integer({ min: 1, max: 12 }));
    await fc.assert(
      fc.asyncProperty(callsAmong([ana, ben]), cuts, async (calls, cutAfter) => {
        const [first, second] = await seedHolders(test.db, 2);
        const people = [required(first, "the first"), required(second, "the second")] as const;
        const model = new ModelLedger();
        for (const call of calls.map((inputs) => inputs.map((input) => ofRun(input, people)))) {
          // Cut off after a statement of its own choosing, BEGIN and COMMIT among them, then asked again.
          const work = (db: Db) => inTransaction(db, (tx) => postTransfers(tx, call));
          if (await crash.during(cutAfter.next().value, work)) cut += 1;
          expect(await outcomeOf(post(...call))).toBe(model.call(call));
        }
        for (const user of people) {
          const { posted, held } = await balanceOf(test.db, user, "CREDIT");
          expect([posted, held]).toEqual([model.posted(user), model.held(user)]);
          expect(posted).toBe(await sumOfHistory(user));
        }
      }),
      { numRuns: 25 },
    );
    expect(cut).toBeGreaterThan(50);
  });
});
