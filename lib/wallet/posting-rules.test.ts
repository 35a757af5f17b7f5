import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AppError } from "@/lib/kernel/errors";
import { micros, microsOf } from "@/lib/kernel/money";
import { type Balance, InsufficientFundsError, planTransfers, type StoredTransfer } from "./posting-rules";
import { accountId, type PendingInput, type TransferInput } from "./rules";
import { callsAmong, ModelLedger } from "./testing/ledger-model";

const users = [1, 2] as const;
const idOf = (user: number) => accountId({ user, currency: "CREDIT" });

/** The rules with a memory: what the database is to them. */
class MemoryLedger {
  readonly known = new Map<string, StoredTransfer>();
  readonly balances = new Map<number, Balance>(
    users.map((user) => [idOf(user), { posted: micros(0n), held: micros(0n), frozen: false }]),
  );

  call(inputs: readonly TransferInput[]): string {
    try {
      const { rows, changed } = planTransfers(inputs, this.known, this.balances);
      for (const [id, balance] of changed) this.balances.set(id, balance);
      for (const row of rows) {
        for (const [key, stored] of this.known) {
          if (stored.id === row.pendingId) this.known.set(key, { ...stored, ended: true });
        }
        this.known.set(row.key, { ...row, id: this.known.size + 1, ended: false, expired: false });
      }
      return "done";
    } catch (error) {
      if (error instanceof AppError) return error.code;
      throw error;
    }
  }

  balanceOf(user: number): Balance | undefined {
    return this.balances.get(idOf(user));
  }
}

describe("planTransfers", () => {
  it("does what a plain ledger does, whatever comes in whatever order and however often", () => {
    fc.assert(
      fc.property(callsAmong(users), (calls) => {
        const [model, ledger] = [new ModelLedger(), new MemoryLedger()];
        for (const call of calls) {
          expect(ledger.call(call)).toBe(model.call(call));
          for (const user of users) {
            expect(ledger.balanceOf(user)).toMatchObject({
              posted: model.posted(user),
              held: model.held(user),
            });
          }
        }
        expect(model.total()).toBe(0n);
      }),
      { numRuns: 2_000 },
    );
  });

  const rich = new Map([[idOf(1), { posted: microsOf("10"), held: micros(0n), frozen: false }]]);
  const bid = (key: string, amount: string, more: Partial<PendingInput> = {}): PendingInput => ({
    type: "pending",
    key,
    debit: { user: 1, currency: "CREDIT" },
    credit: { system: "revenue", currency: "CREDIT" },
    amount: microsOf(amount),
    kind: "bid",
    reference: "slot:x",
    ...more,
  });

  it("says which of a list can't be paid, what was left for it and what it needs", () => {
    const plan = () =>
      planTransfers([bid("a", "4"), bid("b", "5.5"), bid("c", "1"), bid("d", "0.1")], new Map(), rich);
    expect(plan).toThrow(InsufficientFundsError);
    expect(plan).toThrow("This needs 1 credit, and 0.5 credits are available.");
    expect(plan).toThrow(
      expect.objectContaining({
        index: 2,
        available: microsOf("0.5"),
        needed: microsOf("1"),
        currency: "CREDIT",
      }),
    );
  });

  it("refuses a frozen account, on either side, but answers for what was done before", () => {
    const frozen = new Map([...rich].map(([id, balance]) => [id, { ...balance, frozen: true }]));
    expect(() => planTransfers([bid("a", "1")], new Map(), frozen)).toThrow(
      expect.objectContaining({ conflict: "account_frozen" }),
    );
    const refill: TransferInput = {
      ...bid("b", "1"),
      type: "posted",
      debit: { system: "issued", currency: "CREDIT" },
      credit: { user: 1, currency: "CREDIT" },
    };
    expect(() => planTransfers([refill], new Map(), frozen)).toThrow(/is frozen/);
    const [row] = planTransfers([refill], new Map(), rich).rows;
    const known = new Map(row && [["b", { ...row, id: 1, ended: false, expired: false }]]);
    expect(planTransfers([refill], known, frozen).rows).toEqual([]);
  });

  it("posts no hold whose time has passed, and voids it", () => {
    const [row] = planTransfers([bid("a", "1", { expiresAt: new Date(0) })], new Map(), rich).rows;
    const known = new Map(row && [["a", { ...row, id: 1, ended: false, expired: true }]]);
    const holding = new Map([[idOf(1), { posted: microsOf("10"), held: microsOf("1"), frozen: false }]]);
    const end = { key: "e", pendingKey: "a", kind: "bid", reference: "slot:x" } as const;
    expect(() => planTransfers([{ type: "post", ...end }], known, holding)).toThrow(
      expect.objectContaining({
        conflict: "hold_ended",
        message: expect.stringContaining("1970-01-01T00:00:00.000Z"),
      }),
    );
    const { changed } = planTransfers([{ type: "void", ...end }], known, holding);
    expect(changed.get(idOf(1))).toMatchObject({ posted: microsOf("10"), held: 0n });
  });

  it.each([
    ["an amount of nothing", bid("a", "0")],
    ["a negative amount", bid("a", "-1")],
    ["two currencies", bid("a", "1", { credit: { system: "revenue", currency: "USD" } })],
    ["one account", bid("a", "1", { credit: { user: 1, currency: "CREDIT" } })],
    ["a key with a quote", bid("a'", "1")],
    ["a key with a line feed", bid("a\n", "1")],
    ["a long key", bid("a".repeat(191), "1")],
    ["an empty reference", bid("a", "1", { reference: "" })],
  ])("takes %s for a mistake in the program", (_what, input) => {
    expect(() => planTransfers([input], new Map(), rich)).toThrow(RangeError);
  });
});
