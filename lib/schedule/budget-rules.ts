import { type Micros, micros } from "@/lib/kernel/money";

/** What a week's turn does to what somebody has. */
export interface Grant {
  /** Of what was left, what stays. */
  readonly rolledOver: Micros;
  /** And what goes. */
  readonly lapsed: Micros;
  readonly refilled: Micros;
}

/**
 * @param available what is neither spent nor held
 * @param rolloverPercent how much of it stays, rounded down to a millionth; null: all of it, for whoever has their first
 */
export function grantOf(available: Micros, budget: Micros, rolloverPercent: number | null): Grant {
  const rolledOver =
    rolloverPercent === null ? available : micros((available * BigInt(rolloverPercent)) / 100n);
  return { rolledOver, lapsed: micros(available - rolledOver), refilled: budget };
}

/** What is gone of an amount after so many turns at each of which a part of it stayed. @param rolloverPercent as `grantOf` */
export function lapsedOf(amount: Micros, rolloverPercent: number, turns: number): Micros {
  let left = amount;
  for (let turn = 0; turn < turns; turn++) left = grantOf(left, micros(0n), rolloverPercent).rolledOver;
  return micros(amount - left);
}
