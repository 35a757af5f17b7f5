import { zonedParts } from "@/lib/kernel/zoned-time";
import type { TransactionView, TransferKind } from "@/lib/wallet/model";
import { sumOf } from "./amount";

/** How many weeks are drawn, the one that runs among them. */
export const weeksShown = 10;
/** Of the plot and of what stands in its place before it comes. */
export const spendingHeight = "h-40";

const dayMs = 86_400_000;
const daysInWeek = 7;

/** Money for GPU time; what came back counts against it. */
const spendingKinds: readonly TransferKind[] = ["bid", "take", "reservation", "release"];

export interface WeekSpending {
  /** Its Saturday's date. */
  readonly week: string;
  /** Decimal; below zero when more came back than went. */
  readonly spent: string;
}

/** The Saturday that begins the week of an instant, by the zone's calendar. */
function saturdayOf(at: Date, zone: string): string {
  const { year, month, day } = zonedParts(at, zone);
  const date = Date.UTC(year, month - 1, day);
  const since = (new Date(date).getUTCDay() + 1) % daysInWeek;
  return new Date(date - since * dayMs).toISOString().slice(0, 10);
}

/** Before the first week that is drawn, in every zone; the same for a day, so that it is asked for once. */
export function spendingFrom(now: number): Date {
  return new Date((Math.floor(now / dayMs) - weeksShown * daysInWeek - 1) * dayMs);
}

/** What GPU time cost in each of the last weeks, oldest first, weeks of nothing among them. */
export function spendingOf(
  transactions: readonly TransactionView[],
  now: number,
  zone: string,
): readonly WeekSpending[] {
  const last = Date.parse(saturdayOf(new Date(now), zone));
  const weeks = Array.from({ length: weeksShown }, (_, index) =>
    new Date(last - (weeksShown - 1 - index) * daysInWeek * dayMs).toISOString().slice(0, 10),
  );
  const own = transactions.filter(
    ({ currency, kind }) => currency === "CREDIT" && spendingKinds.includes(kind),
  );
  return weeks.map((week) => ({
    week,
    spent: sumOf(
      own
        .filter(({ at }) => saturdayOf(new Date(at), zone) === week)
        .map(({ amount }) => (amount.startsWith("-") ? amount.slice(1) : `-${amount}`)),
    ).replace(/^-0$/, "0"),
  }));
}
