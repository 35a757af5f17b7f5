/** Draws that a seed fixes: the same inputs on every machine. */
export interface Random {
  /** From 0 to below 1. */
  next(): number;
  /** A whole number from 0 to below `end`. */
  below(end: number): number;
  /** Of mean 0 and deviation 1, nearly normal. */
  bell(): number;
}

/** Mulberry32 (Tommy Ettinger, public domain): 32 bits of state, which inputs of a benchmark need no more of. */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    next,
    below: (end) => Math.floor(next() * end),
    // Irwin and Hall: four uniform draws have a variance of 4/12.
    bell: () => (next() + next() + next() + next() - 2) * Math.sqrt(3),
  };
}

/** In an order by chance. */
export function shuffled<T>(values: readonly T[], random: Random): T[] {
  const order = values.map((value) => ({ value, key: random.next() }));
  return order.sort((a, b) => a.key - b.key).map(({ value }) => value);
}
