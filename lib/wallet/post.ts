import { eq, inArray, sql } from "drizzle-orm";
import { alias } from "drizzle-orm/mysql-core";
import type { Tx } from "@/db/client";
import { dbNow } from "@/db/clock";
import { transfers } from "@/db/schema";
import { required } from "@/lib/kernel/assert";
import { AppError } from "@/lib/kernel/errors";
import type { Micros } from "@/lib/kernel/money";
import { lockAccounts } from "./accounts";
import { insertRows, isUsedKey, rowOf, type TransferResult } from "./insert";
import { postOne } from "./post-one";
import {
  type Balance,
  type Plan,
  type PlannedTransfer,
  planTransfers,
  type StoredTransfer,
} from "./posting-rules";
import { accountId, keepsBalance, type TransferInput } from "./rules";

/** One statement holds them all; a week of 64 GPUs is 10,816 slots. */
const mostAtOnce = 12_000;

type Known = ReadonlyMap<string, StoredTransfer>;

/**
 * Moves and holds money: the only writer of the ledger. All or nothing, in the list's order, in a handful of statements
 * however many there are; the accounts stay locked until `tx` ends. Balances of users never fall below what is held, nor
 * below zero. A key that was used before with the same content answers the same and does nothing. A hold that this same
 * call makes can't be ended by it.
 * @returns one result for each transfer, in order
 * @throws InsufficientFundsError, AppError, RangeError as `planTransfers` does. Nothing of the call is done then.
 */
export async function postTransfers(tx: Tx, inputs: readonly TransferInput[]): Promise<TransferResult[]> {
  const [first] = inputs;
  const single = first && inputs.length === 1 && "debit" in first ? await postOne(tx, first) : null;
  if (single) return [single];
  if (inputs.length > mostAtOnce)
    throw new RangeError(`${inputs.length} transfers at once, of at most ${mostAtOnce}.`);
  const ends = inputs.some((input) => "pendingKey" in input);
  // Rows never change, so that whose money a hold is may be read before its account is locked.
  const before: Known = ends ? await readTransfers(tx, inputs) : new Map();
  const balances = await lockAccounts(tx, accountsOf(inputs, before));
  const done = ends ? null : await postNew(tx, inputs, balances);
  return done ?? postKnown(tx, inputs, balances);
}

/** The same for one. */
export async function postTransfer(tx: Tx, input: TransferInput): Promise<TransferResult> {
  const [result] = await postTransfers(tx, [input]);
  return required(result, "the transfer's result");
}

/** Users' accounts that take part, in order: those that may get what is held must be there already. */
function accountsOf(inputs: readonly TransferInput[], known: Known): number[] {
  const touched = inputs.flatMap((input) => {
    if ("debit" in input) return [accountId(input.debit), accountId(input.credit)];
    const pending = known.get(input.pendingKey);
    return pending ? [pending.debitAccountId, pending.creditAccountId] : [];
  });
  return [...new Set(touched)].filter(keepsBalance).sort((a, b) => a - b);
}

/** As if no key had been used before, which saves asking; null where that, or anything else, stood in the way. */
async function postNew(
  tx: Tx,
  inputs: readonly TransferInput[],
  balances: ReadonlyMap<number, Balance>,
): Promise<TransferResult[] | null> {
  try {
    return await write(tx, inputs, planTransfers(inputs, new Map(), balances), new Map());
  } catch (error) {
    if (error instanceof AppError || isUsedKey(error)) return null;
    throw error;
  }
}

async function postKnown(
  tx: Tx,
  inputs: readonly TransferInput[],
  balances: ReadonlyMap<number, Balance>,
): Promise<TransferResult[]> {
  const known = await readTransfers(tx, inputs);
  try {
    return await write(tx, inputs, planTransfers(inputs, known, balances), known);
  } catch (error) {
    // Used just now, for other accounts than those that are locked here: now it can be read.
    if (isUsedKey(error)) return postKnown(tx, inputs, balances);
    throw error;
  }
}

/** Those that are named by key, to be repeated or to be ended, as they are now. */
async function readTransfers(tx: Tx, inputs: readonly TransferInput[]): Promise<Map<string, StoredTransfer>> {
  const keys = inputs.flatMap((input) =>
    "pendingKey" in input ? [input.key, input.pendingKey] : [input.key],
  );
  const end = alias(transfers, "end");
  const rows = await tx
    .select({
      id: transfers.id,
      key: transfers.key,
      type: transfers.type,
      currency: transfers.currency,
      debitAccountId: transfers.debitAccountId,
      creditAccountId: transfers.creditAccountId,
      amount: transfers.amount,
      pendingId: transfers.pendingId,
      expiresAt: transfers.expiresAt,
      kind: transfers.kind,
      reference: transfers.reference,
      ended: sql`${end.id} is not null`.mapWith(Boolean),
      expired: sql`coalesce(${transfers.expiresAt} <= ${dbNow}, false)`.mapWith(Boolean),
    })
    .from(transfers)
    .leftJoin(end, eq(end.pendingId, transfers.id))
    .where(inArray(transfers.key, [...new Set(keys)]));
  return new Map(rows.map((row) => [row.key, row]));
}

async function write(
  tx: Tx,
  inputs: readonly TransferInput[],
  { rows, changed }: Plan,
  known: Known,
): Promise<TransferResult[]> {
  const ids = rows.length === 0 ? new Map<string, number>() : await insert(tx, rows);
  if (changed.size > 0) await update(tx, changed);
  const done = new Map<string, TransferResult>();
  for (const { key, id, type, amount } of known.values())
    done.set(key, { id, key, type, amount, repeated: true });
  for (const { key, type, amount } of rows) {
    done.set(key, {
      id: required(ids.get(key), "the new transfer's id"),
      key,
      type,
      amount,
      repeated: false,
    });
  }
  return inputs.map(({ key }) => required(done.get(key), "the transfer that was asked for"));
}

/** In one statement, so that a used key undoes all of it. @returns the new ids by key */
async function insert(tx: Tx, rows: readonly PlannedTransfer[]): Promise<Map<string, number>> {
  const made = await insertRows(
    tx,
    rows.map((row) => rowOf(row, row)),
  );
  return new Map(made.map(({ id, key }) => [key, id]));
}

/** To what they come to: their rows are locked. By the primary key, so that no other row is passed. */
async function update(tx: Tx, changed: ReadonlyMap<number, Balance>): Promise<void> {
  const each = [...changed];
  const branches = (amount: (balance: Balance) => Micros) =>
    sql.join(
      each.map(([id, balance]) => sql`when ${id} then ${amount(balance)}`),
      sql` `,
    );
  await tx.execute(sql`
    update accounts force index (primary)
    set posted = case id ${branches(({ posted }) => posted)} end, held = case id ${branches(({ held }) => held)} end
    where id in ${each.map(([id]) => id)}`);
}
