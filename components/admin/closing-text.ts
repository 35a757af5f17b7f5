import { creditsText, hoursText } from "@/components/schedule/words";
import { relativeText } from "@/components/ui/time-text";
import { hourText } from "@/lib/kernel/zoned-time";
import type { AdminWeekView } from "@/lib/schedule/model";

/** What closing the bidding on a week early does, for who is about to. */
export interface Closing {
  readonly week: AdminWeekView;
  /** The week that was turned last, where it has not begun yet: its bidding was closed ahead, too. */
  readonly turned: AdminWeekView | null;
  /** The part of what everybody has unspent that a turn leaves them. */
  readonly rolloverPercent: number;
  /** ms */
  readonly now: number;
  readonly zone: string;
}

/** In sentences, a paragraph each: how early it is, who wins, what lapses, and that it did already. */
export function closingText({ week, turned, rolloverPercent, now, zone }: Closing): string[] {
  const next = "Bidding on the week after opens. Closing can't be taken back.";
  return [
    plannedText(new Date(week.closesAt), new Date(now), zone),
    winText(week),
    lapseText(rolloverPercent),
    turned ? againText(turned, rolloverPercent, now) : null,
    next,
  ].filter((text) => text !== null);
}

function plannedText(closesAt: Date, now: Date, zone: string): string {
  const at = `${relativeText(closesAt, now)}, on ${hourText(closesAt, zone)}, as everybody was told`;
  return closesAt <= now
    ? `Bidding closed ${at}: only the turn is still to come.`
    : `Bidding would close ${at}.`;
}

function winText({ people, slots, credits }: AdminWeekView): string {
  if (slots === 0) return "Nobody leads an hour of it.";
  const who = people === 1 ? "1 person leads" : `${people} people lead`;
  return `${who} ${hoursText(slots)}: they win ${slots === 1 ? "it" : "them"} at once and pay ${creditsText(credits)}.`;
}

function lapseText(rolloverPercent: number): string {
  if (rolloverPercent === 100) return "Everybody's weekly budget is added to what they have, as at any turn.";
  return `Of the credits that everybody has and that are not held for bids or reservations ${100 - rolloverPercent} % lapse at once. Then everybody's weekly budget is added, as at any turn.`;
}

function againText({ week, turnedAt }: AdminWeekView, rolloverPercent: number, now: number): string {
  const ago = turnedAt === null ? "now" : relativeText(new Date(turnedAt), new Date(now));
  const then =
    rolloverPercent === 100
      ? "weekly budgets were added then, and are once more"
      : "the same part lapsed and weekly budgets were added then, and both happen once more";
  return `The week of ${week}, which has not begun, was turned ${ago === "now" ? "just now" : ago}: ${then} with this one.`;
}
