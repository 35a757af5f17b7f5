import { eq, sql } from "drizzle-orm";
import ipaddr from "ipaddr.js";
import type { Db } from "@/db/client";
import { throttles } from "@/db/schema";
import { inTransaction } from "@/db/tx";
import { AppError } from "@/lib/kernel/errors";
import { sha256Hex } from "./hashes";
import type { ThrottleLimit } from "./tunables";

/** Keeps an attempt count from overflowing under a flood; any value above all limits will do. */
const countCeiling = 1_000_000;

/** What is counted: a kind of attempt and whom it concerns. The subject is stored hashed. */
export interface Bucket {
  readonly kind:
    | "login-account"
    | "login-address"
    | "register-address"
    | "password-account"
    | "upload-account"
    | "monitor-token";
  readonly subject: string;
}

/** Bytes of an IPv6 address that its holder can't choose: everybody gets a /64 or more. */
const ipv6NetworkBytes = 8;

/** The bucket of whoever is behind an address. Of IPv6 it is the network, or each attempt could come from a new one. */
export function addressBucket(kind: "login-address" | "register-address", address: string): Bucket {
  if (!ipaddr.isValid(address)) return { kind, subject: address };
  const parsed = ipaddr.process(address);
  if (parsed.kind() === "ipv4") return { kind, subject: parsed.toString() };
  const network = parsed.toByteArray().slice(0, ipv6NetworkBytes);
  return { kind, subject: `${Buffer.from(network).toString("hex")}/64` };
}

function keyOf(bucket: Bucket): string {
  return `${bucket.kind}:${sha256Hex(bucket.subject)}`;
}

/**
 * Counts an attempt, and refuses it when the window holds too many. One statement on the database's clock decides, so
 * it holds for concurrent attempts, for several web processes and over restarts.
 * @throws AppError too_many with the seconds until the window ends
 */
export async function countAttempt(db: Db, bucket: Bucket, limit: ThrottleLimit): Promise<void> {
  const key = keyOf(bucket);
  const expired = sql`window_start <= UTC_TIMESTAMP(3) - INTERVAL ${limit.windowSeconds} SECOND`;
  // LAST_INSERT_ID(expr) carries this very statement's count out: a SELECT after it would see later attempts too.
  const upsert = sql`
    INSERT INTO throttles (bucket, attempts, window_start) VALUES (${key}, 1, UTC_TIMESTAMP(3))
    ON DUPLICATE KEY UPDATE
      attempts = LAST_INSERT_ID(IF(${expired}, 1, LEAST(attempts + 1, ${countCeiling}))),
      window_start = IF(${expired}, UTC_TIMESTAMP(3), window_start)`;
  // In a transaction for its retries: many at once on one row may be a deadlock's victims.
  const [result] = await inTransaction(db, (tx) => tx.execute(upsert));
  const attempts = result.insertId === 0 ? 1 : result.insertId;
  if (attempts <= limit.attempts) return;
  const wait = await secondsLeft(db, key, limit);
  throw new AppError("too_many", `Too many attempts. Try again in ${inWords(wait)}.`, {
    retryAfterSeconds: wait,
  });
}

/** Takes one attempt back: it turned out to be a good one. */
export async function refundAttempt(db: Db, bucket: Bucket): Promise<void> {
  const attempts = sql`GREATEST(attempts - 1, 0)`;
  await inTransaction(db, (tx) =>
    tx
      .update(throttles)
      .set({ attempts })
      .where(eq(throttles.key, keyOf(bucket))),
  );
}

/** Forgets all attempts. */
export async function resetAttempts(db: Db, bucket: Bucket): Promise<void> {
  await inTransaction(db, (tx) => tx.delete(throttles).where(eq(throttles.key, keyOf(bucket))));
}

/** Removes buckets whose window is over whatever their limit. Safe to run at any time. */
export async function sweepThrottles(db: Db): Promise<void> {
  await db.delete(throttles).where(sql`window_start < UTC_TIMESTAMP(3) - INTERVAL 1 DAY`);
}

async function secondsLeft(db: Db, key: string, limit: ThrottleLimit): Promise<number> {
  const [row] = await db
    .select({
      left: sql<number>`CEIL(TIMESTAMPDIFF(MICROSECOND, UTC_TIMESTAMP(3), window_start + INTERVAL ${limit.windowSeconds} SECOND) / 1e6)`.mapWith(
        Number,
      ),
    })
    .from(throttles)
    .where(eq(throttles.key, key));
  return Math.max(1, row?.left ?? 1);
}

function inWords(seconds: number): string {
  return seconds < 90 ? `${seconds} s` : `${Math.ceil(seconds / 60)} minutes`;
}
