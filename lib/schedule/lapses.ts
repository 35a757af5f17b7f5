import { and, eq, inArray, isNull, lte, or } from "drizzle-orm";
import type { DbOrTx } from "@/db/client";
import { transfers, weekBudgets, weeks } from "@/db/schema";
import { readLabSettings } from "@/lib/auth/lab-settings";
import { type Micros, micros } from "@/lib/kernel/money";
import type { TransferInput } from "@/lib/wallet/rules";
import type { Reservation } from "./booking";
import { lapsedOf } from "./budget-rules";
import { holdKey } from "./reservation-rules";

type Held = Pick<Reservation, "publicId" | "userId" | "rate" | "rateCurrency">;

/** When the weeks' turns came to somebody that left them a part of what they had: a first budget takes nothing. */
async function turnsOf(db: DbOrTx, userId: number): Promise<Date[]> {
  const rows = await db
    .select({ at: weekBudgets.grantedAt })
    .from(weekBudgets)
    .innerJoin(weeks, eq(weeks.key, weekBudgets.week))
    .where(
      and(
        eq(weekBudgets.userId, userId),
        or(isNull(weeks.turnedAt), lte(weekBudgets.grantedAt, weeks.turnedAt)),
      ),
    );
  return rows.map(({ at }) => at);
}

/**
 * What lapses of hours that their owner gives back: as much as if nothing had been held for them at the turns since they
 * were booked. Or else whoever books at the end of a week and cancels after its turn would keep all they have.
 */
export async function lapseOf(
  db: DbOrTx,
  { publicId, userId, rate, rateCurrency }: Held,
  hours: readonly Date[],
): Promise<Micros> {
  const turns = rateCurrency === "CREDIT" && hours.length > 0 ? await turnsOf(db, userId) : [];
  if (turns.length === 0) return micros(0n);
  const keys = hours.map((hour) => holdKey(publicId, hour));
  const holds = await db
    .select({ at: transfers.createdAt })
    .from(transfers)
    .where(inArray(transfers.key, keys));
  const { rolloverPercent } = await readLabSettings(db);
  const over = (at: Date) => turns.filter((turn) => turn > at).length;
  return micros(holds.reduce((sum, { at }) => sum + lapsedOf(rate, rolloverPercent, over(at)), 0n));
}

const lapseKey = (publicId: string) => `reservation:${publicId}:lapse`;

/** What lapsed of reservations as they were given back, by their ids; those of which nothing did are not among them. */
export async function lapsedById(
  db: DbOrTx,
  publicIds: readonly string[],
): Promise<ReadonlyMap<string, Micros>> {
  if (publicIds.length === 0) return new Map();
  const ids = new Map(publicIds.map((id) => [lapseKey(id), id]));
  const rows = await db
    .select({ key: transfers.key, amount: transfers.amount })
    .from(transfers)
    .where(inArray(transfers.key, [...ids.keys()]));
  return new Map(rows.map(({ key, amount }) => [ids.get(key) ?? key, amount]));
}

/** Moves it, once for each reservation; nothing where nothing lapses. */
export function lapseTransfers({ publicId, userId, rateCurrency }: Held, amount: Micros): TransferInput[] {
  if (amount === 0n) return [];
  return [
    {
      type: "posted",
      key: lapseKey(publicId),
      debit: { user: userId, currency: rateCurrency },
      credit: { system: "expired", currency: rateCurrency },
      amount,
      kind: "lapse",
      reference: `reservation:${publicId}`,
    },
  ];
}
