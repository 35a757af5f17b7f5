import type { Tx } from "@/db/client";
import { recordChange } from "@/lib/audit/record";
import { AppError } from "@/lib/kernel/errors";
import { type Micros, micros, microsOf, textOf } from "@/lib/kernel/money";
import { lockAccounts } from "./accounts";
import type { Currency } from "./model";
import { postTransfer } from "./post";
import { accountId, priceText } from "./rules";

/** What of a user's change names each currency. */
const fields: Record<Currency, string> = { CREDIT: "balance", USD: "dollars" };

/**
 * Sets what somebody has in a currency, held money among it, by a transfer from or to the lab's adjustments. What is so
 * already stays. For code that has established who may, and that audits it.
 * @param amount as `amountInput` takes it
 * @param requestId names the correction, for the statement
 * @returns what it was and is; null when nothing was to be done
 * @throws AppError `conflict` when more is held, or the account is frozen
 */
export async function setBalance(
  tx: Tx,
  own: { readonly user: number; readonly currency: Currency },
  amount: string,
  requestId: string,
): Promise<{ from: string; to: string } | null> {
  const { user, currency } = own;
  const lab = { system: "adjustment", currency } as const;
  const balance = (await lockAccounts(tx, [accountId(own)])).get(accountId(own));
  const [before, held] = [balance?.posted ?? micros(0n), balance?.held ?? micros(0n)];
  const wanted = microsOf(amount);
  if (wanted === before) return null;
  if (wanted < held) throw heldError(held, currency);
  const reference = `correction:${requestId}`;
  await postTransfer(tx, {
    type: "posted",
    key: `${reference}:${user}:${currency}`,
    debit: wanted < before ? own : lab,
    credit: wanted < before ? lab : own,
    amount: micros(wanted < before ? before - wanted : wanted - before),
    kind: "correction",
    reference,
  });
  await recordChange(tx, { userId: user, topic: "account" });
  return { from: textOf(before), to: textOf(wanted) };
}

function heldError(held: Micros, currency: Currency): AppError {
  const text = textOf(held);
  return new AppError(
    "conflict",
    `${priceText(text, currency)} ${text === "1" ? "is" : "are"} held for bids and bookings: the balance can't be below.`,
    { fields: { [fields[currency]]: `At least ${text}, which ${text === "1" ? "is" : "are"} held.` } },
  );
}
