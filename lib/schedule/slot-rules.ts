import { leaveSeconds } from "@/lib/fleet/leave-model";
import type { GpuMode, GpuState } from "@/lib/fleet/model";
import { hourMs } from "@/lib/fleet/rules";
import type { SlotState, WeekStatus } from "./model";

/** What is known of a slot; one that nobody ever bid on or took has no row and is `untouched`. */
export interface SlotFacts {
  readonly state: SlotState;
  /** Who leads or holds it. */
  readonly userId: number | null;
  /** Whole credits. */
  readonly price: number;
  /** Counts its bids and takes, undone ones too: names each hold and sale. */
  readonly n: number;
}

/** The facts alone of a row that has more. */
export function slotFacts({ state, userId, price, n }: SlotFacts): SlotFacts {
  return { state, userId, price, n };
}

export const untouched: SlotFacts = { state: "empty", userId: null, price: 0, n: 0 };

/** Why something can't be done with a slot; each is told in words, with the slot's name, by `refusalText`. */
export type Refusal =
  | "not_auctioned"
  | "out_of_service"
  | "closed"
  | "still_open"
  | "leads_already"
  | "not_leading"
  | "led_before"
  | "not_yours"
  | "yours_already"
  | "taken"
  | "not_sold_yet"
  | "begun"
  | "ending"
  | "over";

export type Outcome = { readonly slot: SlotFacts } | { readonly refusal: Refusal };

/** What can be done with a slot follows from when it is, and how far its week is. */
export interface Phase {
  /** Bids are taken. */
  readonly bidding: boolean;
  /** The week's turn has posted what was won. */
  readonly settled: boolean;
  readonly begun: boolean;
  /** Too little is left of it for anything to start. */
  readonly ending: boolean;
  readonly over: boolean;
}

/** @param now by the database's clock, read once the week's row is locked */
export function phaseOf(
  startsAt: Date,
  week: { readonly status: WeekStatus; readonly closesAt: Date },
  now: Date,
): Phase {
  const leftMs = startsAt.getTime() + hourMs - now.getTime();
  return {
    bidding: week.status === "open" && now < week.closesAt,
    settled: week.status !== "open",
    begun: startsAt <= now,
    ending: leftMs <= leaveSeconds * 1000,
    over: leftMs <= 0,
  };
}

/**
 * Why nobody gets an hour of a GPU: they are not auctioned, or nothing starts on it in the hour that runs. What is to come
 * is given out all the same: it may be back in service by then.
 */
export function gpuRefusal(
  { mode, state }: { readonly mode: GpuMode; readonly state: GpuState },
  { begun }: Phase,
): Refusal | null {
  if (mode !== "auction") return "not_auctioned";
  return begun && state !== "available" ? "out_of_service" : null;
}

/**
 * A bid raises the price by exactly one credit, and its bidder leads. Nobody outbids themselves. What a turn under way has
 * sold stays so, even if the database's clock was set back to before the close since.
 */
export function bidOn(slot: SlotFacts, bidder: number, { bidding }: Phase): Outcome {
  if (!bidding) return { refusal: "closed" };
  if (slot.state === "reserved") return { refusal: "taken" };
  if (slot.state === "sold" || slot.state === "released") return { refusal: "closed" };
  if (slot.userId === bidder) return { refusal: "leads_already" };
  return { slot: { state: "leading", userId: bidder, price: slot.price + 1, n: slot.n + 1 } };
}

/**
 * The slot is as it was before: nobody led it, which its price of one says. A bid that was undone counts as never made,
 * so whoever bids on the emptied slot may undo, too.
 */
export function undoOn(slot: SlotFacts, bidder: number, phase: Phase): Outcome {
  const emptied = giveUpOn(slot, bidder, phase);
  return "slot" in emptied && slot.price > 1 ? { refusal: "led_before" } : emptied;
}

/**
 * Whoever leads it can't use it. It is bid on from the beginning: those who led before hold nothing for it any more, and
 * are charged for nothing that they don't ask for anew.
 */
export function giveUpOn(slot: SlotFacts, leader: number, { bidding }: Phase): Outcome {
  if (!bidding) return { refusal: "closed" };
  if (slot.state !== "leading" || slot.userId !== leader) return { refusal: "not_leading" };
  return { slot: { state: "empty", userId: null, price: 0, n: slot.n } };
}

/** Bidding is over and its leader's hold was posted. */
export function winOn(slot: SlotFacts): SlotFacts {
  return { ...slotFacts(slot), state: "sold" };
}

/** Its holder gives it back before it begins. */
export function releaseOn(slot: SlotFacts, holder: number, { begun }: Phase): Outcome {
  if (slot.state !== "sold" || slot.userId !== holder) return { refusal: "not_yours" };
  if (begun) return { refusal: "begun" };
  return { slot: { state: "released", userId: null, price: 0, n: slot.n } };
}

/** What an unsold or released slot costs whoever takes it at once. Whole credits. */
export const takePrice = 1;

/** Whoever comes first has it at once, the hour that runs included. */
export function takeOn(slot: SlotFacts, taker: number, { bidding, settled, ending, over }: Phase): Outcome {
  if (bidding) return { refusal: "still_open" };
  if (slot.state === "sold" || slot.state === "reserved") {
    return { refusal: slot.userId === taker ? "yours_already" : "taken" };
  }
  // Bidding is over, and the week's turn has not come to it yet.
  if (slot.state === "leading" || !settled) return { refusal: "not_sold_yet" };
  if (over) return { refusal: "over" };
  if (ending) return { refusal: "ending" };
  return { slot: { state: "sold", userId: taker, price: takePrice, n: slot.n + 1 } };
}

/** The ledger's key of what a slot's bid or take number `n` costs: one for each, whoever tries however often. */
export function saleKey(gpuId: string, slot: Date, n: number): string {
  return `${slotReference(gpuId, slot)}:${n}`;
}

/** What a transfer for a slot refers to, e.g. `slot:gpu_…:2026-12-05T05:00:00Z`. */
export function slotReference(gpuId: string, slot: Date): string {
  return `slot:${gpuId}:${slot.toISOString().replace(/\.000Z$/, "Z")}`;
}

const refusals: Record<Refusal, string> = {
  not_auctioned: "its GPU is not auctioned",
  out_of_service: "its GPU is out of service",
  closed: "bidding on it has closed",
  still_open: "it is still bid on",
  leads_already: "you lead it already",
  not_leading: "you don't lead it",
  led_before: "somebody led it before you, so your bid stands",
  not_yours: "you don't hold it",
  yours_already: "you hold it already",
  taken: "somebody holds it",
  not_sold_yet: "bidding on it has closed and is being settled",
  begun: "it has begun",
  ending: "its last minute has begun, and nothing starts in it any more",
  over: "it is over",
};

/** A refusal in words, to stand behind the slot's name. */
export function refusalText(refusal: Refusal): string {
  return refusals[refusal];
}

interface PlacedBid<Person> {
  readonly person: Person;
  readonly price: number;
  readonly placedAt: Date;
  readonly outcome: "leading" | "outbid" | "undone" | "won";
  readonly endedAt: Date | null;
}

/** Who would have won from when on, had bidding closed then; from a slot's bids in their order. */
export function leadersOf<Person>(
  bids: readonly PlacedBid<Person>[],
): { from: Date; person: Person | null; price: number }[] {
  return bids.flatMap(({ person, price, placedAt, outcome, endedAt }) => {
    const led = { from: placedAt, person, price };
    return outcome === "undone" && endedAt !== null
      ? [led, { from: endedAt, person: null, price: 0 }]
      : [led];
  });
}
