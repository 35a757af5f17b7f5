import { type SQL, sql } from "drizzle-orm";
import type { Tx } from "@/db/client";
import { dbNowPlus } from "@/db/clock";
import { micros, textOf } from "@/lib/kernel/money";
import { type HoldKind, holdKinds } from "../model";
import type { HoldReasons, OpenHold } from "../ports";
import { accountId, keepsBalance } from "../rules";

/** Something that doesn't add up. */
export interface Finding {
  /** The user's account that it is about; null where it is no one account's. */
  readonly accountId: number | null;
  /** A sentence for administrators. */
  readonly text: string;
  /** Whether nothing should move until a person has looked: not for what the worker itself mends. */
  readonly freezes: boolean;
}

/** The worker voids within a second or two; far more means that it doesn't. ms */
const overdueMs = 5 * 60_000;
/** Between the look at a hold's expiry and the row that ends it lie some ms, and the wait for a lock at most. In seconds. */
const endSlackSeconds = 60;

const moves = sql`('posted', 'post')`;
/** In the place of a table: a row for either side of every movement. */
const sides = sql`(
  select debit_account_id as account_id, id, -amount as amount, debit_posted_after as after
    from transfers where type in ${moves}
  union all
  select credit_account_id, id, amount, credit_posted_after from transfers where type in ${moves})`;

async function rowsOf<Row>(tx: Tx, query: SQL): Promise<Row[]> {
  const [rows] = (await tx.execute(query)) as unknown as [Row[]];
  return rows;
}

/** Of the lab's own accounts nothing rests, since nothing waits for them: administrators are told. */
const about = (id: number) =>
  keepsBalance(id) ? { accountId: id, freezes: true } : { accountId: null, freezes: false };

const amountOf = (text: string): string => textOf(micros(BigInt(text)));

/**
 * All that is wrong with the ledger as `tx` sees it, which must be one snapshot: currencies that don't sum to zero,
 * balances that are not their history's, holds that ended otherwise than they began, holds without a reason, and what
 * something should be held for and isn't.
 */
export async function findMistakes(tx: Tx, reasons: HoldReasons): Promise<Finding[]> {
  return [
    ...(await currencySums(tx)),
    ...(await balances(tx)),
    ...(await balancesAfter(tx)),
    ...(await ends(tx)),
    ...(await holds(tx, reasons)),
  ];
}

async function currencySums(tx: Tx): Promise<Finding[]> {
  const rows = await rowsOf<{ currency: string; total: string }>(
    tx,
    sql`
    select currency, cast(sum(amount) as char) as total from (
      select currency, posted as amount from accounts where user_id is not null
      union all
      select a.currency, s.amount from ${sides} s join accounts a on a.id = s.account_id where a.user_id is null) all_of_it
    group by currency having sum(amount) <> 0`,
  );
  return rows.map(({ currency, total }) => ({
    accountId: null,
    text: `All accounts in ${currency} come to ${amountOf(total)}, and not to 0.`,
    freezes: false,
  }));
}

async function balances(tx: Tx): Promise<Finding[]> {
  const rows = await rowsOf<Record<"posted" | "held" | "movedTo" | "heldBy", string> & { id: number }>(
    tx,
    sql`
    select a.id, cast(a.posted as char) as posted, cast(a.held as char) as held,
      cast(coalesce(m.total, 0) as char) as movedTo, cast(coalesce(h.total, 0) as char) as heldBy
    from accounts a
    left join (select account_id, sum(amount) as total from ${sides} s group by account_id) m on m.account_id = a.id
    left join (select p.debit_account_id as account_id, sum(p.amount) as total from transfers p
      left join transfers e on e.pending_id = p.id where p.type = 'pending' and e.id is null
      group by p.debit_account_id) h on h.account_id = a.id
    where a.user_id is not null and (a.posted <> coalesce(m.total, 0) or a.held <> coalesce(h.total, 0))`,
  );
  return rows.map(({ id, posted, held, movedTo, heldBy }) => ({
    accountId: id,
    text: `The balance says ${amountOf(posted)} with ${amountOf(held)} held, and its history ${amountOf(movedTo)} with ${amountOf(heldBy)} held.`,
    freezes: true,
  }));
}

