import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { averagePrecision, rocAuc } from "./probabilities";
import type { TaskScores } from "./task";
import { csv, evaluationBy, scoreInMemory } from "./testing/tables";

/** Each run scores whole files, so a few do. */
const runs = { numRuns: 30 };
const classes = ["a", "b", "c"];
const place = fc.integer({ min: 0, max: 2 });
const split = fc.constantFrom("public", "private");
/** Few distinct values, so that there are ties. */
const score = fc.integer({ min: 0, max: 20 }).map((n) => n / 20);
const seed = fc.integer();

/** One order of many, the same for the same seed. */
function shuffled<T>(values: readonly T[], by: number): T[] {
  const keyed = values.map((value, index) => ({ value, key: Math.imul(index + 1, by | 1) ^ (by >>> 7) }));
  return keyed.sort((a, b) => a.key - b.key).map(({ value }) => value);
}

interface Trial {
  readonly evaluation: object;
  readonly header: string;
  readonly rows: (string | number)[][];
  readonly truth: Record<string, string>;
}

const metricsOf = ({ splits }: TaskScores) =>
  [splits.public, splits.private].map((metrics) => metrics && [...metrics]);

const scoresOf = async ({ evaluation, truth, header }: Trial, rows: Trial["rows"]) =>
  metricsOf(await scoreInMemory({ evaluation, truth, submission: csv(header, rows) }));

const labelTrial = fc.array(fc.tuple(place, place, split), { minLength: 1 }).map(
  (rows): Trial => ({
    evaluation: evaluationBy(
      "labels",
      classes,
      [
        ...["accuracy", "balanced_accuracy", "macro_f1", "weighted_f1", "mcc"],
        ...["cohen_kappa", "quadratic_weighted_kappa"],
      ],
      { ordinal: true },
    ),
    truth: truthOf(rows.map(([label, , of]) => [classes[label] ?? "", of])),
    header: "id,prediction",
    rows: rows.map(([, label], row) => [`r${row}`, classes[label] ?? ""]),
  }),
);

const binaryTrial = fc.array(fc.tuple(fc.constantFrom("no", "yes"), score, split), { minLength: 1 }).map(
  (rows): Trial => ({
    evaluation: evaluationBy(
      "binary_probability",
      ["no", "yes"],
      ["roc_auc", "average_precision", "log_loss", "brier"],
    ),
    truth: truthOf(rows.map(([label, , of]) => [label, of])),
    header: "id,probability",
    rows: rows.map(([, p], row) => [`r${row}`, p]),
  }),
);

const multiclassTrial = fc.array(fc.tuple(place, score, score, split), { minLength: 1 }).map(
  (rows): Trial => ({
    evaluation: evaluationBy("multiclass_probability", classes, [
      "roc_auc_ovr_macro",
      "log_loss",
      "brier_multiclass",
      "accuracy_argmax",
      "macro_f1_argmax",
    ]),
    truth: truthOf(rows.map(([label, , , of]) => [classes[label] ?? "", of])),
    header: "id,p_a,p_b,p_c",
    rows: rows.map(([, p, q], row) => [`r${row}`, p, (1 - p) * q, (1 - p) * (1 - q)]),
  }),
);

const side = fc.integer({ min: 1, max: 40 });
const corner = fc.integer({ min: 0, max: 60 });
const box = fc.tuple(place, corner, corner, side, side);
const boxTrial = fc
  .array(fc.tuple(split, fc.array(box, { maxLength: 5 }), fc.array(box, { maxLength: 6 })), { minLength: 1 })
  .map((images): Trial => {
    const rowsOf = (boxes: (typeof images)[number][1], image: number) =>
      boxes.map(([label, ...rest]) => [`i${image}`, classes[label] ?? "", ...rest]);
    return {
      evaluation: evaluationBy("boxes", classes, [
        ...["rsna_map", "rsna_map_inclusive", "coco_ap", "coco_ap50", "coco_ap75", "coco_ar100"],
      ]),
      truth: {
        "truth_images.csv": csv(
          "image_id,split",
          images.map(([of], image) => [`i${image}`, of]),
        ),
        "truth_boxes.csv": csv(
          "image_id,label,x,y,width,height",
          images.flatMap(([, truth], image) => rowsOf(truth, image)),
        ),
      },
      header: "confidence,image_id,label,x,y,width,height",
      // No two alike: between equal ones the order of the file decides.
      rows: images
        .flatMap(([, , found], image) => rowsOf(found, image))
        .map((row, index) => [((index * 37) % 101) + index / 1000, ...row]),
    };
  });

