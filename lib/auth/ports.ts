import type { DbOrTx, Tx } from "@/db/client";
import type { UserUse, UserView } from "./model";

/** What of somebody's limits and grant was set anew; null is no limit. */
export type Allowances = {
  [Name in "canUseInternal" | "maxSessions" | "maxGpuHoursPerWeek" | "maxDiskGb" | "maxDurationMinutes"]?:
    | UserView[Name]
    | undefined;
};

export interface FromTo {
  readonly from: string;
  readonly to: string;
}

/** What accounts need of domains above them; `lib/api` wires the implementations. */
export interface AuthPorts {
  /**
   * A user's usable SSH keys changed (added, removed, or the account was disabled or enabled): running sessions must
   * get the new list. Called inside the change's own transaction.
   */
  keysChanged(tx: Tx, userId: number): Promise<void>;
  /**
   * Sets what somebody has in a currency. Called inside the change's own transaction, with the user's row locked.
   * @param amount as `amountInput` takes it
   * @returns what it was and is; null when it is so already
   */
  balanceSet(
    tx: Tx,
    whose: { readonly user: number; readonly currency: "CREDIT" | "USD" },
    amount: string,
    requestId: string,
  ): Promise<FromTo | null>;
  /** An admin changed what somebody else may use. Called inside the change's own transaction. */
  allowancesChanged(tx: Tx, userId: number, allowances: Allowances, requestId: string): Promise<void>;
}

/** What the list of accounts needs of them besides. */
export interface ListingPorts {
  /** What people use, by their public ids; whoever uses nothing may be left out. */
  usesOf(db: DbOrTx, zone: string, userIds: readonly string[]): Promise<ReadonlyMap<string, UserUse>>;
}
