import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { rankingCurve } from "./curves";
import { averagePrecision, rocAuc } from "./probabilities";
import { evaluationBy, scoreInMemory } from "./testing/tables";

const rows = fc.array(fc.tuple(fc.constantFrom(0, 1), fc.integer({ min: 0, max: 20 })), { maxLength: 80 });

describe("a curve", () => {
  it("of few scores is exact: its areas are the metrics", () => {
    fc.assert(
      fc.property(rows, (pairs) => {
        const [truth, scores] = [pairs.map(([y]) => y), pairs.map(([, s]) => s)];
        const curve = rankingCurve(truth, scores);
        const auc = rocAuc(truth, scores);
        if (curve === null) {
          expect(auc).toBeNull();
          return;
        }
        const { positives, negatives, points } = curve;
        let [area, precision] = [0, 0];
        for (const [index, [alarms, hits]] of points.entries()) {
          const [alarmsBefore, hitsBefore] = points[index - 1] ?? [0, 0];
          area += ((alarms - alarmsBefore) * (hits + hitsBefore)) / 2;
          if (hits > hitsBefore) precision += ((hits - hitsBefore) / positives) * (hits / (hits + alarms));
        }
        expect(points[0]).toEqual([0, 0]);
        expect(points.at(-1)).toEqual([negatives, positives]);
        expect(area / (positives * negatives)).toBeCloseTo(auc ?? Number.NaN, 12);
        expect(precision).toBeCloseTo(averagePrecision(truth, scores) ?? Number.NaN, 12);
      }),
    );
  });

  it("of many scores keeps at most 200 of its points, none far from the next", () => {
    const count = 30_000;
    const truth = Array.from({ length: count }, (_, n) => ((n * 7919) % 100 < 5 ? 1 : 0));
    const scores = truth.map((y, n) => ((n * 104_729) % 10_007) / 10_007 + y / 3);
    const curve = rankingCurve(truth, scores);
    const { positives = 0, negatives = 0, points = [] } = curve ?? {};
    expect(points.length).toBeLessThanOrEqual(200);
    expect(points.length).toBeGreaterThan(150);
    expect([points[0], points.at(-1)]).toEqual([
      [0, 0],
      [negatives, positives],
    ]);
    for (const [index, [alarms, hits]] of points.entries()) {
      const [alarmsBefore, hitsBefore] = points[index - 1] ?? [0, 0];
      expect((alarms - alarmsBefore) / negatives + (hits - hitsBefore) / positives).toBeLessThan(0.025);
    }
  });
});

it("is in the report of probabilities, by class and split, and in no other", async () => {
  const truth = { "truth.csv": "id,label,split\n1,a,public\n2,b,public\n3,b,private\n" };
  const binary = await scoreInMemory({
    evaluation: evaluationBy("binary_probability", ["a", "b"], ["roc_auc"]),
    truth,
    submission: "id,probability\n1,0.5\n2,0.5\n3,1\n",
  });
  const tied = {
    positives: 1,
    negatives: 1,
    points: [
      [0, 0],
      [1, 1],
    ],
  };
  expect(binary.explanation?.public?.curves).toEqual({ b: tied });
  expect(binary.explanation?.private?.curves).toEqual({});
  const several = await scoreInMemory({
    evaluation: evaluationBy("multiclass_probability", ["a", "b", "c"], ["log_loss"]),
    truth,
    submission: "id,p_a,p_b,p_c\n1,1,0,0\n2,0,1,0\n3,0,1,0\n",
  });
  const right = {
    positives: 1,
    negatives: 1,
    points: [
      [0, 0],
      [0, 1],
      [1, 1],
    ],
  };
  expect(several.explanation?.public?.curves).toEqual({ a: right, b: right });
  const labels = await scoreInMemory({
    evaluation: evaluationBy("labels", ["a", "b"], ["accuracy"]),
    truth,
    submission: "id,prediction\n1,a\n2,b\n3,b\n",
  });
  expect(labels.explanation?.public).not.toHaveProperty("curves");
});
