import { describe, expect, it } from "vitest";
import { csv, evaluationBy, scoreInMemory } from "./testing/tables";

/** All metrics of the public split by name; what to compare to came from scikit-learn, or can be counted by hand. */
async function valuesOf(evaluation: object, truth: Record<string, string>, submission: string) {
  const { splits } = await scoreInMemory({ evaluation, truth, submission });
  return Object.fromEntries([...(splits.public ?? [])].map(([name, { value }]) => [name, value]));
}

function expectClose(
  actual: Readonly<Record<string, number | null>>,
  wanted: Readonly<Record<string, number>>,
) {
  expect(Object.keys(actual)).toEqual(Object.keys(wanted));
  for (const [name, value] of Object.entries(wanted))
    expect(actual[name], `${name} is ${actual[name]}`).toBeCloseTo(value, 12);
}

it("labels, with a class that is only predicted", async () => {
  const classes = ["A", "B", "C", "D"];
  const confusion = [
    [11, 2, 3, 2],
    [2, 11, 4, 1],
    [3, 1, 17, 3],
  ];
  const pairs = confusion.flatMap((counts, t) =>
    counts.flatMap((count, p) => Array.from({ length: count }, () => [classes[t] ?? "", classes[p] ?? ""])),
  );
  const wanted = {
    accuracy: 0.65,
    balanced_accuracy: 0.6435185185185186,
    macro_f1: 0.5107230392156863,
    weighted_f1: 0.6837009803921569,
    mcc: 0.4986359368654616,
    cohen_kappa: 0.4927536231884059,
    quadratic_weighted_kappa: 0.43137254901960786,
  };
  const actual = await valuesOf(
    evaluationBy("labels", classes, Object.keys(wanted), { ordinal: true }),
    {
      "truth.csv": csv(
        "id,label",
        pairs.map(([t = ""], row) => [row, t]),
      ),
    },
    csv(
      "id,prediction",
      pairs.map(([, p = ""], row) => [row, p]),
    ),
  );
  expectClose(actual, wanted);
});

describe("probabilities that are certain and wrong", () => {
  const truth = [1, 0, 1, 0, 1, 0];
  const scores = [0, 1, 1, 0, 0.5, 0.25];
  const tables = {
    "truth.csv": csv(
      "id,label",
      truth.map((label, row) => [row, label]),
    ),
  };

  it("of one column", async () => {
    const wanted = {
      roc_auc: 0.5555555555555556,
      average_precision: 0.5555555555555556,
      log_loss: 11.676530273377216,
      brier: 0.3854166666666667,
    };
    const actual = await valuesOf(
      evaluationBy("binary_probability", ["0", "1"], Object.keys(wanted)),
      tables,
      csv(
        "id,probability",
        scores.map((p, row) => [row, p]),
      ),
    );
    expectClose(actual, wanted);
  });

  it("of a column for each class, which clips another side", async () => {
    const wanted = { log_loss: 11.676397007138851, brier_multiclass: 2 * 0.3854166666666667 };
    const actual = await valuesOf(
      evaluationBy("multiclass_probability", ["0", "1"], Object.keys(wanted)),
      tables,
      csv(
        "id,p_0,p_1",
        scores.map((p, row) => [row, 1 - p, p]),
      ),
    );
    expectClose(actual, wanted);
  });
});

describe("boxes", () => {
  const all = ["rsna_map", "rsna_map_inclusive", "coco_ap", "coco_ap50", "coco_ap75", "coco_ar100"];
  type Row = readonly (string | number)[];
  const scoresOf = (images: readonly string[], truth: readonly Row[], found: readonly Row[]) =>
    valuesOf(
      evaluationBy("boxes", ["cell"], all),
      {
        "truth_images.csv": csv(
          "image_id",
          images.map((id) => [id]),
        ),
        "truth_boxes.csv": csv(
          "image_id,x,y,width,height,label",
          truth.map((row) => [...row, "cell"]),
        ),
      },
      csv(
        "image_id,x,y,width,height,confidence,label",
        found.map((row) => [...row, "cell"]),
      ),
    );

  it("whose overlap is just the threshold hit it in COCO and not in RSNA", async () => {
    const truth = ["i", "j"].map((image) => [image, 0, 0, 10, 10]);
    const found = [
      ["i", 0, 0, 10, 5, 0.9],
      ["j", 0, 0, 6, 10, 0.9],
    ];
    expectClose(await scoresOf(["i", "j"], truth, found), {
      rsna_map: (2 / 8 + 4 / 8) / 2,
      rsna_map_inclusive: (3 / 8 + 5 / 8) / 2,
      // At 0.5 both hit; at 0.55 and 0.6 the second alone, from which on precision is 1/2 up to a recall of 1/2.
      coco_ap: (1 + (2 * 51) / 101 / 2) / 10,
      coco_ap50: 1,
      coco_ap75: 0,
      coco_ar100: (1 + 2 / 2) / 10,
    });
  });

  it("count where there should be none, and are missed where there are none; nothing and nothing is left out", async () => {
    const box = [5, 5, 20, 20];
    const actual = await scoresOf(
      ["neither", "found", "missed", "both"],
      [
        ["missed", ...box],
        ["both", ...box],
      ],
      [
        ["found", ...box, 0.4],
        ["both", ...box, 0.4],
      ],
    );
    expectClose(actual, {
      rsna_map: 1 / 3,
      rsna_map_inclusive: 1 / 3,
      coco_ap: 51 / 101 / 2,
      coco_ap50: 51 / 101 / 2,
      coco_ap75: 51 / 101 / 2,
      coco_ar100: 1 / 2,
    });
  });

  it("that are alike share one truth, which the more confident takes", async () => {
    const box = [5, 5, 20, 20];
    const twice = [
      ["i", ...box, 0.9],
      ["i", ...box, 0.8],
    ];
    expectClose(await scoresOf(["i"], [["i", ...box]], twice), {
      rsna_map: 1 / 2,
      rsna_map_inclusive: 1 / 2,
      coco_ap: 1,
      coco_ap50: 1,
      coco_ap75: 1,
      coco_ar100: 1,
    });
  });

  it("that reach a recall of 7/20 just miss COCO's 36th, 35 times 0.01 in doubles, as in pycocotools 2.0.11", async () => {
    const truth = Array.from({ length: 20 }, (_, n) => ["i", 20 * n, 0, 10, 10]);
    const { coco_ap } = await scoresOf(
      ["i"],
      truth,
      truth.slice(0, 7).map((row) => [...row, 0.9]),
    );
    expect(coco_ap).toBeCloseTo(35 / 101, 12);
  });
});
