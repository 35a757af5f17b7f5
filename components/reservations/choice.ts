import { hourMs } from "@/lib/fleet/rules";
import type { Block, Calendar } from "./calendar";

/** A drag: slots from one to another, of which the other's GPU doesn't count. */
export interface Span {
  readonly anchor: number;
  readonly focus: number;
}

/** What kept a drag from going on as far as it was drawn. */
export type Stop =
  | { readonly by: "others"; readonly person: string }
  | { readonly by: "own" | "longest" | "limit" | "past" };

/** Hours of one GPU, the last not included. */
interface Hours {
  readonly gpu: number;
  readonly from: number;
  readonly to: number;
}

/** What is chosen in the calendar, and so what can be done. */
export type Choice =
  | { readonly kind: "nothing" }
  /** An hour that can't be had. */
  | { readonly kind: "refused"; readonly slot: number; readonly why: "past" | "closed" }
  | { readonly kind: "others"; readonly slot: number; readonly block: Block }
  | ({ readonly kind: "book"; readonly stop: Stop | null } & Hours)
  /** A reservation of one's own; `to` is where it would end, drawn on past its end. */
  | ({ readonly kind: "own"; readonly block: Block; readonly stop: Stop | null } & Hours);

const none: Choice = { kind: "nothing" };

/** The hour that runs, counted from the calendar's first; below 0 before it. @param now ms, by the lab's clock */
export function hourNow({ firstMs }: Calendar, now: number): number {
  return Math.floor((now - firstMs) / hourMs);
}

/**
 * What a drag means. Free hours are booked as far as they follow each other on the GPU where it began and one reservation
 * may go; from one's own it reaches on past its end.
 * @param now ms, by the lab's clock
 */
export function choiceOf(calendar: Calendar, span: Span | null, now: number): Choice {
  if (span === null || span.anchor >= calendar.slots.length) return none;
  const gpus = calendar.gpus.length;
  const [gpu, anchor, focus] = [
    span.anchor % gpus,
    Math.floor(span.anchor / gpus),
    Math.floor(span.focus / gpus),
  ];
  const block = calendar.blocks[span.anchor] ?? null;
  if (block?.reservationId === null) return { kind: "others", slot: span.anchor, block };
  if (block) {
    const { to, stop } = reachDown(calendar, block, focus, now);
    return { kind: "own", block, gpu, from: block.from, to, stop };
  }
  const why = obstacleAt(calendar, gpu, anchor, now);
  if (why !== null) return { kind: "refused", slot: span.anchor, why: why.by === "past" ? "past" : "closed" };
  const here = { gpu, from: anchor, to: anchor + 1 };
  if (focus >= anchor) return { kind: "book", gpu, from: anchor, ...reachDown(calendar, here, focus, now) };
  return { kind: "book", gpu, to: anchor + 1, ...reachUp(calendar, here, focus, now) };
}

/** Why an hour can't be had; null where it can. */
function obstacleAt(calendar: Calendar, gpu: number, hour: number, now: number): Stop | null {
  const slot = hour * calendar.gpus.length + gpu;
  const block = calendar.blocks[slot];
  if (block) return block.reservationId ? { by: "own" } : { by: "others", person: block.person };
  if (hour < hourNow(calendar, now)) return { by: "past" };
  return calendar.slots[slot]?.look === "nobody" ? null : { by: "limit" };
}

/** On to an hour, or to where that ends. */
function reachDown(calendar: Calendar, { gpu, from, to }: Hours, focus: number, now: number) {
  for (let end = to; end <= focus; end++) {
    const stop = stopAt(calendar, gpu, end, end - from, now);
    if (stop) return { to: end, stop };
  }
  return { to: Math.max(to, focus + 1), stop: null };
}

function reachUp(calendar: Calendar, { gpu, to }: Hours, focus: number, now: number) {
  for (let first = to - 1; first > focus; first--) {
    const stop = stopAt(calendar, gpu, first - 1, to - first, now);
    if (stop) return { from: first, stop };
  }
  return { from: focus, stop: null };
}

/** Why an hour can't be joined to so many; null where it can. */
function stopAt(calendar: Calendar, gpu: number, hour: number, hours: number, now: number): Stop | null {
  if (hours >= calendar.view.limits.maxHours) return { by: "longest" };
  return obstacleAt(calendar, gpu, hour, now);
}

/** The slots that are drawn as chosen. */
export function chosenSlots(choice: Choice, gpus: number): ReadonlySet<number> {
  if (choice.kind === "nothing") return new Set();
  if (choice.kind === "refused" || choice.kind === "others") return new Set([choice.slot]);
  const { gpu, from, to } = choice;
  return new Set(Array.from({ length: to - from }, (_, hour) => (from + hour) * gpus + gpu));
}

/** A tap: the first begins, one further on the same GPU goes on to there, any other begins anew; of a lone hour it lets go. */
export function tapped(calendar: Calendar, span: Span | null, slot: number, now: number): Span | null {
  const before = choiceOf(calendar, span, now);
  const gpus = calendar.gpus.length;
  const anew = { anchor: slot, focus: slot };
  if (span === null || slot % gpus !== span.anchor % gpus) return anew;
  const chosen = chosenSlots(before, gpus);
  if (chosen.has(slot)) return chosen.size === 1 || before.kind === "own" ? null : anew;
  const on = { anchor: span.anchor, focus: slot };
  return chosenSlots(choiceOf(calendar, on, now), gpus).has(slot) ? on : anew;
}

/** The hours of a choice that are not held already. */
export function newHours(choice: Choice): number {
  if (choice.kind === "book") return choice.to - choice.from;
  return choice.kind === "own" ? choice.to - choice.block.to : 0;
}
