import { microsOf } from "@/lib/kernel/micros";
import type { Currency } from "@/lib/wallet/model";

const units: Record<Currency, string> = { CREDIT: "credits", USD: "USD" };

export function unitOf(currency: Currency): string {
  return units[currency];
}

const cent = 10_000n;

/** As people read it: credits as short as they are, dollars to the cent or finer where there is more. */
export function amountText(amount: string, currency: Currency): string {
  if (currency === "CREDIT" || microsOf(amount) % cent !== 0n) return amount;
  const [whole, cents = ""] = amount.split(".");
  return `${whole}.${cents.padEnd(2, "0")}`;
}

/** With its sign, since a statement's colours alone don't say which way money went. */
export function signedText(amount: string, currency: Currency): string {
  const text = amountText(amount.replace(/^-/, ""), currency);
  return `${amount.startsWith("-") ? "−" : "+"}${text}`;
}
