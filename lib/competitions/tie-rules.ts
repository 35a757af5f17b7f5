import type { Ranking } from "./model";

/** What tells a row of a board from another of the same primary score: a metric, or with null who was first. */
export interface Tie {
  readonly metric: string | null;
  /** Of that metric; null where it is undefined. */
  readonly value: number | null;
}

interface Ranked {
  readonly tieBreak: readonly Ranking[];
}

const wordBytes = 8;
const signBit = 1n << 63n;
const allBits = (1n << 64n) - 1n;

function word(key: Uint8Array, index: number): bigint {
  return new DataView(key.buffer, key.byteOffset, key.byteLength).getBigUint64(index * wordBytes);
}

/** The way back from the bits of `orderKey`; null is what had no value. */
function doubleOf(bits: bigint, direction: Ranking["direction"]): number | null {
  if (bits === allBits) return null;
  const ascending = direction === "min" ? bits : ~bits & allBits;
  const raw = ascending >= signBit ? ascending & ~signBit : ~ascending & allBits;
  const view = new DataView(new ArrayBuffer(wordBytes));
  view.setBigUint64(0, raw);
  return view.getFloat64(0);
}

/**
 * For each of a board's neighbours, by their keys in its order, what tells it from those beside it that have the same
 * primary score; null for whoever stands alone with theirs.
 */
export function tiesOf({ tieBreak }: Ranked, keys: readonly Uint8Array[]): (Tie | null)[] {
  return keys.map((key, place) => {
    const beside = [keys[place - 1], keys[place + 1]].filter(
      (other) => other !== undefined && word(other, 0) === word(key, 0),
    );
    if (beside.length === 0) return null;
    const at = tieBreak.findIndex((_, index) =>
      beside.some((other) => other !== undefined && word(other, index + 1) !== word(key, index + 1)),
    );
    const ranking = tieBreak[at];
    if (ranking === undefined) return { metric: null, value: null };
    return { metric: ranking.metric, value: doubleOf(word(key, at + 1), ranking.direction) };
  });
}
