import { cut, type Region, type Triple, type Volume, valueAt } from "./volume";

/** The left one is for training, the right one, mirrored, for testing. */
export type Side = "left" | "right";

/** Half a head, the middle of the body at its last sagittal plane, whichever side it is. */
export interface Hemisphere {
  readonly side: Side;
  /** Brightness, from 0 to 255. */
  readonly image: Volume;
  /** 0, or 1 and up: a place among the structures, counted from 1. */
  readonly labels: Volume;
}

/** A structure by its name here and its number in the AAL atlas: the left one's, the right one's is the next. */
export interface Structure {
  readonly name: string;
  readonly aalLeft: number;
}

/** The middle plane, which belongs to neither half, as a place on the first axis. */
const middle = 90;

/**
 * Divides a head along its middle. No voxel is in both halves; the right one is mirrored onto the left one's place, so
 * that both look alike and neither tells which it is.
 */
export function hemisphere(
  side: Side,
  { head, atlas }: { head: Volume; atlas: Volume },
  structures: readonly Structure[],
): Hemisphere {
  const whole: Region = { from: [0, 0, 0], to: [middle, head.shape[1], head.shape[2]] };
  const there = (x: number) => (side === "left" ? x : 2 * middle - x);
  const labelOf = new Map(
    structures.map(({ aalLeft }, index) => [side === "left" ? aalLeft : aalLeft + 1, index + 1]),
  );
  return {
    side,
    image: cut(head, whole, (x, y, z) => valueAt(head, there(x), y, z)),
    labels: cut(atlas, whole, (x, y, z) => labelOf.get(valueAt(atlas, there(x), y, z)) ?? 0),
  };
}

/** Slabs of equal thickness along an axis, from one end of a region to the other. */
export function slabsOf({ from, to }: Region, axis: 0 | 1 | 2, thickness: number): Region[] {
  const slabs: Region[] = [];
  for (let start = from[axis]; start + thickness <= to[axis]; start += thickness)
    slabs.push({ from: replaced(from, axis, start), to: replaced(to, axis, start + thickness) });
  return slabs;
}

function replaced(triple: Triple, axis: 0 | 1 | 2, value: number): Triple {
  return [axis === 0 ? value : triple[0], axis === 1 ? value : triple[1], axis === 2 ? value : triple[2]];
}

/** Every third slab is public, so that both splits go through the whole brain. */
export function splitOf(slab: number): "public" | "private" {
  return slab % 3 === 0 ? "public" : "private";
}
