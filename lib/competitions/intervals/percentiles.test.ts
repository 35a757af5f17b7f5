import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { intervalsOf } from "./percentiles";
import { packReplicates, unpackReplicates } from "./replicates";

const numbers = (count: number, of: (n: number) => number) =>
  Float64Array.from({ length: count }, (_, n) => of(n));

describe("intervals", () => {
  it("are the 25th values from either end of a thousand", () => {
    const values = numbers(1000, (n) => ((n * 7919) % 1000) + 1);
    const [only] = intervalsOf([values], "max");
    expect(only).toEqual({ score: [25, 976], rank: [1, 1], replicates: 1000, leftOut: 0 });
  });

  it("of ranks compare the same resample, and not the intervals of scores", () => {
    // The second is always a little worse than the first, however much both swing.
    const first = numbers(200, (n) => (n * 37) % 101);
    const second = first.map((score) => score - 0.5);
    const [one, two] = intervalsOf([first, second], "max");
    expect(one?.rank).toEqual([1, 1]);
    expect(two?.rank).toEqual([2, 2]);
    const [worse, better] = intervalsOf([first, second], "min");
    expect([worse?.rank, better?.rank]).toEqual([
      [2, 2],
      [1, 1],
    ]);
  });

  it("of equals are the places that they share", () => {
    const same = numbers(100, (n) => n);
    const worse = same.map((score) => score - 0.5);
    expect(intervalsOf([same, same, same, worse], "max").map((one) => one?.rank)).toEqual([
      [1, 3],
      [1, 3],
      [1, 3],
      [4, 4],
    ]);
  });

  it("leave out and count what is undefined, of which others are ahead", () => {
    const half = numbers(200, (n) => (n % 2 === 0 ? Number.NaN : 2));
    const [known, unknown] = intervalsOf([numbers(200, () => 1), half], "max");
    expect(unknown).toEqual({ score: [2, 2], rank: [1, 1], replicates: 100, leftOut: 100 });
    expect(known).toEqual({ score: [1, 1], rank: [1, 2], replicates: 200, leftOut: 0 });
    expect(intervalsOf([numbers(200, (n) => (n < 38 ? n : Number.NaN))], "max")).toEqual([null]);
    expect(intervalsOf([numbers(200, (n) => (n < 39 ? n : Number.NaN))], "max")[0]?.score).toEqual([0, 38]);
    expect(intervalsOf([], "max")).toEqual([]);
  });
});

it("replicates are kept to the last bit", () => {
  const value = fc.option(fc.double({ noNaN: true }));
  fc.assert(
    fc.property(fc.array(value), (values) => {
      const unpacked = [...unpackReplicates(packReplicates(values))];
      expect(unpacked.length).toBe(values.length);
      for (const [index, one] of values.entries()) expect(unpacked[index]).toBe(one ?? Number.NaN);
    }),
  );
  expect(packReplicates([0.1]).toString("hex")).toBe("9a9999999999b93f");
});