function truthOf(rows: readonly (readonly [label: string, split: string])[]): Record<string, string> {
  return {
    "truth.csv": csv(
      "id,label,split",
      rows.map(([label, of], row) => [`r${row}`, label, of]),
    ),
  };
}

const trials = [
  ["labels", labelTrial],
  ["binary probabilities", binaryTrial],
  ["probabilities of classes", multiclassTrial],
  ["boxes", boxTrial],
] as const;

describe.each(trials)("scores of %s", (_, arbitrary) => {
  it("are the same to the last bit whatever the order of the rows", async () => {
    await fc.assert(
      fc.asyncProperty(arbitrary, seed, async (trial, by) => {
        expect(await scoresOf(trial, shuffled(trial.rows, by))).toEqual(await scoresOf(trial, trial.rows));
      }),
      runs,
    );
  });

  it("are finite numbers, or undefined for a reason", async () => {
    await fc.assert(
      fc.asyncProperty(arbitrary, async (trial) => {
        for (const metrics of await scoresOf(trial, trial.rows))
          for (const [, value] of metrics ?? [])
            if (value.value === null) expect(value.reason).not.toBe("");
            else expect(value.value).toSatisfy(Number.isFinite);
      }),
      runs,
    );
  });

  it("of one split do not depend on the other", async () => {
    await fc.assert(
      fc.asyncProperty(arbitrary, async (trial) => {
        const [both] = await scoresOf(trial, trial.rows);
        const [alone] = await scoresOf(...withoutPrivate(trial));
        expect(alone).toEqual(both);
      }),
      runs,
    );
  });
});

// Of boxes a second one like the first is no mistake but a false positive.
describe.each(trials.slice(0, 3))("scores of %s", (_, arbitrary) => {
  it("are refused to duplicated rows", async () => {
    await fc.assert(
      fc.asyncProperty(arbitrary, seed, async (trial, by) => {
        const [again = []] = shuffled(trial.rows, by);
        const rows = shuffled([...trial.rows, again], by);
        await expect(scoresOf(trial, rows)).rejects.toMatchObject({ rule: "duplicate-id" });
      }),
      runs,
    );
  });
});

/** The same competition, had it never had private cases; where it has no others it stays as it is. */
function withoutPrivate(trial: Trial): [Trial, Trial["rows"]] {
  const tables = Object.entries(trial.truth);
  const listed = tables.flatMap(([, text]) => text.split("\n")).filter((line) => line.endsWith(",public"));
  const ids = new Set(listed.map((line) => line.split(",")[0]));
  if (ids.size === 0) return [trial, trial.rows];
  const keep = (line: string, index: number) => index === 0 || line === "" || ids.has(line.split(",")[0]);
  const truth = tables.map(([name, text]) => [name, text.split("\n").filter(keep).join("\n")]);
  const isKept = (row: Trial["rows"][number]) => row.some((cell) => ids.has(String(cell)));
  return [{ ...trial, truth: Object.fromEntries(truth) }, trial.rows.filter(isKept)];
}

describe("ranks", () => {
  const rows = fc.array(fc.tuple(fc.constantFrom(0, 1), score), { minLength: 1, maxLength: 60 });

  it("give the area that counting all pairs gives", () => {
    fc.assert(
      fc.property(rows, (pairs) => {
        const [positive, negative] = [1, 0].map((kind) =>
          pairs.filter(([y]) => y === kind).map(([, s]) => s),
        );
        const wins = (positive ?? []).flatMap((p) =>
          (negative ?? []).map((n) => Number(p > n) + Number(p === n) / 2),
        );
        const wanted = wins.length === 0 ? null : wins.reduce((a, b) => a + b, 0) / wins.length;
        expect(
          rocAuc(
            pairs.map(([y]) => y),
            pairs.map(([, s]) => s),
          ),
        ).toBe(wanted);
      }),
    );
  });

  it("give the precision that counting at each threshold gives", () => {
    fc.assert(
      fc.property(rows, (pairs) => {
        const positives = pairs.filter(([y]) => y === 1).length;
        const thresholds = [...new Set(pairs.map(([, s]) => s))].sort((a, b) => b - a);
        let [total, before] = [0, 0];
        for (const threshold of thresholds) {
          const found = pairs.filter(([, s]) => s >= threshold);
          const hits = found.filter(([y]) => y === 1).length;
          total += ((hits - before) / positives) * (hits / found.length);
          before = hits;
        }
        const actual = averagePrecision(
          pairs.map(([y]) => y),
          pairs.map(([, s]) => s),
        );
        if (positives === 0) expect(actual).toBeNull();
        else expect(actual).toBeCloseTo(total, 12);
      }),
    );
  });
});
