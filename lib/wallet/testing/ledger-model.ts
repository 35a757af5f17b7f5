import fc from "fast-check";
import { type Micros, micros } from "@/lib/kernel/money";
import { holdKinds } from "../model";
import type { AccountRef, TransferInput } from "../rules";

/** What came of a call: done, or the code of what stood in the way. */
type Verdict = "done" | "insufficient_funds" | "conflict" | "not_found";

interface Hold {
  readonly from: number;
  readonly to: string;
  readonly amount: bigint;
  open: boolean;
}

const nameOf = (account: AccountRef) => ("user" in account ? `user ${account.user}` : account.system);

/**
 * The ledger as one would write it without a database or an eye to speed: sums in a map, whole states copied before
 * each call. What the real one is held against.
 */
export class ModelLedger {
  /** What each account came to, the lab's own too. */
  #sums = new Map<string, bigint>();
  #holds = new Map<string, Hold>();
  #done = new Map<string, string>();

  /** All of the inputs or none. */
  call(inputs: readonly TransferInput[]): Verdict {
    const before = [this.#sums, this.#holds, this.#done] as const;
    this.#sums = new Map(before[0]);
    this.#holds = new Map([...before[1]].map(([key, hold]) => [key, { ...hold }]));
    this.#done = new Map(before[2]);
    for (const input of inputs) {
      const verdict = this.#one(input, new Set(before[1].keys()));
      if (verdict === "done") continue;
      [this.#sums, this.#holds, this.#done] = before;
      return verdict;
    }
    return "done";
  }

  posted(user: number): bigint {
    return this.#sums.get(`user ${user}`) ?? 0n;
  }

  held(user: number): bigint {
    const open = [...this.#holds.values()].filter((hold) => hold.open && hold.from === user);
    return open.reduce((sum, { amount }) => sum + amount, 0n);
  }

  /** Of all accounts: nothing, if no money was made or lost. */
  total(): bigint {
    return [...this.#sums.values()].reduce((sum, amount) => sum + amount, 0n);
  }

  #one(input: TransferInput, endable: ReadonlySet<string>): Verdict {
    if ("pendingKey" in input && !endable.has(input.pendingKey)) return "not_found";
    const content = this.#contentOf(input);
    const known = this.#done.get(input.key);
    if (known !== undefined) return known === content ? "done" : "conflict";
    const verdict = this.#apply(input);
    if (verdict === "done") this.#done.set(input.key, content);
    return verdict;
  }

  #contentOf(input: TransferInput): string {
    const amount =
      input.type === "void"
        ? 0n
        : (input.amount ?? this.#holds.get("pendingKey" in input ? input.pendingKey : "")?.amount);
    return JSON.stringify({ ...input, amount: String(amount) });
  }

  #apply(input: TransferInput): Verdict {
    switch (input.type) {
      case "posted":
        if (!this.#covers(input.debit, input.amount)) return "insufficient_funds";
        this.#move(nameOf(input.debit), nameOf(input.credit), input.amount);
        return "done";
      case "pending": {
        if (!this.#covers(input.debit, input.amount)) return "insufficient_funds";
        const { debit, credit, amount } = input;
        this.#holds.set(input.key, { from: debit.user, to: nameOf(credit), amount, open: true });
        return "done";
      }
      default: {
        const hold = this.#holds.get(input.pendingKey);
        const amount = input.type === "void" ? 0n : (input.amount ?? hold?.amount ?? 0n);
        if (!hold?.open || amount > hold.amount) return "conflict";
        hold.open = false;
        if (amount > 0n) this.#move(`user ${hold.from}`, hold.to, amount);
        return "done";
      }
    }
  }

  #covers(account: AccountRef, amount: bigint): boolean {
    return !("user" in account) || this.posted(account.user) - this.held(account.user) >= amount;
  }

  #move(from: string, to: string, amount: bigint): void {
    this.#sums.set(from, (this.#sums.get(from) ?? 0n) - amount);
    this.#sums.set(to, (this.#sums.get(to) ?? 0n) + amount);
  }
}

const names = (letter: string, count: number) =>
  fc.integer({ min: 0, max: count - 1 }).map((n) => `${letter}${n}`);

/**
 * Calls of a few transfers each between two people who begin with some money. Keys are few, so that repeats, collisions
 * and ends of what was held are common; amounts are small, so that they come up against what is there.
 */
export function callsAmong(users: readonly [number, number]): fc.Arbitrary<TransferInput[][]> {
  const amount: fc.Arbitrary<Micros> = fc.bigInt({ min: 1n, max: 12n }).map(micros);
  const user = fc.constantFrom(...users).map((id) => ({ user: id, currency: "CREDIT" as const }));
  const system = fc
    .constantFrom("issued", "revenue")
    .map((kind) => ({ system: kind, currency: "CREDIT" as const }));
  const either = fc.oneof(user, system);
  const goesSomewhere = ({ debit, credit }: { debit: AccountRef; credit: AccountRef }) =>
    nameOf(debit) !== nameOf(credit);
  const [moved, held, ended] = [names("m", 30), names("h", 10), names("e", 20)];
  const common = { kind: fc.constantFrom(...holdKinds), reference: fc.constant("test") };
  const anyKey = (usual: fc.Arbitrary<string>) =>
    fc.oneof({ weight: 9, arbitrary: usual }, { weight: 1, arbitrary: fc.oneof(moved, held, ended) });
  const posted = fc
    .record({
      type: fc.constant("posted"),
      key: anyKey(moved),
      ...common,
      debit: either,
      credit: either,
      amount,
    })
    .filter(goesSomewhere);
  const pending = fc
    .record({
      type: fc.constant("pending"),
      key: anyKey(held),
      ...common,
      debit: user,
      credit: either,
      amount,
    })
    .filter(goesSomewhere);
  const post = fc.record(
    { type: fc.constant("post"), key: anyKey(ended), ...common, pendingKey: anyKey(held), amount },
    { requiredKeys: ["type", "key", "kind", "reference", "pendingKey"] },
  );
  const end = fc.record({
    type: fc.constant("void"),
    key: anyKey(ended),
    ...common,
    pendingKey: anyKey(held),
  });
  const one = fc.oneof(posted, pending, post, end) as fc.Arbitrary<TransferInput>;
  const call = fc.oneof(
    { weight: 3, arbitrary: one.map((input) => [input]) },
    { weight: 1, arbitrary: fc.array(one, { minLength: 2, maxLength: 4 }) },
  );
  const funds = users.map(
    (id): TransferInput => ({
      type: "posted",
      key: `funds${users.indexOf(id)}`,
      debit: { system: "issued", currency: "CREDIT" },
      credit: { user: id, currency: "CREDIT" },
      amount: micros(30n),
      kind: "refill",
      reference: "test",
    }),
  );
  return fc.array(call, { minLength: 1, maxLength: 30 }).chain((calls) =>
    // Some calls come again, later.
    fc.array(fc.constantFrom(...calls), { maxLength: 10 }).map((again) => [funds, ...calls, ...again]),
  );
}
