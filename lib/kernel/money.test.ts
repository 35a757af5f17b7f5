import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { amountInput, amountText, micros, microsOf, textOf } from "./money";

const amounts = fc.bigInt({ min: -(10n ** 18n) + 1n, max: 10n ** 18n - 1n }).map(micros);

describe("money as text", () => {
  it("reads back every amount that it writes, to the millionth", () => {
    fc.assert(
      fc.property(amounts, (amount) => {
        expect(microsOf(textOf(amount))).toBe(amount);
        expect(amountText.safeParse(textOf(amount)).success).toBe(true);
      }),
    );
  });

  it.each([
    ["0", 0n],
    ["12.5", 12_500_000n],
    ["0.34", 340_000n],
    ["-1.000001", -1_000_001n],
    ["999999999999.999999", 999_999_999_999_999_999n],
  ])("%s is %s millionths, and is written so", (text, count) => {
    expect(microsOf(text)).toBe(count);
    expect(textOf(micros(count))).toBe(text);
  });

  it("takes zeros behind the point, and writes none", () => expect(textOf(microsOf("2.500"))).toBe("2.5"));

  it.each(["", "1.", ".5", "01", "1e3", "+1", "1,5", "1.0000001", "1000000000000", " 1", "1\n", "NaN", "٣"])(
    "takes %j for no amount",
    (text) => expect(() => microsOf(text)).toThrow(RangeError),
  );

  it.each(["-1", "1000000000", "1\n", 12.5])("takes %j from nobody", (given) => {
    expect(amountInput.safeParse(given).success).toBe(false);
  });
});
