/** Enough to compare by eye; more only where two neighbours need it. */
const usualDigits = 4;
/** What tells any two doubles between 0.1 and 1 apart. */
const mostDigits = 17;

/** A score in as few decimals as are usual; a value that was left undefined is a dash. */
export function scoreText(value: number | null | undefined, digits = usualDigits): string {
  if (value === null || value === undefined) return "–";
  return value.toFixed(digits).replace("-", "−");
}

/** How many decimals tell two different values apart, at least the usual ones. */
function digitsBetween(a: number, b: number): number {
  if (a === b) return usualDigits;
  for (let digits = usualDigits; digits < mostDigits; digits++)
    if (a.toFixed(digits) !== b.toFixed(digits)) return digits;
  return mostDigits;
}

/**
 * The decimals that each of a sorted list's scores needs so that nobody reads two different ones as equal; equal ones
 * look the same.
 */
export function digitsOf(sorted: readonly number[]): number[] {
  const between = sorted.slice(1).map((score, index) => digitsBetween(sorted[index] ?? score, score));
  const own = sorted.map((_, index) => Math.max(usualDigits, between[index - 1] ?? 0, between[index] ?? 0));
  // Equal neighbours share what either needs towards the rest.
  return own.map((_, index) => {
    let [first, last] = [index, index];
    while (first > 0 && sorted[first - 1] === sorted[index]) first--;
    while (last < sorted.length - 1 && sorted[last + 1] === sorted[index]) last++;
    return Math.max(...own.slice(first, last + 1));
  });
}

/** A double with all that it has, for hover and copy. */
export function exactScore(value: number): string {
  return String(value);
}
