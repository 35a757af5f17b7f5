import { AppError } from "@/lib/kernel/errors";
import { type Micros, micros, textOf } from "@/lib/kernel/money";
import type { Currency, TransferKind, TransferType } from "./model";
import {
  accountId,
  keepsBalance,
  type PendingInput,
  type PostedInput,
  type PostInput,
  priceText,
  shortfallText,
  type TransferInput,
  userAccountOf,
  type VoidInput,
} from "./rules";

/** A user's account while its row is locked. */
export interface Balance {
  readonly posted: Micros;
  readonly held: Micros;
  readonly frozen: boolean;
}

/** A transfer's content: what of it must be the same when its key comes again. */
export interface Content {
  readonly key: string;
  readonly type: TransferType;
  readonly currency: Currency;
  readonly debitAccountId: number;
  readonly creditAccountId: number;
  readonly amount: Micros;
  readonly pendingId: number | null;
  readonly expiresAt: Date | null;
  readonly kind: TransferKind;
  readonly reference: string;
}

/** A row to be written. */
export interface PlannedTransfer extends Content {
  readonly debitPostedAfter: Micros | null;
  readonly creditPostedAfter: Micros | null;
}

/** A row that is there. */
export interface StoredTransfer extends Content {
  readonly id: number;
  /** Of a pending one: it was posted or voided. */
  readonly ended: boolean;
  /** Of a pending one: its time has passed by the database's clock. */
  readonly expired: boolean;
}

export interface Plan {
  /** Rows to write, in the order in which they take effect. */
  readonly rows: readonly PlannedTransfer[];
  /** The accounts that they change, as they are afterwards. */
  readonly changed: ReadonlyMap<number, Balance>;
}

/** Of what is to be held or paid there isn't so much. Nothing of the call was done. */
export class InsufficientFundsError extends AppError {
  constructor(
    /** The place in the call's list of the first transfer that could not be paid. */
    readonly index: number,
    readonly currency: Currency,
    /** What was left for it: neither paid nor held, by those before it in the list neither. */
    readonly available: Micros,
    readonly needed: Micros,
  ) {
    super("insufficient_funds", shortfallText("This needs", needed, available, currency));
  }
}

/** What was held is held no more: it was paid, given back, or held until some instant only. Nothing of the call was done. */
export class HoldEndedError extends AppError {
  constructor(
    readonly pendingKey: string,
    became: string,
  ) {
    super("conflict", `What was held under ${pendingKey} was ${became}.`, { conflict: "hold_ended" });
  }
}

/** Far above any sum of real money, far below what a BIGINT holds. */
export const largestBalance = 10n ** 18n;
const wellFormed = /^[\w.:/-]{1,190}$/;

/**
 * What a list of transfers does to the accounts it touches, one after the other, all or nothing. Those whose key is known
 * with the same content do nothing again. Pure: `known` and `balances` are what the ledger says while it is locked.
 * @param known transfers by their keys, with those that are to be ended
 * @param balances users' accounts by id
 * @throws InsufficientFundsError
 * @throws AppError `conflict` (a key with other content; a hold that has ended, expired or is smaller; a frozen account),
 *   `not_found` (no such hold)
 * @throws RangeError when a caller asks for what can't be meant, such as an amount of nothing
 */
export function planTransfers(
  inputs: readonly TransferInput[],
  known: ReadonlyMap<string, StoredTransfer>,
  balances: ReadonlyMap<number, Balance>,
): Plan {
  const planner = new Planner(known, balances);
  for (const [index, input] of inputs.entries()) planner.add(input, index);
  return planner;
}

class Planner implements Plan {
  readonly rows: PlannedTransfer[] = [];
  readonly changed = new Map<number, Balance>();
  /** By key, what this call does. */
  private readonly planned = new Map<string, PlannedTransfer>();
  private readonly endedNow = new Set<number>();

  constructor(
    private readonly known: ReadonlyMap<string, StoredTransfer>,
    private readonly balances: ReadonlyMap<number, Balance>,
  ) {}

  add(input: TransferInput, index: number): void {
    if ("pendingKey" in input) {
      const pending = this.holdOf(input);
      const content = contentOfEnd(input, pending);
      if (this.isDone(content)) return;
      this.requireOpen(pending, content);
      this.apply(content, pending);
    } else {
      const content = contentOf(input);
      if (this.isDone(content)) return;
      this.requireAvailable(content, index);
      this.apply(content, null);
    }
  }

  private isDone(content: Content): boolean {
    const before = this.known.get(content.key) ?? this.planned.get(content.key);
    if (before) requireSame(before, content);
    return before !== undefined;
  }

  private holdOf({ pendingKey }: PostInput | VoidInput): StoredTransfer {
    const pending = this.known.get(pendingKey);
    if (pending?.type === "pending") return pending;
    throw new AppError("not_found", `Nothing is held under ${pendingKey}.`);
  }

