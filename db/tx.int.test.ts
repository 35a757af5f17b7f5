import { eq, sql } from "drizzle-orm";
import type { RowDataPacket } from "mysql2/promise";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { throttles } from "./schema";
import { createTestDatabase, type TestDatabase } from "./testing";
import { inTransaction, violatedKey } from "./tx";

let test: TestDatabase;
beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test.close());

const count = async (key: string) => {
  const [row] = await test.db.select().from(throttles).where(eq(throttles.key, key));
  return row?.attempts;
};

beforeEach(async () => {
  await test.db.delete(throttles);
  const windowStart = new Date();
  await test.db.insert(throttles).values([
    { key: "a", attempts: 0, windowStart },
    { key: "b", attempts: 0, windowStart },
  ]);
});

describe("inTransaction", () => {
  it("runs a deadlock's victim again, so that both sides happen once", async () => {
    let runs = 0;
    const meet = barrier(2);
    const raise = (first: string, second: string) =>
      inTransaction(test.db, async (tx) => {
        runs += 1;
        const add = { attempts: sql`attempts + 1` };
        await tx.update(throttles).set(add).where(eq(throttles.key, first));
        await meet();
        await tx.update(throttles).set(add).where(eq(throttles.key, second));
      });
    await Promise.all([raise("a", "b"), raise("b", "a")]);
    expect([await count("a"), await count("b"), runs]).toEqual([2, 2, 3]);
  });

  it("leaves nothing behind when the work fails, and doesn't try again", async () => {
    let runs = 0;
    const work = inTransaction(test.db, async (tx) => {
      runs += 1;
      await tx.update(throttles).set({ attempts: 9 }).where(eq(throttles.key, "a"));
      throw new Error("changed my mind");
    });
    await expect(work).rejects.toThrow("changed my mind");
    expect([await count("a"), runs]).toEqual([0, 1]);
  });

  it("sees what others commit meanwhile (READ COMMITTED)", async () => {
    const seen = await inTransaction(test.db, async (tx) => {
      await tx.select().from(throttles);
      await test.db.update(throttles).set({ attempts: 5 }).where(eq(throttles.key, "a"));
      const [row] = await tx.select().from(throttles).where(eq(throttles.key, "a"));
      return row?.attempts;
    });
    expect(seen).toBe(5);
  });
});

/** Resolves for everybody once `parties` have come; those who come later don't wait. */
function barrier(parties: number): () => Promise<void> {
  let come = 0;
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return () => {
    come += 1;
    if (come >= parties) open();
    return opened;
  };
}

describe("violatedKey", () => {
  it("names the key of a duplicate and is undefined for anything else", async () => {
    const again = test.db.insert(throttles).values({ key: "a", attempts: 1, windowStart: new Date() });
    expect(violatedKey(await again.catch((error: unknown) => error))).toBe("PRIMARY");
    const broken = test.db.execute(sql`select nothing from nowhere`);
    expect(violatedKey(await broken.catch((error: unknown) => error))).toBeUndefined();
    expect(violatedKey("no error")).toBeUndefined();
  });
});

describe("every connection", () => {
  it("speaks UTC, is strict and waits five seconds for a lock", async () => {
    const [rows] = await test.db.$client.query<RowDataPacket[]>(
      "SELECT @@time_zone AS zone, @@tx_isolation AS isolation, @@innodb_lock_wait_timeout AS wait, @@sql_mode AS mode",
    );
    expect(rows[0]).toMatchObject({ zone: "+00:00", isolation: "READ-COMMITTED", wait: 5 });
    expect(rows[0]?.mode).toContain("STRICT_ALL_TABLES");
  });
});
