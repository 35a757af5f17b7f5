import type { BidOutcome, HistoryView } from "@/lib/schedule/model";
import { creditsText } from "./words";

/** Somebody led, or nobody did: whoever it was would have won, had bidding closed then. */
export interface Reign {
  readonly from: string;
  /** Null while it lasts. */
  readonly until: string | null;
  readonly person: string | null;
  readonly price: number;
  readonly outcome: BidOutcome | null;
}

/** Who led from when until when; the last until bidding closed. */
export function reignsOf({ bids, leaders }: HistoryView): readonly Reign[] {
  return leaders.map(({ from, person, price }, place) => {
    const bid = bids.find((one) => one.placedAt === from && one.person === person);
    const closed = bid?.outcome === "won" ? bid.endedAt : null;
    return { from, until: leaders[place + 1]?.from ?? closed, person, price, outcome: bid?.outcome ?? null };
  });
}

/** What became of it once bidding was over, in words; empty where its winner has it still, or nobody ever had it. */
export function afterText({ state, person, price, bids }: HistoryView): string {
  const winner = bids.find(({ outcome }) => outcome === "won");
  if (state === "released")
    return winner ? `${winner.person} gave it back since.` : "It was taken and given back.";
  if (state !== "sold" || person === null) return "";
  if (winner && winner.person === person && winner.price === price) return "";
  const taken = `${person} took it for ${creditsText(price)}.`;
  return winner ? `${winner.person} gave it back since, and ${taken}` : taken;
}
