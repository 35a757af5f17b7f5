import { afterAll, beforeAll, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "@/db/testing";
import { inTransaction } from "@/db/tx";
import { seedPerson } from "@/lib/auth/testing";
import { setBalance } from "@/lib/wallet/correct";
import { give } from "@/lib/wallet/testing/holders";
import { problemBody } from "../problem-body";
import { type Credentials, type Sent, testCaller, testServices } from "../testing";

let test: TestDatabase;
let call: (sent: Sent) => Promise<Response>;
let ana: Credentials;
let eve: Credentials;
beforeAll(async () => {
  test = await createTestDatabase();
  call = testCaller(testServices(test.db));
  const [one, other] = [await seedPerson(test.db, "ana"), await seedPerson(test.db, "eve")];
  [ana, eve] = [{ cookie: one.context.cookies.header() }, { cookie: other.context.cookies.header() }];
  await give(test.db, one.actor.userId, "100");
  await give(test.db, one.actor.userId, "3", "USD");
  await inTransaction(test.db, (tx) =>
    setBalance(tx, { user: one.actor.userId, currency: "CREDIT" }, "99.5", "req_1"),
  );
});
afterAll(() => test.close());

async function lines(as: Credentials, query = ""): Promise<string[]> {
  const response = await call({ method: "GET", path: `/wallet/transactions.csv${query}`, as });
  expect(response.status).toBe(200);
  return (await response.text()).trimEnd().split("\r\n");
}

it("is a person's own statement, what came and what went in columns of their own", async () => {
  const [head, ...rows] = await lines(ana);
  expect(head).toBe("id,at,currency,in,out,balance,kind,reference,gpu,hour,cancelledLate");
  expect(rows.map((row) => row.split(",").slice(2).join(","))).toEqual([
    "CREDIT,,0.5,99.5,correction,correction:req_1,,,",
    "USD,3,,3,refill,test,,,",
    "CREDIT,100,,100,refill,test,,,",
  ]);
  expect(await lines(eve)).toEqual([head]);
});

it("is narrowed like the list, and refuses what the list does not know", async () => {
  expect(await lines(ana, "?currency=USD")).toHaveLength(2);
  for (const query of ["?currency=EUR", "?limit=5", "?userId=1", "?from=yesterday"]) {
    const response = await call({ method: "GET", path: `/wallet/transactions.csv${query}`, as: ana });
    expect([response.status, problemBody.safeParse(await response.json()).success], query).toEqual([
      400,
      true,
    ]);
  }
});
