import { startsText } from "@/components/schedule/hour-table";
import { hoursText } from "@/components/schedule/words";
import { hourMs } from "@/lib/fleet/rules";
import { microsOf } from "@/lib/kernel/micros";
import { absoluteText } from "@/lib/kernel/zoned-time";
import type { ReservationView } from "@/lib/schedule/reservation-model";
import type { WalletView } from "@/lib/wallet/model";
import type { Block, Calendar } from "./calendar";
import { type Choice, choiceOf, newHours } from "./choice";
import {
  costOf,
  hoursName,
  leftAfter,
  limitsText,
  type Price,
  priceText,
  refusedText,
  sizeOf,
  stopText,
} from "./words";

/** What the bar says of hours. */
export interface ChoiceText {
  readonly title: string;
  readonly detail: string;
  /** Nothing can be booked of them as things are. */
  readonly blocked: boolean;
}

interface Chosen {
  readonly calendar: Calendar;
  readonly choice: Choice;
  /** The reservation that is chosen, once it has come. */
  readonly own: ReservationView | null;
  readonly wallet: WalletView;
  /** By the lab's clock. ms */
  readonly now: number;
}

/** What is chosen, in words; null where nothing is. */
export function chosenText({ calendar, choice, own, wallet, now }: Chosen): ChoiceText | null {
  switch (choice.kind) {
    case "nothing":
      return null;
    case "refused":
      return { ...pointedText(calendar, choice.slot, now), blocked: true };
    case "others":
      return { ...pointedText(calendar, choice.slot, now), blocked: true };
    case "book":
    case "own": {
      const title = hoursName(calendar, choice.gpu, choice.from, choice.to);
      const hours = newHours(choice);
      if (choice.kind === "own" && hours === 0)
        return {
          title,
          detail: ownDetail(calendar, own, now) + startText(calendar, choice.block, now),
          blocked: true,
        };
      const rate = rateOf(calendar, choice, own);
      if (!rate) return { title, detail: "", blocked: true };
      return { title, ...costText(calendar, choice, rate, wallet, now) };
    }
  }
}

type Bookable = Extract<Choice, { kind: "book" | "own" }>;

/** What an hour of what is chosen costs: of a reservation as it was booked; null before it has come. */
export function rateOf(calendar: Calendar, choice: Bookable, own: ReservationView | null): Price | null {
  return (choice.kind === "own" ? own?.rate : calendar.gpus[choice.gpu]?.rate) ?? null;
}

function costText(calendar: Calendar, choice: Bookable, rate: Price, wallet: WalletView, now: number) {
  const { limits } = calendar.view;
  const hours = newHours(choice);
  const cost = costOf(rate, hours);
  const available = wallet.balances.find(({ currency }) => currency === rate.currency)?.available ?? "0";
  const left = leftAfter(cost, available);
  const short = left.amount.startsWith("-");
  const full = choice.kind === "book" && limits.open >= limits.maxOpen;
  const parts = [
    `${choice.kind === "own" ? `${hoursText(hours)} more` : hoursText(hours)} at ${priceText(rate)}: ${priceText(cost)}`,
    short ? `${priceText(sizeOf(left))} more than you have` : `leaves ${priceText(left)}`,
    full
      ? `you have ${limits.open} of ${limits.maxOpen} reservations that are allowed`
      : stopText(choice.stop, limits),
    choice.kind === "book" && !full ? cancelText(calendar, choice.from, now) : null,
  ];
  return { detail: parts.filter((part) => part !== null).join("; "), blocked: short || full };
}

/** Within the last hour before it begins there is no free cancelling. */
function cancelText({ firstMs }: Calendar, from: number, now: number): string | null {
  return firstMs + (from - 1) * hourMs < now
    ? "it begins within the hour, so cancelling costs its first hour"
    : null;
}

function ownDetail({ view: { zone } }: Calendar, own: ReservationView | null, now: number): string {
  if (own === null) return "Yours";
  const price = { amount: own.cost, currency: own.rate.currency };
  const paid = { amount: own.paid, currency: own.rate.currency };
  const at = (instant: string) => absoluteText(new Date(instant), new Date(now), zone);
  if (own.state === "pending" && own.freeUntil !== null && Date.parse(own.freeUntil) > now)
    return `Yours, for ${priceText(price)}; cancelling is free until ${at(own.freeUntil)}`;
  if (own.state === "pending") return `Yours, for ${priceText(price)}${dueText(own)}`;
  return `Yours, ${priceText(paid)} of ${priceText(price)} paid`;
}

/** What cancelling costs of one that can't be cancelled for nothing any more, or could be only as its GPU is away. */
function dueText({ ifCancelled, rate: { currency } }: ReservationView): string {
  if (ifCancelled === null) return "";
  if (microsOf(ifCancelled.due) === 0n) return "; cancelling costs nothing now";
  return `; cancelling now costs ${priceText({ amount: ifCancelled.due, currency })}`;
}

/** That a session starts by itself in a reservation, to stand behind whose it is; nothing where none does. */
function startText({ slots, gpus, firstMs, view: { zone } }: Calendar, block: Block, now: number): string {
  for (let hour = Math.max(block.from, 0); hour < block.to; hour++) {
    if (!slots[hour * gpus.length + block.gpu]?.starts) continue;
    const at = absoluteText(new Date(firstMs + hour * hourMs), new Date(now), zone);
    return `; ${startsText}${hour === block.from ? "" : ` at ${at}`}`;
  }
  return "";
}

/** What an hour is, and what can be done with it. */
export function pointedText(calendar: Calendar, slot: number, now: number): ChoiceText {
  const gpus = calendar.gpus.length;
  const [gpu, hour] = [slot % gpus, Math.floor(slot / gpus)];
  const choice = choiceOf(calendar, { anchor: slot, focus: slot }, now);
  const block = calendar.blocks[slot];
  const title = block
    ? hoursName(calendar, gpu, block.from, block.to)
    : hoursName(calendar, gpu, hour, hour + 1);
  return { title, detail: detailOf(calendar, choice, now), blocked: true };
}

function detailOf(calendar: Calendar, choice: Choice, now: number): string {
  switch (choice.kind) {
    case "book": {
      const rate = calendar.gpus[choice.gpu]?.rate;
      return rate ? `Free, ${priceText(rate)} an hour. ${limitsText(calendar.view.limits)}.` : "Free";
    }
    case "own":
      return `Yours${startText(calendar, choice.block, now)}`;
    case "others":
      return `${choice.block.person}’s`;
    case "refused":
      return refusedText(calendar, choice);
    case "nothing":
      return "";
  }
}
