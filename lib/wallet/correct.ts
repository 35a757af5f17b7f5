import type { Tx } from "@/db/client";
import { recordChange } from "@/lib/audit/record";
import { AppError } from "@/lib/kernel/errors";
import { type Micros, micros, microsOf, textOf } from "@/lib/kernel/money";
import { lockAccounts } from "./accounts";
import { postTransfer } from "./post";
import { accountId } from "./rules";

/**
 * Sets what somebody has in credits, held ones among them, by a transfer from or to the lab's adjustments. What is so
 * already stays. For code that has established who may, and that audits it.
 * @param amount as `amountInput` takes it
 * @param requestId names the correction, for the statement
 * @returns what it was and is; null when nothing was to be done
 * @throws AppError `conflict` when more is held, or the account is frozen
 */
export async function setCredits(
  tx: Tx,
  userId: number,
  amount: string,
  requestId: string,
): Promise<{ from: string; to: string } | null> {
  const own = { user: userId, currency: "CREDIT" } as const;
  const lab = { system: "adjustment", currency: "CREDIT" } as const;
  const balance = (await lockAccounts(tx, [accountId(own)])).get(accountId(own));
  const [before, held] = [balance?.posted ?? micros(0n), balance?.held ?? micros(0n)];
  const wanted = microsOf(amount);
  if (wanted === before) return null;
  if (wanted < held) throw heldError(held);
  const reference = `correction:${requestId}`;
  await postTransfer(tx, {
    type: "posted",
    key: `${reference}:${userId}`,
    debit: wanted < before ? own : lab,
    credit: wanted < before ? lab : own,
    amount: micros(wanted < before ? before - wanted : wanted - before),
    kind: "correction",
    reference,
  });
  await recordChange(tx, { userId, topic: "account" });
  return { from: textOf(before), to: textOf(wanted) };
}

function heldError(held: Micros): AppError {
  const text = textOf(held);
  return new AppError(
    "conflict",
    `${text} of the credits are held for bids and bookings: the balance can't be below.`,
    {
      fields: { balance: `At least ${text}, which are held.` },
    },
  );
}
