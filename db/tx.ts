import type { Db, Tx } from "./client";

const duplicateKey = 1062;
const lockWaitTimeout = 1205;
/** Deadlock, lock wait timeout, record changed since last read: the transaction is rolled back and run again. */
const retryable = new Set([1213, lockWaitTimeout, 1020]);
/** Enough for a burst of 200 launches on one host; beyond it the failure is worth seeing. */
const maxAttempts = 12;
/** Upper bound of the first pause between attempts, in ms; doubles, so that colliding transactions spread out. */
const firstPauseMs = 5;
const longestPauseMs = 200;

/** MariaDB's error number behind whatever Drizzle wrapped around it, or undefined. */
function errorNumber(error: unknown): number | undefined {
  for (let current: unknown = error; current instanceof Error; current = current.cause) {
    if ("errno" in current && typeof current.errno === "number") return current.errno;
  }
  return undefined;
}

/** Name of the violated unique key when `error` is a duplicate-key failure, else undefined. */
export function violatedKey(error: unknown): string | undefined {
  if (errorNumber(error) !== duplicateKey) return undefined;
  for (let current: unknown = error; current instanceof Error; current = current.cause) {
    const match = /for key '(?:[^'.]+\.)?([^'.]+)'/.exec(current.message);
    if (match) return match[1];
  }
  return "";
}

/** Whether somebody else went on having a lock for longer than the statement waited: it alone was undone. */
export function isLockTimeout(error: unknown): boolean {
  return errorNumber(error) === lockWaitTimeout;
}

/** Runs `work`, which reads alone, on the database as it is at this instant: what it reads fits together. */
export function inSnapshot<T>(db: Db, work: (tx: Tx) => Promise<T>): Promise<T> {
  return db.transaction(work, { isolationLevel: "repeatable read", withConsistentSnapshot: true });
}

/**
 * The same for what is read bit by bit, as its taker wants more. The snapshot and its connection are given back when all
 * was taken, or the taker leaves.
 */
export async function* throughSnapshot<T>(
  db: Db,
  read: (tx: Tx) => AsyncGenerator<T>,
): AsyncGenerator<T, void, undefined> {
  let leave: () => void = () => undefined;
  const left = new Promise<void>((resolve) => {
    leave = resolve;
  });
  let ended: Promise<void> = left;
  const tx = await new Promise<Tx>((resolve, reject) => {
    ended = inSnapshot(db, (opened) => {
      resolve(opened);
      return left;
    });
    ended.catch(reject);
  });
  try {
    yield* read(tx);
  } finally {
    leave();
    // It has written nothing: however it ends is well.
    await ended.catch(() => undefined);
  }
}

/**
 * Runs `work` in one transaction at READ COMMITTED, which every connection is set to, again when MariaDB chose it as a deadlock's victim. `work` must
 * have no side effect outside the database. The only place where transactions are retried.
 */
export async function inTransaction<T>(db: Db, work: (tx: Tx) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await db.transaction(work);
    } catch (error) {
      const number = errorNumber(error);
      if (number === undefined || !retryable.has(number) || attempt === maxAttempts) throw error;
      const bound = Math.min(firstPauseMs * 2 ** (attempt - 1), longestPauseMs);
      await new Promise((resolve) => setTimeout(resolve, Math.random() * bound));
    }
  }
}
