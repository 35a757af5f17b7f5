import { type Micros, micros } from "@/lib/kernel/money";

const perCredit = 1_000_000n;

/** Whole credits, as slots cost them, in the ledger's units. */
export function creditsOf(price: number): Micros {
  return micros(BigInt(price) * perCredit);
}
