import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, it } from "vitest";
import { reservations } from "@/db/schema";
import { inTransaction } from "@/db/tx";
import { createLog } from "@/lib/kernel/log";
import { microsOf } from "@/lib/kernel/money";
import { holdKey } from "@/lib/schedule/reservation-rules";
import { type BookingLab, seedBookings } from "@/lib/schedule/testing/reservations";
import { seedUser } from "@/lib/sessions/testing";
import { postTransfer } from "@/lib/wallet/post";
import { give } from "@/lib/wallet/testing/holders";
import { reservationsRound } from "./reservations";

let lab: BookingLab;
beforeAll(async () => {
  lab = await seedBookings(2);
});
afterAll(() => lab.close());

it("goes on with the others where one can't go on, and says so", async () => {
  const ids: string[] = [];
  for (const gpu of [0, 1]) {
    const who = await seedUser(lab.db, { key: false });
    await give(lab.db, who.actor.userId, "10");
    ids.push((await lab.book(who, -2, 0, 2, gpu)).id);
  }
  const [stuck = "", well = ""] = ids;
  // Something else was posted under the key of its first hour's payment.
  await inTransaction(lab.db, (tx) =>
    postTransfer(tx, {
      type: "posted",
      key: `${holdKey(stuck, lab.at(0))}:paid`,
      debit: { system: "issued", currency: "CREDIT" },
      credit: { system: "adjustment", currency: "CREDIT" },
      amount: microsOf("1"),
      kind: "correction",
      reference: "test",
    }),
  );
  const logged: unknown[] = [];
  const log = createLog("test", "silent");
  log.error = (said: unknown) => void logged.push(said);
  await expect(reservationsRound({ db: lab.dbAt(1.5), log })()).rejects.toThrow(
    "1 reservations could not go on.",
  );
  const stateOf = async (id: string) => {
    const [row] = await lab.db.select().from(reservations).where(eq(reservations.publicId, id));
    return [row?.state, row?.paidUntil];
  };
  expect(await stateOf(well)).toEqual(["active", lab.at(2)]);
  expect(await stateOf(stuck)).toEqual(["pending", lab.at(0)]);
  expect(logged).toEqual([expect.objectContaining({ reservation: expect.any(Number) })]);
});
