import type { DbOrTx } from "@/db/client";
import type { Micros } from "@/lib/kernel/money";
import type { HoldKind } from "./model";
import type { UserAccount } from "./rules";

/** Money that is held: neither paid nor given back yet. */
export interface OpenHold {
  /** The pending transfer's internal id and key, as who made it knows them. */
  readonly id: number;
  readonly key: string;
  readonly reference: string;
}

/** Which of these holds, all of one kind, still have the reason that they were made for, by their ids. Reads alone. */
export type LivingHolds = (db: DbOrTx, holds: readonly OpenHold[]) => Promise<ReadonlySet<number>>;

/** What money has to be held for: something that somebody leads, or has booked and not paid yet. */
export interface NeededHold {
  /** Of the hold; null where what needs it names none. */
  readonly key: string | null;
  readonly account: UserAccount;
  readonly amount: Micros;
  readonly reference: string;
  /** Whether nothing of theirs should move until a person has looked, where it isn't held: not for what then ends by itself. */
  readonly freezes: boolean;
}

/** All that holds of one kind are needed for. Reads alone. */
export type NeededHolds = (db: DbOrTx) => Promise<readonly NeededHold[]>;

/**
 * What domains above know of the holds that they make; wired where the worker and the command line start. A hold of a
 * kind that nobody answers for has no reason.
 */
export type HoldReasons = {
  readonly [Kind in HoldKind]?: { readonly living: LivingHolds; readonly needed: NeededHolds };
};
