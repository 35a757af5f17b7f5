import { expect, it } from "vitest";
import { Draws } from "./draws";

it("draws what the authors' own program draws from the same state", () => {
  const draws = new Draws([1, 2, 3, 4]);
  const wanted = [11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597];
  expect(wanted.map(() => draws.next())).toEqual(wanted);
});

it("is the same for the same text, and another for another", () => {
  const of = (text: string) => Array.from({ length: 8 }, () => Draws.of(text).next());
  expect(of("a")).toEqual(of("a"));
  expect(of("a")).not.toEqual(of("b"));
});

it.each([1, 2, 3, 5, 7, 64, 100])("draws each number below %i as often as any other", (end) => {
  const draws = Draws.of(`below ${end}`);
  const counts = new Array<number>(end).fill(0);
  const each = 2_000;
  for (let draw = 0; draw < each * end; draw++) {
    const place = draws.below(end);
    counts[place] = (counts[place] ?? Number.NaN) + 1;
  }
  const chiSquare = counts.reduce((sum, count) => sum + (count - each) ** 2 / each, 0);
  // Mean end - 1, variance twice that: five deviations.
  expect(chiSquare).toBeLessThan(end - 1 + 5 * Math.sqrt(2 * (end - 1)) + 1e-9);
});

it("reaches the whole of 32 bits", () => {
  const draws = Draws.of("wide");
  const drawn = Array.from({ length: 64 }, () => draws.below(2 ** 31));
  expect(Math.max(...drawn)).toBeGreaterThan(2 ** 30);
  expect(Math.min(...drawn)).toBeGreaterThanOrEqual(0);
});
