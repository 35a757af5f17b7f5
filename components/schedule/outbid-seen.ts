import { slotInputOf, type Week } from "./week";

/** A slot's name that stays when GPUs or hours are numbered anew. */
function nameOf(week: Week, index: number): string {
  const { gpuId, slot } = slotInputOf(week, index);
  return `${gpuId} ${slot}`;
}

function outbidSlots({ slots }: Week): number[] {
  return [...slots.keys()].filter((index) => slots[index]?.look === "outbid");
}

/** Where somebody was outbid and has not looked since. */
export function unseenIn(week: Week, seen: ReadonlySet<string>): number[] {
  return outbidSlots(week).filter((index) => !seen.has(nameOf(week, index)));
}

/** All where somebody is outbid, as names to be kept. */
export function outbidNames(week: Week): string[] {
  return outbidSlots(week).map((index) => nameOf(week, index));
}

/** What stays of the names kept: whoever leads again and loses again is to be told again. */
export function stillOutbid(week: Week, seen: ReadonlySet<string>): ReadonlySet<string> {
  const there = new Set(outbidNames(week));
  const stays = [...seen].filter((name) => there.has(name));
  return stays.length === seen.size ? seen : new Set(stays);
}
