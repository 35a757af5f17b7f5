import { eq, sql } from "drizzle-orm";
import type { RowDataPacket } from "mysql2/promise";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { accounts, auditLog, ledgerChecks, notices, transfers, users } from "@/db/schema";
import { createTestDatabase, type TestDatabase } from "@/db/testing";
import { inTransaction } from "@/db/tx";
import { systemAuditor } from "@/lib/audit/record";
import { seedPerson } from "@/lib/auth/testing";
import { required } from "@/lib/kernel/assert";
import { microsOf, textOf } from "@/lib/kernel/money";
import { voidExpired } from "./expire";
import { unfreezeAccount } from "./freeze";
import type { HoldReasons } from "./ports";
import { postTransfer } from "./post";
import { balanceOf } from "./queries";
import { accountId, type PendingInput } from "./rules";
import { give, seedHolders } from "./testing/holders";
import { claimDailyCheck, ledgerFigures } from "./verify/daily";
import { verifyLedger } from "./verify/verify";

let test: TestDatabase;
let ana: number;
let anaName: string;
beforeAll(async () => {
  test = await createTestDatabase();
  await seedPerson(test.db, "boss", "admin");
});
afterAll(() => test.close());
beforeEach(async () => {
  const [first] = await seedHolders(test.db, 1);
  ana = required(first, "ana");
  const [user] = await test.db.select().from(users).where(eq(users.id, ana));
  anaName = user?.username ?? "";
  await give(test.db, ana, "10");
});

/** Every hold lives, and no other is needed. */
const kept: HoldReasons["bid"] = {
  living: async (_db, holds) => new Set(holds.map(({ id }) => id)),
  needed: async () => [],
};
const alive: HoldReasons = { bid: kept, reservation: kept };
const verify = (reasons = alive) => verifyLedger(test.db, reasons);

let keys = 0;
async function hold(amount: string, more: Partial<PendingInput> = {}): Promise<PendingInput> {
  keys += 1;
  const bid: PendingInput = {
    type: "pending",
    key: `hold:${keys}`,
    debit: { user: ana, currency: "CREDIT" },
    credit: { system: "revenue", currency: "CREDIT" },
    amount: microsOf(amount),
    kind: "bid",
    reference: "slot:x",
    ...more,
  };
  await inTransaction(test.db, (tx) => postTransfer(tx, bid));
  return bid;
}

const end = (bid: PendingInput, type: "post" | "void") =>
  inTransaction(test.db, (tx) =>
    postTransfer(tx, { type, key: `${bid.key}:end`, pendingKey: bid.key, kind: "bid", reference: "slot:x" }),
  );

async function held(): Promise<string> {
  return textOf((await balanceOf(test.db, ana, "CREDIT")).held);
}

describe("holds whose time has passed", () => {
  const past = new Date(Date.now() - 1_000);

  it("are given back once, whoever does it, and others stay", async () => {
    const gone = [await hold("1", { expiresAt: past }), await hold("2", { expiresAt: past })];
    await hold("3", { expiresAt: new Date(Date.now() + 60_000) });
    await hold("4");
    const counts = await Promise.all(Array.from({ length: 6 }, () => voidExpired(test.db)));
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(2);
    expect(await held()).toBe("7");
    for (const bid of gone) {
      const [row] = await test.db.select().from(transfers).where(eq(transfers.key, bid.key));
      const [ended] = await test.db
        .select()
        .from(transfers)
        .where(eq(transfers.key, `expire:${row?.id}`));
      expect(ended).toMatchObject({ type: "void", pendingId: row?.id, reference: "slot:x" });
    }
    expect(await voidExpired(test.db)).toBe(0);
  });

  it("are all looked at only when it is asked for", async () => {
    await hold("1", { expiresAt: new Date(Date.now() - 60 * 60_000) });
    expect(await voidExpired(test.db, 30 * 60_000)).toBe(0);
    expect(await held()).toBe("1");
    expect(await voidExpired(test.db)).toBe(1);
  });

  it("may be voided by their maker meanwhile", async () => {
    const bids = await Promise.all(Array.from({ length: 20 }, () => hold("0.1", { expiresAt: past })));
    const ends = await Promise.allSettled([voidExpired(test.db), ...bids.map((bid) => end(bid, "void"))]);
    expect(ends[0]?.status).toBe("fulfilled");
    expect(await held()).toBe("0");
    expect(await verify()).toEqual([]);
  });
});

