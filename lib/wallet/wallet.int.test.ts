import { eq } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { connectDb } from "@/db/client";
import { auditLog, transfers } from "@/db/schema";
import { createTestDatabase, type TestDatabase } from "@/db/testing";
import { inTransaction } from "@/db/tx";
import { updateUser } from "@/lib/auth/commands/users";
import type { Actor } from "@/lib/auth/model";
import { seedPerson, testContext } from "@/lib/auth/testing";
import { microsOf } from "@/lib/kernel/money";
import { getSpending } from "@/lib/schedule/queries/spending";
import { setBalance } from "./correct";
import type { TransactionFilter, TransactionView } from "./model";
import { postTransfer, postTransfers } from "./post";
import { getWallet } from "./queries";
import type { PostedInput, TransferInput } from "./rules";
import { listTransactions } from "./statement";
import { give } from "./testing/holders";

let test: TestDatabase;
let boss: Actor;
let ana: Actor;
let people = 0;
beforeAll(async () => {
  test = await createTestDatabase();
  boss = (await seedPerson(test.db, "boss", "admin")).actor;
});
afterAll(() => test.close());
beforeEach(async () => {
  people += 1;
  ana = (await seedPerson(test.db, `ana${people}`)).actor;
});

const post = (...inputs: TransferInput[]) => inTransaction(test.db, (tx) => postTransfers(tx, inputs));
const key = () => crypto.randomUUID();

function pay(amount: string): PostedInput {
  return {
    type: "posted",
    key: key(),
    debit: { user: ana.userId, currency: "CREDIT" },
    credit: { system: "revenue", currency: "CREDIT" },
    amount: microsOf(amount),
    kind: "take",
    reference: "slot:x",
  };
}

describe("a wallet", () => {
  it("is empty before anything came, in every currency", async () => {
    const none = { posted: "0", held: "0", available: "0", frozen: false };
    expect(await getWallet(test.db, ana)).toEqual({
      balances: [
        { currency: "CREDIT", ...none },
        { currency: "USD", ...none },
      ],
    });
    expect(await listTransactions(test.db, ana, { limit: 5 })).toEqual({ data: [], nextCursor: null });
  });
});

describe("spending", () => {
  it("adds up weeks from Saturday by the lab's clocks, exactly and whatever is older, weeks of nothing among them", async () => {
    const still = connectDb({ url: test.url, poolSize: 1 });
    const at = async (instant: string, ...inputs: TransferInput[]) => {
      await still.$client.query("set timestamp = ?", [Date.parse(instant) / 1_000]);
      await inTransaction(still, (tx) => postTransfers(tx, inputs));
    };
    const back = (amount: string, kind: "release" | "refill" = "release"): TransferInput => {
      const { debit, credit, ...rest } = pay(amount);
      return { ...rest, debit: credit, credit: debit, kind };
    };
    await give(test.db, ana.userId, "100");
    await at("2026-09-01T12:00:00Z", pay("50"));
    // A second before Saturday's midnight in New York, and that midnight.
    await at("2026-12-05T04:59:59Z", pay("7"));
    await at("2026-12-05T05:00:00Z", pay("3"));
    await at("2026-12-06T12:00:00Z", back("0.34"), back("0.1"), back("100", "refill"));
    const held: TransferInput = {
      ...pay("5"),
      type: "pending",
      debit: { user: ana.userId, currency: "CREDIT" },
      kind: "bid",
    };
    await at("2026-12-07T12:00:00Z", held);
    await at("2026-12-07T13:00:00Z", {
      type: "post",
      key: key(),
      pendingKey: held.key,
      amount: microsOf("2"),
      kind: "bid",
      reference: "slot:x",
    });
    await still.$client.query("set timestamp = ?", [Date.parse("2026-12-09T12:00:00Z") / 1_000]);
    const { weeks } = await getSpending(still, ana, "America/New_York");
    expect(weeks).toHaveLength(10);
    expect(weeks.slice(-3)).toEqual([
      { week: "2026-11-21", spent: "0" },
      { week: "2026-11-28", spent: "7" },
      { week: "2026-12-05", spent: "4.56" },
    ]);
    expect(weeks.slice(0, -2).map(({ spent }) => spent)).toEqual(Array(8).fill("0"));
    await still.$client.query("set timestamp = ?", [Date.parse("2026-12-19T05:00:00Z") / 1_000]);
    expect((await getSpending(still, ana, "America/New_York")).weeks.slice(-2)).toEqual([
      { week: "2026-12-12", spent: "0" },
      { week: "2026-12-19", spent: "0" },
    ]);
    await still.$client.end();
  });
});

