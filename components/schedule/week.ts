import { hourMs } from "@/lib/fleet/rules";
import type { GridView, ScheduledGpu, SlotState } from "@/lib/schedule/model";
import {
  bidOn,
  type Outcome,
  releaseOn,
  type SlotFacts,
  phaseOf as slotPhaseOf,
  takeOn,
  undoOn,
} from "@/lib/schedule/slot-rules";

/** How far a week's bidding is: it runs, it is over and being settled, or what was won is posted. */
export type Phase = "bidding" | "settling" | "settled";

/** @param now ms, by the lab's clock */
export function phaseOf({ status, closesAt }: Pick<GridView, "status" | "closesAt">, now: number): Phase {
  if (status !== "open") return "settled";
  return now < Date.parse(closesAt) ? "bidding" : "settling";
}

/**
 * What a slot is to whoever looks: nobody's; led or held by somebody else; mine, leading or won; lost, where I bid and
 * somebody else leads.
 */
export type Look = "nobody" | "others" | "mine" | "outbid";

export interface Slot {
  readonly look: Look;
  readonly state: SlotState;
  /** Whole credits; 0 while nobody has it. */
  readonly price: number;
  readonly person: string | null;
}

/** One object for each content there is, so that what stays the same is the same from answer to answer. */
const known = new Map<string, Slot>();
/** Prices and names add up over days; none of them is needed for long. */
const mostKnown = 20_000;

function slotOf(slot: Slot): Slot {
  const key = `${slot.look} ${slot.state} ${slot.price} ${slot.person ?? ""}`;
  const same = known.get(key);
  if (same) return same;
  if (known.size >= mostKnown) known.clear();
  known.set(key, slot);
  return slot;
}

const empty: Slot = slotOf({ look: "nobody", state: "empty", price: 0, person: null });

/** A week as its reader sees it. Slots are numbered hour by hour: `hour * gpus.length + gpu`. */
export interface Week {
  readonly view: GridView;
  readonly gpus: readonly ScheduledGpu[];
  /** When its first hour begins, in ms. */
  readonly firstMs: number;
  readonly slots: readonly Slot[];
}

export function weekOf(view: GridView, username: string): Week {
  const { gpus, people, hours } = view;
  const slots = Array<Slot>(hours.count * gpus.length).fill(empty);
  const bidding = view.status === "open";
  const outbid = new Set(view.outbid.map(([gpu, hour]) => hour * gpus.length + gpu));
  for (const [gpu, hour, price, person, state] of view.cells) {
    const index = hour * gpus.length + gpu;
    const name = person === null ? null : (people[person] ?? null);
    const look = lookOf(name, username, bidding && outbid.has(index));
    slots[index] = slotOf({ state, price, person: name, look });
  }
  return { view, gpus, firstMs: Date.parse(hours.first), slots };
}

function lookOf(person: string | null, username: string, outbid: boolean): Look {
  if (person === username) return "mine";
  if (person === null) return "nobody";
  return outbid ? "outbid" : "others";
}

/** When a slot begins, in ms. */
export function beginsAt({ firstMs, gpus }: Week, index: number): number {
  return firstMs + Math.floor(index / gpus.length) * hourMs;
}

export function slotInputOf(week: Week, index: number): { gpuId: string; slot: string } {
  const gpu = week.gpus[index % week.gpus.length];
  return { gpuId: gpu?.id ?? "", slot: new Date(beginsAt(week, index)).toISOString() };
}

/** The number of a slot; null where the week has none of that GPU and instant. */
export function slotNumber({ gpus, firstMs, slots }: Week, gpuId: string, slot: string): number | null {
  const gpu = gpus.findIndex(({ id }) => id === gpuId);
  const hour = (Date.parse(slot) - firstMs) / hourMs;
  const index = hour * gpus.length + gpu;
  return gpu >= 0 && Number.isInteger(hour) && slots[index] !== undefined ? index : null;
}

/** "GPU 3", with its server where there are several. */
export function gpuName(week: Week, gpu: number): string {
  const it = week.gpus[gpu];
  const several = new Set(week.gpus.map(({ node }) => node)).size > 1;
  return several ? `GPU ${it?.index} on ${it?.node}` : `GPU ${it?.index}`;
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
  if (week.gpus[index % week.gpus.length]?.mode !== "auction") return null;
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
