import { describe, expect, it } from "vitest";
import { binsOf, isRightOrWrong, quantile, seriesOf, worstOf } from "./cases";

const words = { labels: { "1": "anterior" }, metrics: ["mean_dice", "mean_hd95_mm"] };

describe("seriesOf", () => {
  it("draws a series for each figure of each label, what ranks first, of one split alone", () => {
    const cases: Parameters<typeof seriesOf>[0] = [
      {
        id: "a",
        split: "public",
        values: { "1": { truth_volume_mm3: 1242, prediction_volume_mm3: 30, assd_mm: 1, dice: 0.5 } },
      },
      { id: "b", split: "public", values: { "1": { assd_mm: null, dice: 0.75 } } },
      { id: "c", split: "private", values: { "1": { assd_mm: 9, dice: 0.1 } } },
    ];
    expect(seriesOf(cases, "public", words)).toEqual([
      {
        key: "dice\n1",
        label: "Dice, anterior",
        direction: "max",
        values: [
          { id: "a", value: 0.5, volumes: { truthMm3: 1242, ownMm3: 30 } },
          { id: "b", value: 0.75 },
        ],
      },
      {
        key: "assd_mm\n1",
        label: "Average symmetric surface distance, anterior",
        direction: "min",
        values: [{ id: "a", value: 1, volumes: { truthMm3: 1242, ownMm3: 30 } }],
      },
    ]);
  });
});

describe("binsOf", () => {
  it.each([
    [[0.1, 0.2, 0.3]],
    [[0, 0, 0, 1]],
    [[5]],
    [[-3.2, 4.4, 12, 100]],
    [Array.from({ length: 500 }, (_, place) => Math.sin(place))],
    [[1e-15, 3e-15]],
  ])("puts each of %j into one bin of one width", (values) => {
    const bins = binsOf(values);
    expect(bins.reduce((sum, { count }) => sum + count, 0)).toBe(values.length);
    expect(bins[0]?.from).toBeLessThanOrEqual(Math.min(...values) + 1e-9);
    expect(bins.at(-1)?.to).toBeGreaterThanOrEqual(Math.max(...values) - 1e-9);
    expect(bins.length).toBeLessThanOrEqual(25);
  });

  it("has none of nothing", () => expect(binsOf([])).toEqual([]));
});

it("a quantile lies between its neighbours", () => {
  expect(quantile([1, 2, 3, 4], 0.5)).toBe(2.5);
  expect(quantile([1, 2, 3], 0.5)).toBe(2);
  expect(quantile([7], 0.25)).toBe(7);
});

it("the worst come first, whichever way is worse", () => {
  const values = [
    { id: "a", value: 1 },
    { id: "b", value: 3 },
    { id: "c", value: 2 },
  ];
  const ids = (direction: "max" | "min") =>
    worstOf({ key: "k", label: "l", direction, values }, 2).map(({ id }) => id);
  expect(ids("max")).toEqual(["a", "c"]);
  expect(ids("min")).toEqual(["b", "c"]);
});

it("right or wrong is what an accuracy is the mean of, not an overlap of none or all", () => {
  const of = (key: string, ...all: number[]) => ({
    key,
    label: "l",
    direction: "max" as const,
    values: all.map((value) => ({ id: String(value), value })),
  });
  expect(isRightOrWrong(of("accuracy", 0, 1, 1))).toBe(true);
  expect(isRightOrWrong(of("accuracy_argmax", 1))).toBe(true);
  expect(isRightOrWrong(of("dice\n1", 0, 1, 1))).toBe(false);
  expect(isRightOrWrong(of("accuracy"))).toBe(false);
});