describe("verifying the ledger", () => {
  /** Undoes what a test broke, so that the next begins with a sound ledger. */
  let mend: string[] = [];
  afterEach(async () => {
    for (const statement of mend.splice(0)) await broken(statement);
    await test.db.update(accounts).set({ frozenAt: null, frozenReason: null });
    expect(await verify()).toEqual([]);
  });

  const id = () => accountId({ user: ana, currency: "CREDIT" });

  /** As somebody with the database's prompt would, past the triggers. */
  async function broken(statement: string): Promise<void> {
    const connection = await test.db.$client.getConnection();
    try {
      const [triggers] = await connection.query<RowDataPacket[]>("show triggers like 'transfers'");
      const changes = /transfers/.test(statement);
      if (changes) for (const { Trigger } of triggers) await connection.query(`drop trigger ${Trigger}`);
      await connection.query(statement);
      if (!changes) return;
      for (const { Trigger, Timing, Event, Statement } of triggers) {
        await connection.query(
          `create trigger ${Trigger} ${Timing} ${Event} on transfers for each row ${Statement}`,
        );
      }
    } finally {
      connection.release();
    }
  }

  it("finds nothing in a sound one, and says that it looked", async () => {
    const bid = await hold("4");
    await end(bid, "post");
    await hold("2", { expiresAt: new Date(Date.now() + 60_000) });
    expect(await verify()).toEqual([]);
    expect(await ledgerFigures(test.db)).toEqual({
      last: { findings: 0, ageSeconds: expect.any(Number) },
      frozenAccounts: 0,
    });
  });

  it.each([
    [
      "a balance",
      "update accounts set posted = posted + 1000000 where id = {id}",
      "update accounts set posted = posted - 1000000 where id = {id}",
      "The balance says 11 with 4 held, and its history 10 with 4 held.",
    ],
    [
      "what is held",
      "update accounts set held = held - 500000 where id = {id}",
      "update accounts set held = held + 500000 where id = {id}",
      "The balance says 10 with 3.5 held, and its history 10 with 4 held.",
    ],
    [
      "a statement's balance",
      "update transfers set credit_posted_after = 7 where credit_account_id = {id}",
      "update transfers set credit_posted_after = 10000000 where credit_account_id = {id}",
      "the statement says 0.000007, and the history 10.",
    ],
    [
      "a missing balance",
      "update transfers set credit_posted_after = null where credit_account_id = {id}",
      "update transfers set credit_posted_after = 10000000 where credit_account_id = {id}",
      "the statement says nothing, and the history 10.",
    ],
  ])(
    "finds %s that was tampered with, freezes the account, tells administrators",
    async (_what, tamper, undo, text) => {
      await hold("4");
      mend = [undo.replace("{id}", String(id()))];
      await broken(tamper.replace("{id}", String(id())));
      const findings = await verify();
      expect(findings).toContainEqual({
        account: { username: anaName, currency: "CREDIT" },
        finding: expect.stringContaining(text),
        frozenNow: true,
      });
      await expect(hold("1")).rejects.toMatchObject({ conflict: "account_frozen" });
      const [account] = await test.db.select().from(accounts).where(eq(accounts.id, id()));
      expect(account).toMatchObject({
        frozenAt: expect.any(Date),
        frozenReason: expect.stringContaining(text),
      });
      const [user] = await test.db.select().from(users).where(eq(users.id, ana));
      const entries = await test.db
        .select()
        .from(auditLog)
        .where(eq(auditLog.resource, user?.publicId ?? ""));
      expect(entries).toMatchObject([{ action: "wallet.freeze", detail: { currency: "CREDIT" } }]);
      const told = (await test.db.select().from(notices)).filter(
        ({ content }) => content.kind === "ledger_mismatch" && content.username === anaName,
      );
      expect(told).toHaveLength(1);
      // Found again, frozen once.
      expect((await verify()).filter(({ frozenNow }) => frozenNow)).toEqual([]);
      expect((await ledgerFigures(test.db)).frozenAccounts).toBe(1);
    },
  );

  it("finds money from nowhere, tells of it once a day", async () => {
    mend = [`update accounts set posted = posted - 1000000 where id = ${id()}`];
    await broken(`update accounts set posted = posted + 1000000 where id = ${id()}`);
    const findings = [...(await verify()), ...(await verify())];
    const sums = findings.filter(({ account }) => account === null);
    expect(sums.map(({ finding }) => finding)).toEqual(
      Array.from({ length: 2 }, () => "All accounts in CREDIT come to 1, and not to 0."),
    );
    const told = (await test.db.select().from(notices)).filter(
      ({ content }) =>
        content.kind === "ledger_mismatch" &&
        content.username === null &&
        /CREDIT come to 1,/.test(content.finding),
    );
    expect(told).toHaveLength(1);
  });

  it.each([
    [
      "another amount than was held",
      "update transfers set amount = 9000000 where idempotency_key = '{key}:end'",
      "update transfers set amount = 4000000 where idempotency_key = '{key}:end'",
    ],
    [
      "after its time",
      "update transfers set expires_at = created_at - interval 1 hour where idempotency_key = '{key}'",
      "update transfers set expires_at = null where idempotency_key = '{key}'",
    ],
    [
      "for somebody else",
      "update transfers set credit_account_id = 25 where idempotency_key = '{key}:end'",
      "update transfers set credit_account_id = 17 where idempotency_key = '{key}:end'",
    ],
  ])("finds a hold that was paid %s", async (_what, tamper, undo) => {
    const bid = await hold("4");
    await end(bid, "post");
    mend = [undo.replace("{key}", bid.key)];
    await broken(tamper.replace("{key}", bid.key));
    expect((await verify()).map(({ finding }) => finding)).toContain(
      `Transfer ${bid.key}:end ends a hold that it does not fit.`,
    );
  });

  it("finds holds without a reason, and those of a kind that nobody knows", async () => {
    const [bid, booking] = [
      await hold("1"),
      await hold("1", { kind: "reservation", reference: "booking:x" }),
    ];
    const findings = await verify({ bid: { ...kept, living: async () => new Set() } });
    expect(findings.map(({ finding }) => finding)).toEqual(
      expect.arrayContaining([
        `${bid.key} holds money for slot:x, and there is no such thing.`,
        `${booking.key} holds money for booking:x, and nobody knows of a reservation.`,
      ]),
    );
  });

  it("finds what should be held for and isn't, freezes whose it is unless it ends by itself", async () => {
    const [right, less, others] = [await hold("2"), await hold("1"), await hold("2")];
    const account = { user: ana, currency: "CREDIT" } as const;
    const [bo = 0] = await seedHolders(test.db, 1);
    await give(test.db, bo, "1");
    const needing = (key: string | null, who = account, freezes = false) => ({
      ...{ key, account: who, amount: microsOf("2"), reference: `what ${key} is for`, freezes },
    });
    const led = [
      needing(right.key),
      needing(less.key),
      needing(others.key, { ...account, user: bo }),
      needing(null, account, true),
    ];
    const findings = await verify({ ...alive, bid: { ...kept, needed: async () => led } });
    const named = { account: { username: anaName, currency: "CREDIT" }, frozenNow: false };
    expect(findings).toEqual([
      { ...named, finding: `For what ${less.key} is for 2 should be held, and 1 is.` },
      expect.objectContaining({
        finding: `For what ${others.key} is for 2 should be held, and nothing is.`,
        frozenNow: false,
      }),
      { ...named, finding: "For what null is for 2 should be held, and nothing is.", frozenNow: true },
    ]);
  });

  it("tells of what is amiss with the lab's own accounts, which nothing freezes, and goes on", async () => {
    const bid = await hold("1");
    mend = [`update transfers set debit_account_id = ${id()} where idempotency_key = '${bid.key}'`];
    await broken(`update transfers set debit_account_id = 1 where idempotency_key = '${bid.key}'`);
    const finding = `${bid.key} holds money for slot:x, and nobody knows of a bid.`;
    expect(await verify({})).toContainEqual({ account: null, finding, frozenNow: false });
    const told = (await test.db.select().from(notices)).map(({ content }) => content);
    expect(told).toContainEqual({ kind: "ledger_mismatch", username: null, finding });
  });

  it("finds holds that should have been given back, and leaves that to the worker", async () => {
    const bid = await hold("1", { expiresAt: new Date(Date.now() - 10 * 60_000) });
    expect(await verify()).toEqual([
      {
        account: { username: anaName, currency: "CREDIT" },
        finding: `${bid.key} holds money although its time has passed: does the worker run?`,
        frozenNow: false,
      },
    ]);
    expect(await voidExpired(test.db)).toBe(1);
  });

  it("agrees with itself while money moves", async () => {
    const people = await seedHolders(test.db, 4);
    for (const user of people) await give(test.db, user, "100");
    let moving = true;
    const movers = people.map(async (user) => {
      for (let n = 0; moving; n++) {
        const bid = await hold("0.5", { key: `move:${user}:${n}`, debit: { user, currency: "CREDIT" } });
        await end(bid, n % 2 === 0 ? "post" : "void");
      }
    });
    for (let round = 0; round < 10; round++) expect(await verify()).toEqual([]);
    moving = false;
    await Promise.all(movers);
  });

  it("is let go by a person with a reason, and found again while it is wrong", async () => {
    mend = [`update accounts set posted = posted - 1 where id = ${id()}`];
    await broken(`update accounts set posted = posted + 1 where id = ${id()}`);
    await verify();
    const letGo = () =>
      unfreezeAccount(test.db, systemAuditor, {
        username: anaName,
        currency: "CREDIT",
        reason: "looked into it",
      });
    await letGo();
    await expect(letGo()).rejects.toMatchObject({ code: "conflict" });
    const entries = await test.db.select().from(auditLog).where(eq(auditLog.action, "wallet.unfreeze"));
    expect(entries.at(-1)).toMatchObject({ detail: { currency: "CREDIT", reason: "looked into it" } });
    await hold("1");
    expect((await verify()).some(({ frozenNow }) => frozenNow)).toBe(true);
  });
});

describe("the day's verification", () => {
  beforeEach(() => test.db.delete(ledgerChecks));

  it("is one worker's, and done once", async () => {
    const claims = await Promise.all(
      Array.from({ length: 8 }, (_, n) => claimDailyCheck(test.db, `wkr_${n}`)),
    );
    expect(claims.filter((got) => got)).toHaveLength(1);
    await verify();
    expect(await claimDailyCheck(test.db, "wkr_9")).toBe(false);
  });

  it("goes to another when its worker died", async () => {
    expect(await claimDailyCheck(test.db, "wkr_1")).toBe(true);
    expect(await claimDailyCheck(test.db, "wkr_2")).toBe(false);
    await test.db.update(ledgerChecks).set({ claimExpiresAt: sql`utc_timestamp(3)` });
    expect(await claimDailyCheck(test.db, "wkr_2")).toBe(true);
  });
});
