import type { GridView, ScheduledGpu, SlotState, StartView } from "@/lib/schedule/model";
import {
  bidOn,
  gpuRefusal,
  type Outcome,
  releaseOn,
  type SlotFacts,
  phaseOf as slotPhaseOf,
  takeOn,
  undoOn,
} from "@/lib/schedule/slot-rules";
import {
  beginsAt,
  type CellFace,
  type HourTable,
  type Look,
  oneOfEach,
  serviceTrouble,
  startNumbers,
  startsText,
} from "./hour-table";

/** How far a week's bidding is: it runs, it is over and being settled, or what was won is posted. */
export type Phase = "bidding" | "settling" | "settled";

/** @param now ms, by the lab's clock */
export function phaseOf({ status, closesAt }: Pick<GridView, "status" | "closesAt">, now: number): Phase {
  if (status !== "open") return "settled";
  return now < Date.parse(closesAt) ? "bidding" : "settling";
}

/** Whether its last hour is. One is final before, where the bidding on the next was closed early. @param now ms, by the lab's clock */
export function isOver({ endsAt }: Pick<GridView, "endsAt">, now: number): boolean {
  return now >= Date.parse(endsAt);
}

export interface Slot extends CellFace {
  readonly state: SlotState;
  /** Whole credits; 0 while nobody has it. */
  readonly price: number;
  readonly person: string | null;
}

const known = oneOfEach<Slot>();

type SlotContent = Pick<Slot, "look" | "state" | "price" | "person" | "starts">;

function slotOf({ look, state, price, person, starts }: SlotContent): Slot {
  const name = look === "mine" ? "you" : person;
  const more = look === "outbid" ? ", you were outbid" : starts ? `, ${startsText}` : "";
  return known({
    look,
    state,
    price,
    person,
    figure: person === null ? null : String(price),
    name,
    initial: null,
    // Cells that nobody has are blank to a screen reader, too: rows and columns say the rest.
    label: person === null ? undefined : `${price} ${name}${more}`,
    joined: false,
    starts,
  });
}

const empty: Slot = slotOf({ look: "nobody", state: "empty", price: 0, person: null, starts: false });

/** A week as its reader sees it. */
export interface Week extends HourTable<Slot> {
  readonly view: GridView;
}

/** @param planned what starts by itself */
export function weekOf(view: GridView, username: string, planned: readonly StartView[] = []): Week {
  const { gpus, people, hours } = view;
  const slots = Array<Slot>(hours.count * gpus.length).fill(empty);
  const week = { view, gpus, troubles: gpus.map(troubleOf), firstMs: Date.parse(hours.first), slots };
  const starting = startNumbers(week, planned);
  const bidding = view.status === "open";
  const outbid = new Set(view.outbid.map(([gpu, hour]) => hour * gpus.length + gpu));
  for (const [gpu, hour, price, person, state] of view.cells) {
    const index = hour * gpus.length + gpu;
    const name = person === null ? null : (people[person] ?? null);
    const look = lookOf(name, username, bidding && outbid.has(index));
    slots[index] = slotOf({ state, price, person: name, look, starts: starting.has(index) });
  }
  return week;
}

function lookOf(person: string | null, username: string, outbid: boolean): Look {
  if (person === username) return "mine";
  if (person === null) return "nobody";
  return outbid ? "outbid" : "others";
}

function troubleOf(gpu: ScheduledGpu): string | null {
  return gpu.mode === "auction" ? serviceTrouble(gpu) : "No longer auctioned: what is sold stays";
}

export function slotInputOf(week: Week, index: number): { gpuId: string; slot: string } {
  const gpu = week.gpus[index % week.gpus.length];
  return { gpuId: gpu?.id ?? "", slot: new Date(beginsAt(week, index)).toISOString() };
}

/** When the reader's hours without a gap from one of theirs on end, in ms; null where they reach the week's last. */
export function ownRunEnd(week: Week, index: number): number | null {
  const { slots, gpus } = week;
  let at = index;
  while (slots[at]?.look === "mine") at += gpus.length;
  return slots[at] ? beginsAt(week, at) : null;
}

export const verbs = ["bid", "undo", "release", "take"] as const;
export type Verb = (typeof verbs)[number];

/** Whoever looks, and whoever else has a slot: the rules ask no more of them. */
const [me, another] = [1, 2];

function factsOf({ look, state, price, person }: Slot): SlotFacts {
  const userId = look === "mine" ? me : person === null ? null : another;
  return { state, userId, price, n: price };
}

const allowed = (outcome: Outcome) => "slot" in outcome;

/** What the rules need of a week. */
type WeekTimes = Parameters<typeof slotPhaseOf>[1];

const timesOf = ({ view }: Week): WeekTimes => ({ status: view.status, closesAt: new Date(view.closesAt) });

/**
 * What can be done with a slot now; null for nothing.
 * @param now ms, by the lab's clock
 */
export function verbFor(week: Week, index: number, now: number, times = timesOf(week)): Verb | null {
  const slot = week.slots[index];
  if (!slot) return null;
  const facts = factsOf(slot);
  const phase = slotPhaseOf(new Date(beginsAt(week, index)), times, new Date(now));
  if (allowed(undoOn(facts, me, phase))) return "undo";
  if (allowed(releaseOn(facts, me, phase))) return "release";
  const gpu = week.gpus[index % week.gpus.length];
  if (!gpu || gpuRefusal(gpu, phase)) return null;
  if (allowed(bidOn(facts, me, phase))) return "bid";
  return allowed(takeOn(facts, me, phase)) ? "take" : null;
}

export interface Terms {
  /** Whole credits for taking a slot that nobody holds. */
  readonly takePrice: number;
}

/** What of a selection can be done, and what it costs in whole credits. */
export interface Plan {
  readonly bid: { readonly slots: readonly number[]; readonly cost: number };
  readonly undo: { readonly slots: readonly number[]; readonly back: number };
  readonly release: { readonly slots: readonly number[] };
  readonly take: { readonly slots: readonly number[]; readonly cost: number };
  /** With which nothing can be done. */
  readonly rest: number;
}

export function planOf(week: Week, selected: Iterable<number>, now: number, { takePrice }: Terms): Plan {
  const of: Record<Verb, number[]> = { bid: [], undo: [], release: [], take: [] };
  let rest = 0;
  // Once for all: a drag asks for thousands with every frame.
  const times = timesOf(week);
  for (const index of selected) {
    const verb = verbFor(week, index, now, times);
    if (verb === null) rest++;
    else of[verb].push(index);
  }
  const priceOf = (slots: number[], more: number) =>
    slots.reduce((sum, index) => sum + (week.slots[index]?.price ?? 0) + more, 0);
  return {
    bid: { slots: of.bid, cost: priceOf(of.bid, 1) },
    undo: { slots: of.undo, back: priceOf(of.undo, 0) },
    release: { slots: of.release },
    take: { slots: of.take, cost: of.take.length * takePrice },
    rest,
  };
}
