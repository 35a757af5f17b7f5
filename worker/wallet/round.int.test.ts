import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { ledgerChecks } from "@/db/schema";
import { createTestDatabase, type TestDatabase } from "@/db/testing";
import { createLog, type Logger } from "@/lib/kernel/log";
import { accountId } from "@/lib/wallet/rules";
import { give, seedHolders } from "@/lib/wallet/testing/holders";
import { ledgerCheckRound } from "./round";

let test: TestDatabase;
let logged: unknown[];
beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test.close());
beforeEach(async () => {
  await test.db.delete(ledgerChecks);
  logged = [];
});

/** What is said of findings is kept, and goes to nobody. */
function listeningLog(): Logger {
  const log = createLog("test", "silent");
  log.error = (said: unknown) => void logged.push(said);
  return log;
}

const round = (owner: string) => ledgerCheckRound({ db: test.db, log: listeningLog(), owner });

it("verifies once a day, however many workers and rounds there are", async () => {
  const rounds = Array.from({ length: 4 }, (_, n) => round(`wkr_${n}`));
  await Promise.all(rounds.map((run) => run()));
  const [first] = await test.db.select().from(ledgerChecks);
  expect(first).toMatchObject({ findings: 0, finishedAt: expect.any(Date) });
  await Promise.all(rounds.map((run) => run()));
  expect(await test.db.select().from(ledgerChecks)).toEqual([first]);
  expect(logged).toEqual([]);
});

it("says in the log what is wrong", async () => {
  const [user = 0] = await seedHolders(test.db, 1);
  await give(test.db, user, "10");
  const id = accountId({ user, currency: "CREDIT" });
  await test.db.$client.query("update accounts set posted = posted + 1000000 where id = ?", [id]);
  await round("wkr_1")();
  expect(logged).toHaveLength(2);
  expect(logged).toContainEqual({
    ledger: expect.objectContaining({
      finding: "The balance says 11 with 0 held, and its history 10 with 0 held.",
    }),
  });
  expect(await test.db.select().from(ledgerChecks)).toMatchObject([{ findings: 2 }]);
});
