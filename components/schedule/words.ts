import type { OverviewView } from "@/lib/schedule/model";
import { gpuName, type HourTable, startsText } from "./hour-table";
import type { WeekLayout } from "./hours";
import { type Phase, phaseOf, type Slot, type Verb, verbFor, type Week } from "./week";

/** "1 credit", "2.5 credits". */
export function creditsText(amount: number | string): string {
  return `${amount} ${String(amount) === "1" ? "credit" : "credits"}`;
}

/** "1 hour", "14 hours": what is selected, won and given back. */
export function hoursText(count: number): string {
  return `${count} ${count === 1 ? "hour" : "hours"}`;
}

/** "GPU 3, Sat 5 Dec 14:00". */
export function slotName(table: Pick<HourTable, "gpus">, layout: WeekLayout, index: number): string {
  const [gpu, hour] = [index % table.gpus.length, Math.floor(index / table.gpus.length)];
  return `${gpuName(table, gpu)}, ${layout.names[hour] ?? ""}`;
}

/** Whose a slot is, in a few words. */
export function standingText({ look, person, price, state, starts }: Slot, phase: Phase): string {
  if (look === "mine") {
    const mine = phase === "bidding" ? "you lead with" : "yours, for";
    return `${mine} ${creditsText(price)}${starts ? `; ${startsText}` : ""}`;
  }
  if (look === "outbid") return `${person} leads with ${creditsText(price)}, you were outbid`;
  if (person !== null) {
    return phase === "bidding"
      ? `${person} leads with ${creditsText(price)}`
      : `${person}'s, for ${creditsText(price)}`;
  }
  if (phase === "bidding") return "nobody has bid";
  return state === "released" ? "given back by its holder" : "nobody's";
}

type SlotTerms = Pick<OverviewView["terms"], "takePrice" | "releaseRefund">;

const verbTexts: Record<Verb, (price: number, terms: SlotTerms) => string> = {
  bid: (price) => `a bid costs ${creditsText(price + 1)}`,
  undo: () => "your bid can be taken back",
  release: (_, { releaseRefund }) => `it can be given back for ${creditsText(releaseRefund)}`,
  take: (_, { takePrice }) => `it can be taken for ${creditsText(takePrice)}`,
};

/** Whose a slot is and what can be done with it. @param now ms, by the lab's clock */
export function slotText(week: Week, index: number, now: number, terms: SlotTerms): string {
  const slot = week.slots[index];
  if (!slot) return "";
  const verb = verbFor(week, index, now);
  const standing = standingText(slot, phaseOf(week.view, now));
  return verb === null ? standing : `${standing}; ${verbTexts[verb](slot.price, terms)}`;
}
