import { randomInt } from "node:crypto";
import { parseArgs } from "node:util";
import { sql } from "drizzle-orm";
import { connectDb, type Db } from "@/db/client";
import { createTestDatabase } from "@/db/testing";
import { inTransaction } from "@/db/tx";
import { microsOf } from "@/lib/kernel/money";
import { postTransfer, postTransfers } from "@/lib/wallet/post";
import type { TransferInput } from "@/lib/wallet/rules";
import { countOf, median } from "./support/stats";

/**
 * Transfers a second at 1, 8 and 64 connections, against a bare transaction that updates two rows and keeps no history:
 * same database, same connections, same run, in turns. Cold: each one's payer is one of many. Hot: all have the same.
 */
const crowds = [1, 8, 64];
const aimedRatio = 0.7;
const firstUser = 1_000_000;

interface Sizes {
  readonly users: number;
  readonly rounds: number;
  /** Of one turn, in ms. */
  readonly turnMs: number;
}

async function fill(db: Db, users: number): Promise<void> {
  await db.execute(sql`
    insert into users (id, public_id, username, email, password_hash, created_at)
    select seq, concat('usr_', seq), concat('u', seq), concat('u', seq, '@example.org'), 'not used here', utc_timestamp(3)
    from seq_1000000_to_1999999 limit ${users}`);
  await db.execute(sql`create table bare (id bigint primary key, posted bigint not null)`);
  await db.execute(sql`insert into bare select id, 1000000000 from users`);
  const ids = Array.from({ length: users }, (_, n) => firstUser + n);
  for (let from = 0; from < users; from += 5_000) {
    const refills = ids.slice(from, from + 5_000).map(
      (user): TransferInput => ({
        type: "posted",
        key: `fill:${user}`,
        debit: { system: "issued", currency: "CREDIT" },
        credit: { user, currency: "CREDIT" },
        amount: microsOf("1000000"),
        kind: "refill",
        reference: "bench",
      }),
    );
    await inTransaction(db, (tx) => postTransfers(tx, refills));
  }
}

type Work = (payer: number, nth: number) => Promise<unknown>;

/** What one of them does, on the same pool. */
function works(db: Db, users: number): Readonly<Record<"ledger" | "bare", Work>> {
  return {
    ledger: (user, nth) =>
      inTransaction(db, (tx) =>
        postTransfer(tx, {
          type: "posted",
          key: `pay:${nth}`,
          debit: { user, currency: "CREDIT" },
          credit: { system: "revenue", currency: "CREDIT" },
          amount: microsOf("0.000001"),
          kind: "take",
          reference: "bench",
        }),
      ),
    bare: (payer) => {
      // The payee is a neighbour, above the payer: always the same order, and no deadlock.
      const payee = firstUser + Math.min(payer - firstUser + 1, users);
      return inTransaction(db, async (tx) => {
        await tx.execute(sql`update bare set posted = posted - 1 where id = ${payer}`);
        await tx.execute(sql`update bare set posted = posted + 1 where id = ${payee}`);
      });
    },
  };
}

let done = 0;

/** As many at once as there are connections, until the time is up. @returns how many a second */
async function turn(work: Work, crowd: number, turnMs: number, payer: () => number): Promise<number> {
  const startedAt = performance.now();
  let count = 0;
  const one = async () => {
    while (performance.now() - startedAt < turnMs) {
      done += 1;
      await work(payer(), done);
      count += 1;
    }
  };
  await Promise.all(Array.from({ length: crowd }, one));
  return (count * 1_000) / (performance.now() - startedAt);
}

/** @returns the ratio of the two */
async function measure(url: string, what: "cold" | "hot", crowd: number, sizes: Sizes): Promise<number> {
  const db = connectDb({ url, poolSize: crowd });
  try {
    const { ledger, bare } = works(db, sizes.users);
    const payer = what === "hot" ? () => firstUser : () => firstUser + randomInt(sizes.users - 1);
    const rates: { ledger: number[]; bare: number[] } = { ledger: [], bare: [] };
    // The first of each warms up.
    for (let round = 0; round <= sizes.rounds; round++) {
      const [ours, theirs] = [
        await turn(ledger, crowd, sizes.turnMs, payer),
        await turn(bare, crowd, sizes.turnMs, payer),
      ];
      if (round === 0) continue;
      rates.ledger.push(ours);
      rates.bare.push(theirs);
    }
    const [ours, theirs] = [median(rates.ledger), median(rates.bare)];
    const figures = [ours.toFixed(0), theirs.toFixed(0), (ours / theirs).toFixed(2)];
    console.log(
      `${`${what}, ${crowd} at once`.padEnd(20)} ${figures.map((text) => text.padStart(9)).join(" ")}`,
    );
    return ours / theirs;
  } finally {
    await db.$client.end();
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      users: { type: "string", default: "10000" },
      rounds: { type: "string", default: "5" },
      seconds: { type: "string", default: "3" },
    },
  });
  const sizes = {
    users: countOf("users", values.users),
    rounds: countOf("rounds", values.rounds),
    turnMs: countOf("seconds", values.seconds) * 1_000,
  };
  const database = await createTestDatabase();
  try {
    await fill(database.db, sizes.users);
    const heads = ["ledger", "bare", "ratio"].map((name) => name.padStart(9)).join(" ");
    console.log(`\n${"a second".padEnd(20)} ${heads}`);
    const cold: number[] = [];
    for (const crowd of crowds) cold.push(await measure(database.url, "cold", crowd, sizes));
    for (const crowd of crowds) await measure(database.url, "hot", crowd, sizes);
    console.log(
      `least ratio on cold accounts: ${Math.min(...cold).toFixed(2)} (aim: at least ${aimedRatio})`,
    );
    if (Math.min(...cold) < aimedRatio) process.exitCode = 1;
  } finally {
    await database.close();
  }
}

await main();
