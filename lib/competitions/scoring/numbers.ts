/** The number at a place that there is. @throws Error beyond the end */
export function at(values: ArrayLike<number>, index: number): number {
  const value = values[index];
  if (value === undefined) throw new RangeError(`No value ${index} of ${values.length}.`);
  return value;
}

/** From left to right in doubles: every score adds in the same order, so that it comes out the same to the last bit. */
export function sum(values: ArrayLike<number>): number {
  let total = 0;
  for (let index = 0; index < values.length; index++) total += at(values, index);
  return total;
}

/** Places of `values` from the highest to the lowest, equal ones in their order. */
export function descending(values: ArrayLike<number>): Uint32Array {
  const order = new Uint32Array(values.length);
  for (let index = 0; index < order.length; index++) order[index] = index;
  return order.sort((a, b) => at(values, b) - at(values, a) || a - b);
}

/** By multiplying, which IEEE 754 rounds in one way only; how a power is rounded is the engine's affair. */
export function squared(value: number): number {
  return value * value;
}
