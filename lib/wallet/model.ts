import { z } from "zod";
import { pageInput } from "@/lib/kernel/envelope";
import { publicId } from "@/lib/kernel/id-schemas";
import { amountText } from "@/lib/kernel/money";

/** Credits are the lab's own, given out and spent here; dollars stand for dollars. */
export const currencies = ["CREDIT", "USD"] as const;
export type Currency = (typeof currencies)[number];

/** The lab's own accounts, one of each kind for each currency. Only ever added to at the end: ids follow from the place. */
export const systemKinds = [
  /** Where credits come from. */
  "issued",
  /** Where what a week's turn doesn't roll over goes. */
  "expired",
  /** What GPU time was paid for with. */
  "revenue",
  /** The other side of an admin's correction. */
  "adjustment",
] as const;
export type SystemKind = (typeof systemKinds)[number];

/** `posted` moves money at once; `pending` holds it, until one `post` moves (part of) it or one `void` gives it back. */
export const transferTypes = ["posted", "pending", "post", "void"] as const;
export type TransferType = (typeof transferTypes)[number];

/** What money is held for: of each kind some domain can say whether the reason is still there (`HoldReasons`). */
export const holdKinds = ["bid", "reservation"] as const;
export type HoldKind = (typeof holdKinds)[number];

/** What a transfer is for. */
export const transferKinds = [
  ...holdKinds,
  /** An admin set a balance. */
  "correction",
  /** A week's budget. */
  "refill",
  /** What of a week was not used and does not roll over. */
  "lapse",
  /** An unsold slot, taken at once. */
  "take",
  /** A won slot, given back. */
  "release",
] as const;
export type TransferKind = (typeof transferKinds)[number];

/** Why an account's money rests: whoever froze it, `ledger verify` or a person. */
export const longestFreezeReason = 500;

const instant = z.iso.datetime();

/** What somebody has in one currency; decimals as text. */
const balanceView = z.strictObject({
  currency: z.enum(currencies),
  /** What is there, held or not. */
  posted: amountText,
  /** What of it is held for bids and bookings. */
  held: amountText,
  /** What can be spent. */
  available: amountText,
  /** Nothing moves until an administrator has looked into it. */
  frozen: z.boolean(),
});

/** Every currency, with nothing in it or not. */
export const walletView = z.strictObject({ balances: z.array(balanceView) });
export type WalletView = z.output<typeof walletView>;

/** Which transactions to list; what is left out doesn't narrow. */
export const transactionFilter = z.strictObject({
  currency: z.enum(currencies).optional(),
  kind: z.enum(transferKinds).optional(),
  from: instant.optional(),
  /** The first instant that is no longer listed. */
  to: instant.optional(),
});
export type TransactionFilter = z.output<typeof transactionFilter>;
export const listTransactionsInput = pageInput.extend(transactionFilter.shape);

/** One line of a statement: money that came or went. What is only held is none. */
export const transactionView = z.strictObject({
  id: publicId("trf"),
  at: instant,
  currency: z.enum(currencies),
  /** Below zero where it went. */
  amount: amountText,
  /** What there was after it, held or not. */
  balance: amountText,
  kind: z.enum(transferKinds),
  /** What it was for, e.g. `slot:gpu_x:2026-12-05T05:00:00Z`. */
  reference: z.string(),
});
export type TransactionView = z.output<typeof transactionView>;