async function balancesAfter(tx: Tx): Promise<Finding[]> {
  const rows = await rowsOf<{ id: number; key: string; after: string | null; running: string }>(
    tx,
    sql`
    select r.account_id as id, t.idempotency_key as \`key\`, cast(r.after as char) as after, cast(r.running as char) as running
    from (
      select w.*, row_number() over (partition by account_id order by id) as nth from (
        select account_id, id, after, sum(amount) over (partition by account_id order by id) as running
        from ${sides} s where account_id in (select a.id from accounts a where a.user_id is not null)) w
      where not (after <=> running)) r
    join transfers t on t.id = r.id
    where r.nth = 1`,
  );
  return rows.map(({ id, key, after, running }) => ({
    accountId: id,
    text: `After transfer ${key} the statement says ${after === null ? "nothing" : amountOf(after)}, and the history ${amountOf(running)}.`,
    freezes: true,
  }));
}

async function ends(tx: Tx): Promise<Finding[]> {
  const rows = await rowsOf<{ id: number; key: string }>(
    tx,
    sql`
    select p.debit_account_id as id, e.idempotency_key as \`key\`
    from transfers e join transfers p on p.id = e.pending_id
    where p.type <> 'pending' or e.debit_account_id <> p.debit_account_id or e.credit_account_id <> p.credit_account_id
      or e.amount > p.amount or (e.type = 'void' and e.amount <> p.amount)
      or (e.type = 'post' and p.expires_at <= e.created_at - interval ${endSlackSeconds} second)`,
  );
  return rows.map(({ id, key }) => ({
    ...about(id),
    text: `Transfer ${key} ends a hold that it does not fit.`,
  }));
}

interface HoldRow extends OpenHold {
  readonly accountId: number;
  readonly kind: string;
  readonly amount: string;
  readonly overdue: number;
}

async function holds(tx: Tx, reasons: HoldReasons): Promise<Finding[]> {
  const open = await rowsOf<HoldRow>(
    tx,
    sql`
    select p.id, p.idempotency_key as \`key\`, p.reference, p.kind, p.debit_account_id as accountId, cast(p.amount as char) as amount,
      coalesce(p.expires_at <= ${dbNowPlus(-overdueMs)}, 0) as overdue
    from transfers p left join transfers e on e.pending_id = p.id
    where p.type = 'pending' and e.id is null order by p.id`,
  );
  const overdue = open.filter((hold) => hold.overdue === 1);
  const others = open.filter((hold) => hold.overdue !== 1);
  const dead: Finding[] = [];
  for (const kind of new Set(others.map((hold) => hold.kind))) {
    const some = others.filter((hold) => hold.kind === kind);
    dead.push(...(await withoutReason(tx, reasons, kind, some)));
  }
  return [
    ...overdue.map(({ accountId, key }) => ({
      ...about(accountId),
      text: `${key} holds money although its time has passed: does the worker run?`,
      freezes: false,
    })),
    ...dead,
    ...(await notHeld(tx, reasons, open)),
  ];
}

async function withoutReason(
  tx: Tx,
  reasons: HoldReasons,
  kind: string,
  some: readonly HoldRow[],
): Promise<Finding[]> {
  const isAlive = isHoldKind(kind) ? reasons[kind]?.living : undefined;
  const living = (await isAlive?.(tx, some)) ?? new Set<number>();
  return some
    .filter(({ id }) => !living.has(id))
    .map(({ accountId, key, reference }) => ({
      ...about(accountId),
      text: `${key} holds money for ${reference}, and ${isAlive ? "there is no such thing" : `nobody knows of a ${kind}`}.`,
    }));
}

/** Where nothing is held, or less or more, paying for it and giving it back would fail: a week's turn would stop at it. */
async function notHeld(tx: Tx, reasons: HoldReasons, open: readonly HoldRow[]): Promise<Finding[]> {
  const byKey = new Map(open.map((hold) => [hold.key, hold]));
  const found: Finding[] = [];
  for (const kind of holdKinds) {
    for (const { key, account, amount, reference, freezes } of (await reasons[kind]?.needed(tx)) ?? []) {
      const id = accountId(account);
      const hold = key === null ? undefined : byKey.get(key);
      const held = micros(hold?.accountId === id ? BigInt(hold.amount) : 0n);
      if (held === amount) continue;
      const what = held === 0n ? "nothing" : textOf(held);
      const text = `For ${reference} ${textOf(amount)} should be held, and ${what} is.`;
      found.push({ accountId: id, text, freezes });
    }
  }
  return found;
}

function isHoldKind(kind: string): kind is HoldKind {
  return holdKinds.some((known) => known === kind);
}
