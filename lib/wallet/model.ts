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
