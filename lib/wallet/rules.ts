import { type Micros, textOf } from "@/lib/kernel/micros";
import {
  type Currency,
  currencies,
  type HoldKind,
  type SystemKind,
  systemKinds,
  type TransferKind,
} from "./model";

export interface UserAccount {
  /** A user's internal id. */
  readonly user: number;
  readonly currency: Currency;
}

interface SystemAccount {
  readonly system: SystemKind;
  readonly currency: Currency;
}

export type AccountRef = UserAccount | SystemAccount;

interface Common {
  /**
   * Names this one transfer for ever: the same key with the same content moves money once, however often it is asked for.
   * At most 190 letters, digits and `_.:/-`.
   */
  readonly key: string;
  /** What it is for, e.g. `slot:gpu_x:2026-12-05T05:00:00Z`. Characters as in a key. */
  readonly reference: string;
}

/** Moves money at once. */
export interface PostedInput extends Common {
  readonly type: "posted";
  readonly debit: AccountRef;
  readonly credit: AccountRef;
  readonly amount: Micros;
  readonly kind: TransferKind;
}

/** Holds a user's money for an account that may get it later. */
export interface PendingInput extends Common {
  readonly type: "pending";
  readonly debit: UserAccount;
  readonly credit: AccountRef;
  readonly amount: Micros;
  readonly kind: HoldKind;
  /** From then on, by the database's clock, it can only be voided, which the worker does. Part of its content. */
  readonly expiresAt?: Date;
}

/** Ends a hold: moves `amount` of it, or all, and gives the rest back. */
export interface PostInput extends Common {
  readonly type: "post";
  readonly pendingKey: string;
  readonly amount?: Micros;
  readonly kind: TransferKind;
}

/** Ends a hold and gives all of it back. */
export interface VoidInput extends Common {
  readonly type: "void";
  readonly pendingKey: string;
  readonly kind: TransferKind;
}

export type TransferInput = PostedInput | PendingInput | PostInput | VoidInput;

/** Account ids of one owner; the lab's own are the first, under the owner 0. */
const idsPerOwner = 256;
/** Ids kept for the currencies of one kind of system account. */
const idsPerKind = 8;

/** An account's id, which follows from whose it is: nobody looks it up, and locking in the order of ids needs no reading. */
export function accountId(account: AccountRef): number {
  const place = 1 + currencies.indexOf(account.currency);
  if ("user" in account) return account.user * idsPerOwner + place;
  return systemKinds.indexOf(account.system) * idsPerKind + place;
}

/** Whether an account keeps a balance: users' do, the lab's own don't. */
export function keepsBalance(id: number): boolean {
  return id >= idsPerOwner;
}

/** Whose account an id is. @throws RangeError for the lab's own and for what is no account's id */
export function userAccountOf(id: number): UserAccount {
  const currency = currencies[(id % idsPerOwner) - 1];
  if (!keepsBalance(id) || currency === undefined) throw new RangeError(`Not a user's account: ${id}.`);
  return { user: Math.floor(id / idsPerOwner), currency };
}

/** An amount for people: `12.5 credits`, `3 USD`. */
export function priceText(amount: string, currency: Currency): string {
  if (currency === "USD") return `${amount} USD`;
  return `${amount} ${amount === "1" ? "credit" : "credits"}`;
}

/**
 * What something costs, and what there is for it: `3 hours cost 3 credits, and 2 credits are available.`
 * @param costs what it is, with its verb: `3 hours cost`
 */
export function shortfallText(costs: string, needed: Micros, available: Micros, currency: Currency): string {
  const left = priceText(textOf(available), currency);
  return `${costs} ${priceText(textOf(needed), currency)}, and ${left} ${left.startsWith("1 ") ? "is" : "are"} available.`;
}
