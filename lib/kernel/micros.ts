declare const unit: unique symbol;
/** An amount of one currency in whole millionths of its unit: 1.5 credits are 1,500,000. Never a float. */
export type Micros = bigint & { readonly [unit]: "micros" };

const decimals = 6;
const perUnit = 10n ** BigInt(decimals);
/** Twelve digits before the point: sums of a few such amounts still fit a BIGINT. */
const decimal = /^(-?)(0|[1-9]\d{0,11})(?:\.(\d{1,6}))?$/;

/** Whole millionths as they are counted in; for results of arithmetic, which TypeScript takes for plain bigints. */
export function micros(count: bigint): Micros {
  return count as Micros;
}

/**
 * The amount that a decimal such as `12.5` means.
 * @throws RangeError when it is none, has more than 6 places behind the point or more than 12 before it
 */
export function microsOf(text: string): Micros {
  const [, sign, whole, fraction = ""] = decimal.exec(text) ?? [];
  if (whole === undefined) throw new RangeError(`Not an amount of money: ${JSON.stringify(text)}.`);
  const count = BigInt(whole) * perUnit + BigInt(fraction.padEnd(decimals, "0"));
  return micros(sign === "-" ? -count : count);
}

/** The amount as the shortest decimal that means it: `12.5`, `0.34`, `-3`. */
export function textOf(amount: Micros): string {
  const size = amount < 0n ? -amount : amount;
  const fraction = String(size % perUnit)
    .padStart(decimals, "0")
    .replace(/0+$/, "");
  return `${amount < 0n ? "-" : ""}${size / perUnit}${fraction && `.${fraction}`}`;
}