describe("a statement", () => {
  const all = async (filter: TransactionFilter, limit: number) => {
    const lines: TransactionView[] = [];
    let cursor: string | undefined;
    do {
      const page = await listTransactions(test.db, ana, { ...filter, limit, cursor });
      expect(page.data.length).toBeLessThanOrEqual(limit);
      lines.push(...page.data);
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    return lines;
  };

  it("has every movement of either currency once, whatever the page, and the balance after it", async () => {
    await give(test.db, ana.userId, "100");
    await give(test.db, ana.userId, "7.25", "USD");
    const bid: TransferInput = {
      ...pay("4"),
      type: "pending",
      debit: { user: ana.userId, currency: "CREDIT" },
      kind: "bid",
    };
    await post(pay("12.5"), bid);
    await post({
      type: "post",
      key: key(),
      pendingKey: bid.key,
      amount: microsOf("3"),
      kind: "bid",
      reference: "slot:y",
    });
    const lines = await all({}, 100);
    expect(
      lines.map(({ currency, amount, balance, kind }) => `${amount} ${currency} ${kind}: ${balance}`),
    ).toEqual([
      "-3 CREDIT bid: 84.5",
      "-12.5 CREDIT take: 87.5",
      "7.25 USD refill: 7.25",
      "100 CREDIT refill: 100",
    ]);
    for (const limit of [1, 2, 3]) expect(await all({}, limit)).toEqual(lines);
    expect(await all({ currency: "USD" }, 1)).toEqual([lines[2]]);
    expect(await all({ kind: "refill" }, 1)).toEqual([lines[2], lines[3]]);
    const [row] = await test.db.select().from(transfers).where(eq(transfers.reference, "slot:y"));
    const at = row?.createdAt ?? new Date(0);
    expect(await all({ from: at.toISOString() }, 1)).toContainEqual(lines[0]);
    expect(await all({ to: at.toISOString() }, 10)).not.toContainEqual(lines[0]);
  });

  it("is of one's own alone, and refuses another list's cursor", async () => {
    await give(test.db, ana.userId, "100");
    expect((await listTransactions(test.db, boss, { limit: 5 })).data).toEqual([]);
    await expect(listTransactions(test.db, ana, { limit: 5, cursor: "dXNyX2E" })).rejects.toMatchObject({
      code: "invalid",
    });
  });
});

describe("an administrator", () => {
  const ports = {
    keysChanged: async () => undefined,
    allowancesChanged: async () => undefined,
    balanceSet: setBalance,
  };
  const set = (balance: string, requestId = key()) =>
    updateUser({ ...testContext(test.db), requestId }, ports, boss, { id: ana.publicId, balance });
  const credits = async () => (await getWallet(test.db, ana)).balances[0];

  it("sets credits by a correction, once, and that is on record", async () => {
    await give(test.db, ana.userId, "10");
    await set("25.5");
    await set("25.5");
    expect(await credits()).toMatchObject({ posted: "25.5" });
    await set("3");
    expect(await credits()).toMatchObject({ posted: "3" });
    const entries = await test.db.select().from(auditLog).where(eq(auditLog.resource, ana.publicId));
    expect(entries.filter(({ action }) => action === "user.update").map(({ detail }) => detail)).toEqual([
      { balance: { from: "10", to: "25.5" } },
      { balance: { from: "25.5", to: "3" } },
    ]);
    const { data } = await listTransactions(test.db, ana, { limit: 5, kind: "correction" });
    expect(data.map(({ amount }) => amount)).toEqual(["-22.5", "15.5"]);
  });

  it("sets dollars as well, without which nobody could book at a rate in them", async () => {
    const context = { ...testContext(test.db), requestId: key() };
    const both = { id: ana.publicId, balance: "2", dollars: "7.25" };
    await updateUser(context, ports, boss, both);
    await updateUser(context, ports, boss, both);
    expect((await getWallet(test.db, ana)).balances).toMatchObject([
      { currency: "CREDIT", posted: "2" },
      { currency: "USD", posted: "7.25" },
    ]);
    const { data } = await listTransactions(test.db, ana, { limit: 5, kind: "correction" });
    expect(data.map(({ amount, currency }) => `${amount} ${currency}`)).toEqual(["7.25 USD", "2 CREDIT"]);
    await inTransaction(test.db, (tx) =>
      postTransfer(tx, {
        ...pay("4"),
        type: "pending",
        debit: { user: ana.userId, currency: "USD" },
        credit: { system: "revenue", currency: "USD" },
        kind: "reservation",
      }),
    );
    await expect(updateUser(context, ports, boss, { id: ana.publicId, dollars: "3" })).rejects.toMatchObject({
      code: "conflict",
      fields: { dollars: "At least 4, which are held." },
    });
  });

  it("can't set it below what is held", async () => {
    await give(test.db, ana.userId, "10");
    await inTransaction(test.db, (tx) =>
      postTransfer(tx, {
        ...pay("4"),
        type: "pending",
        debit: { user: ana.userId, currency: "CREDIT" },
        kind: "bid",
      }),
    );
    await expect(set("3.999999")).rejects.toMatchObject({
      code: "conflict",
      fields: { balance: "At least 4, which are held." },
    });
    await set("4");
    expect(await credits()).toMatchObject({ posted: "4", held: "4", available: "0" });
  });

  it("comes to what one of them set, when many do at once", async () => {
    const amounts = Array.from({ length: 16 }, (_, n) => String(n + 1));
    await Promise.all(amounts.map((amount) => set(amount)));
    const { data } = await listTransactions(test.db, ana, { limit: 50 });
    expect(data).toHaveLength(16);
    expect(amounts).toContain((await credits())?.posted);
    expect(data[0]?.balance).toBe((await credits())?.posted);
  });
});
