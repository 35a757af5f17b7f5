import { hourMs } from "@/lib/fleet/rules";
import type { ScheduledGpu, SlotInput, StartView } from "@/lib/schedule/model";

/**
 * What an hour is to whoever looks: nobody's; somebody else's; mine; lost, where I bid and somebody else leads; or out of
 * reach, of which nothing can be had.
 */
export type Look = "nobody" | "others" | "mine" | "outbid" | "closed";

/** What a cell of the calendar shows; one object for each content, so that what stays the same is the same. */
export interface CellFace {
  readonly look: Look;
  /** In a few characters, always in sight. */
  readonly figure: string | null;
  /** Whose it is, where there is room. */
  readonly name: string | null;
  /** In the name's place where there is none. */
  readonly initial: string | null;
  /** For who doesn't see it; undefined where the row's and the column's names say enough. */
  readonly label: string | undefined;
  /** It is one with the hour before it. */
  readonly joined: boolean;
  /** A session of the reader's starts by itself as it begins. */
  readonly starts: boolean;
}

/** Consecutive hours of GPUs as their reader sees them, numbered hour by hour: `hour * gpus.length + gpu`. */
export interface HourTable<Face extends CellFace = CellFace> {
  readonly gpus: readonly ScheduledGpu[];
  /** Why nothing starts on a GPU now, or no more of it is sold; null while all is well. */
  readonly troubles: readonly (string | null)[];
  /** When the first hour begins, in ms. */
  readonly firstMs: number;
  readonly slots: readonly Face[];
}

/** When an hour of a GPU begins, in ms. */
export function beginsAt({ firstMs, gpus }: Pick<HourTable, "firstMs" | "gpus">, index: number): number {
  return firstMs + Math.floor(index / gpus.length) * hourMs;
}

/** The number of an hour of a GPU; null where it isn't shown. */
export function slotNumber({ gpus, firstMs, slots }: HourTable, { gpuId, slot }: SlotInput): number | null {
  const gpu = gpus.findIndex(({ id }) => id === gpuId);
  const hour = (Date.parse(slot) - firstMs) / hourMs;
  const index = hour * gpus.length + gpu;
  return gpu >= 0 && Number.isInteger(hour) && slots[index] !== undefined ? index : null;
}

/** The numbers of the reader's own hours in which a session starts by itself. */
export function startNumbers(table: HourTable, starts: readonly StartView[]): ReadonlySet<number | null> {
  return new Set(starts.map((start) => (start.rests ? null : slotNumber(table, start))));
}

/** Said of such an hour. */
export const startsText = "a session starts by itself";

/** "GPU 3", with its server where there are several. */
export function gpuName({ gpus }: Pick<HourTable, "gpus">, gpu: number): string {
  const it = gpus[gpu];
  const several = new Set(gpus.map(({ node }) => node)).size > 1;
  return several ? `GPU ${it?.index} on ${it?.node}` : `GPU ${it?.index}`;
}

/** Why nothing starts on a GPU that is out of service. */
export function serviceTrouble({ state }: Pick<ScheduledGpu, "state">): string | null {
  if (state === "available") return null;
  return state === "draining" ? "Being taken out of service" : "Out of service";
}

/** Prices and names add up over days; none of them is needed for long. */
const mostKnown = 20_000;

/** Gives one object for each content: what it was given before in its place, where there was any. */
export function oneOfEach<Face extends object>(): (face: Face) => Face {
  const known = new Map<string, Face>();
  return (face) => {
    const key = JSON.stringify(face);
    const same = known.get(key);
    if (same) return same;
    if (known.size >= mostKnown) known.clear();
    known.set(key, face);
    return face;
  };
}