  private requireOpen(pending: StoredTransfer, { type, amount }: Content): void {
    if (pending.ended || this.endedNow.has(pending.id)) {
      throw new HoldEndedError(pending.key, "paid or given back already");
    }
    if (type === "void") return;
    if (pending.expired)
      throw new HoldEndedError(pending.key, `held until ${pending.expiresAt?.toISOString()} only`);
    if (amount > pending.amount) {
      throw new AppError(
        "conflict",
        `Under ${pending.key} only ${priceText(textOf(pending.amount), pending.currency)} are held.`,
      );
    }
  }

  private requireAvailable({ debitAccountId, amount, currency }: Content, index: number): void {
    if (!keepsBalance(debitAccountId)) return;
    const { posted, held } = this.balanceOf(debitAccountId);
    const available = micros(posted - held);
    if (available < amount) throw new InsufficientFundsError(index, currency, available, amount);
  }

  private apply(content: Content, pending: StoredTransfer | null): void {
    const { type, amount, debitAccountId, creditAccountId } = content;
    const moves = type === "posted" || type === "post";
    const holds = type === "pending" ? amount : -(pending?.amount ?? 0n);
    const debitPostedAfter = this.change(debitAccountId, moves ? -amount : 0n, holds);
    const creditPostedAfter = moves ? this.change(creditAccountId, amount, 0n) : null;
    const row = { ...content, debitPostedAfter: moves ? debitPostedAfter : null, creditPostedAfter };
    this.rows.push(row);
    this.planned.set(row.key, row);
    if (pending) this.endedNow.add(pending.id);
  }

  /** @returns what is posted afterwards; null for the lab's own */
  private change(id: number, posted: bigint, held: bigint): Micros | null {
    if (!keepsBalance(id)) return null;
    const before = this.balanceOf(id);
    const after = { ...before, posted: micros(before.posted + posted), held: micros(before.held + held) };
    if (after.posted > largestBalance)
      throw new RangeError(`Account ${id} can't hold ${textOf(after.posted)}.`);
    this.changed.set(id, after);
    return after.posted;
  }

  /** @throws AppError `conflict` when the account is frozen */
  private balanceOf(id: number): Balance {
    const balance = this.changed.get(id) ?? this.balances.get(id);
    if (!balance) throw new RangeError(`Account ${id} is not among those that were locked.`);
    if (!balance.frozen) return balance;
    const { currency } = userAccountOf(id);
    throw new AppError(
      "conflict",
      `The ${currency} account is frozen, as its figures don't add up. An administrator has to look into it.`,
      { conflict: "account_frozen" },
    );
  }
}

function requireWellFormed(input: TransferInput): void {
  const { key, reference } = input;
  for (const text of [key, reference]) {
    if (!wellFormed.test(text))
      throw new RangeError(`Not a transfer's key or reference: ${JSON.stringify(text)}.`);
  }
  if (input.type !== "void" && input.amount !== undefined && input.amount <= 0n)
    throw new RangeError(`Transfer ${key} moves nothing.`);
  if (!("debit" in input)) return;
  if (input.debit.currency !== input.credit.currency)
    throw new RangeError(`Transfer ${key} mixes currencies.`);
  if (accountId(input.debit) === accountId(input.credit))
    throw new RangeError(`Transfer ${key} goes nowhere.`);
}

/** @throws RangeError when it can't be meant */
export function contentOf(input: PostedInput | PendingInput): Content {
  requireWellFormed(input);
  const { key, type, amount, kind, reference, debit, credit } = input;
  return {
    key,
    type,
    currency: debit.currency,
    debitAccountId: accountId(debit),
    creditAccountId: accountId(credit),
    amount,
    pendingId: null,
    expiresAt: (input.type === "pending" && input.expiresAt) || null,
    kind,
    reference,
  };
}

function contentOfEnd(input: PostInput | VoidInput, pending: StoredTransfer): Content {
  requireWellFormed(input);
  const { key, type, kind, reference } = input;
  const { currency, debitAccountId, creditAccountId, id: pendingId } = pending;
  const amount = (input.type === "post" && input.amount) || pending.amount;
  return {
    key,
    type,
    currency,
    debitAccountId,
    creditAccountId,
    amount,
    pendingId,
    expiresAt: null,
    kind,
    reference,
  };
}

/** @throws AppError `conflict` */
function requireSame(before: Content, wanted: Content): void {
  const same =
    before.type === wanted.type &&
    before.currency === wanted.currency &&
    before.debitAccountId === wanted.debitAccountId &&
    before.creditAccountId === wanted.creditAccountId &&
    before.amount === wanted.amount &&
    before.pendingId === wanted.pendingId &&
    before.expiresAt?.getTime() === wanted.expiresAt?.getTime() &&
    before.kind === wanted.kind &&
    before.reference === wanted.reference;
  if (same) return;
  throw new AppError("conflict", `There is another transfer under the key ${wanted.key}. Nothing was moved.`);
}
