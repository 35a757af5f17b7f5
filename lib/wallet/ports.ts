import type { DbOrTx } from "@/db/client";
import type { HoldKind } from "./model";

/** Money that is held: neither paid nor given back yet. */
export interface OpenHold {
  /** The pending transfer's internal id and key, as who made it knows them. */
  readonly id: number;
  readonly key: string;
  readonly reference: string;
}

/** Which of these holds, all of one kind, still have the reason that they were made for, by their ids. Reads alone. */
export type LivingHolds = (db: DbOrTx, holds: readonly OpenHold[]) => Promise<ReadonlySet<number>>;

/**
 * What domains above know of the holds that they make; wired where the worker and the command line start. A hold of a
 * kind that nobody answers for has no reason.
 */
export type HoldReasons = { readonly [Kind in HoldKind]?: LivingHolds };
