import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  binaryMetrics,
  boxMetrics,
  labelMetrics,
  maskMetrics,
  multiclassMetrics,
  parseEvaluation,
} from "../manifest";
import { placesIn } from "../places";
import { scoreFiles } from "../score";
import { niftiFile } from "../testing/nifti-file";
import { chunksOf, csv, evaluationBy, scoreInMemory } from "../testing/tables";
import { zipFile } from "../testing/zip-file";
import { Draws } from "./draws";
import { bootstrapFiles } from "./files";
import { bootstrap, replicateCount } from "./resample";
import { tableResampling } from "./tables";

const classes = ["a", "b", "c"];
const cases = 18;
const resamples = 25;

/** A case's lines in each file, under any id. */
interface Case {
  readonly truth: Readonly<Record<string, (id: string) => string[]>>;
  readonly submission: (id: string) => string[];
}

interface Family {
  readonly task: string;
  readonly classes: readonly string[];
  readonly metrics: readonly string[];
  readonly truthHeaders: Readonly<Record<string, string>>;
  readonly header: string;
  readonly make: (draws: Draws) => Case;
}

const split = (draws: Draws) => (draws.below(4) === 0 ? "private" : "public");
const tenths = (draws: Draws, end = 11) => draws.below(end) / 10;
const classIn = (draws: Draws) => classes[draws.below(3)] ?? "a";

function labelled(draws: Draws, label: string, submission: Case["submission"]): Case {
  const of = split(draws);
  return { truth: { "truth.csv": (id) => [`${id},${label},${of}`] }, submission };
}

const boxIn = (draws: Draws) =>
  [draws.below(20), draws.below(20), 10 + draws.below(10), 10 + draws.below(10)].join(",");

const labelHeaders = { "truth.csv": "id,label,split" };
const families: Family[] = [
  {
    ...{
      task: "labels",
      classes,
      metrics: labelMetrics,
      truthHeaders: labelHeaders,
      header: "id,prediction",
    },
    make(draws) {
      const guess = classIn(draws);
      return labelled(draws, draws.below(2) === 0 ? guess : classIn(draws), (id) => [`${id},${guess}`]);
    },
  },
  {
    ...{ task: "binary_probability", classes: ["no", "yes"], metrics: binaryMetrics },
    ...{ truthHeaders: labelHeaders, header: "id,probability" },
    make(draws) {
      const p = tenths(draws);
      return labelled(draws, tenths(draws) < p ? "yes" : "no", (id) => [`${id},${p}`]);
    },
  },
  {
    ...{ task: "multiclass_probability", classes, metrics: multiclassMetrics },
    ...{ truthHeaders: labelHeaders, header: "id,p_a,p_b,p_c" },
    make(draws) {
      const [p, q] = [tenths(draws), tenths(draws)];
      return labelled(draws, classIn(draws), (id) => [`${id},${p},${(1 - p) * q},${(1 - p) * (1 - q)}`]);
    },
  },
  {
    ...{ task: "boxes", classes, metrics: boxMetrics, header: "image_id,label,confidence,x,y,width,height" },
    truthHeaders: {
      "truth_images.csv": "image_id,split",
      "truth_boxes.csv": "image_id,label,x,y,width,height",
    },
    make(draws) {
      const of = split(draws);
      const truth = Array.from({ length: draws.below(4) }, () => `${classIn(draws)},${boxIn(draws)}`);
      // Few confidences: ties within an image and across images are what is hard.
      const found = Array.from({ length: draws.below(5) }, (_, index) => {
        const near = truth[index];
        return near !== undefined && draws.below(2) === 0
          ? near.replace(",", `,${tenths(draws, 3)},`)
          : `${classIn(draws)},${tenths(draws, 3)},${boxIn(draws)}`;
      });
      return {
        truth: {
          "truth_images.csv": (id) => [`${id},${of}`],
          "truth_boxes.csv": (id) => truth.map((box) => `${id},${box}`),
        },
        submission: (id) => found.map((box) => `${id},${box}`),
      };
    },
  },
];

/** The files of these cases, each as often as it is counted, copies beside each other. */
function filesOf({ truthHeaders, header }: Family, made: readonly Case[], counts: ArrayLike<number>) {
  const lines = (of: (one: Case) => (id: string) => string[]) =>
    made.flatMap((one, place) =>
      Array.from({ length: counts[place] ?? 0 }, (_, copy) => of(one)(`i${place}x${copy}`)).flat(),
    );
  const file = (first: string, rest: string[]) => [first, ...rest].map((line) => `${line}\n`).join("");
  const truth = Object.fromEntries(
    Object.entries(truthHeaders).map(([name, first]) => [
      name,
      file(
        first,
        lines((one) => one.truth[name] ?? (() => [])),
      ),
    ]),
  );
  return {
    truth,
    submission: file(
      header,
      lines(({ submission }) => submission),
    ),
  };
}

const every = families.flatMap((family) =>
  family.metrics.map((metric) => [`${family.task} ${metric}`, family, metric] as const),
);

describe.each(every)("%s", (name, family, metric) => {
  it("of a resample is what the engine makes of its cases written out", async () => {
    const draws = Draws.of(name);
    const made = Array.from({ length: cases }, () => family.make(draws));
    const evaluation = evaluationBy(family.task, family.classes, [metric], {
      ordinal: family.task === "labels",
    });
    const parsed = parseEvaluation(JSON.stringify(evaluation));
    if (parsed.task === "masks") throw new Error("Masks are no table.");
    const files = filesOf(family, made, new Array(cases).fill(1));
    const { cases: read, metricAt } = await tableResampling(parsed, {
      truth: (file) => chunksOf(files.truth[file] ?? ""),
      submission: () => chunksOf(files.submission),
    });
    const places = placesIn(read, "public");
    const value = metricAt(places);
    const once = await scoreInMemory({ evaluation, ...files });
    expect(value(new Uint32Array(places.length).fill(1))).toBe(once.splits.public?.get(metric)?.value);
    let different = 0;
    for (let resample = 0; resample < resamples; resample++) {
      const counts = new Uint32Array(places.length);
      // Few of the cases, so that a class or all boxes may be missing.
      const among = 1 + draws.below(places.length);
      for (let draw = 0; draw < places.length; draw++) {
        const place = draws.below(among);
        counts[place] = (counts[place] ?? 0) + 1;
      }
      const whole = new Array<number>(cases).fill(0);
      for (const [index, place] of places.entries()) whole[place] = counts[index] ?? 0;
      const { splits } = await scoreInMemory({ evaluation, ...filesOf(family, made, whole) });
      const wanted = splits.public?.get(metric)?.value ?? null;
      const actual = value(counts);
      if (wanted === null) expect(actual).toBeNull();
      else expect(actual).toBeCloseTo(wanted, 12);
      if (wanted !== once.splits.public?.get(metric)?.value) different += 1;
    }
    expect(different).toBeGreaterThan(0);
  });
});

describe("bootstrap", () => {
  it("draws as many cases as there are, each time, and the same for the same seed", () => {
    const seen: number[][] = [];
    const {
      cases: many,
      score,
      values,
    } = bootstrap(
      (counts) => {
        seen.push(Array.from(counts));
        return counts[0] === 0 ? null : (counts[0] ?? 0);
      },
      9,
      "seed",
    );
    expect(many).toBe(9);
    expect(score).toBe(1);
    expect(values).toHaveLength(1000);
    for (const counts of seen) expect(counts.reduce((a, b) => a + b, 0)).toBe(9);
    const draws = Draws.of("seed");
    for (const counts of seen.slice(0, 50)) {
      const naive = new Array<number>(9).fill(0);
      for (let draw = 0; draw < 9; draw++) {
        const place = draws.below(9);
        naive[place] = (naive[place] ?? 0) + 1;
      }
      expect(counts).toEqual(naive);
    }
    // (1 - 1/9)^9 of the resamples miss a case.
    expect(values.filter((value) => value === null).length / 1000).toBeCloseTo((8 / 9) ** 9, 1);
  });

  it("is made less often of more cases, within bounds", () => {
    expect([1, 20_000, 40_000, 200_000, 1_000_000].map(replicateCount)).toEqual([1000, 1000, 500, 100, 100]);
  });
});

describe("bootstrapFiles", () => {
  let dir: string;
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), "medforge-bootstrap-"));
  });
  afterAll(() => rmSync(dir, { recursive: true }));

  function folder(name: string, files: Readonly<Record<string, string | Buffer>>) {
    const root = join(dir, name);
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), content);
    }
    const at = (file: string) => join(root, file);
    return { evaluation: at("evaluation.json"), truth: at("truth"), submission: at("submission") };
  }

  const rows = Array.from({ length: 30 }, (_, n) => ({
    id: `r${n}`,
    label: n % 3 === 0 ? "yes" : "no",
    p: n / 30,
  }));
  const tables = (submitted: typeof rows) => ({
    "evaluation.json": JSON.stringify(evaluationBy("binary_probability", ["no", "yes"], ["roc_auc"])),
    "truth/truth.csv": csv(
      "id,label,split",
      rows.map(({ id, label }, n) => [id, label, n < 20 ? "public" : "private"]),
    ),
    submission: csv(
      "id,probability",
      submitted.map(({ id, p }) => [id, p]),
    ),
  });

  it("is the same to the last bit, again and for any order of the rows, and another on each split", async () => {
    const [once, again, permuted] = await Promise.all([
      bootstrapFiles(folder("once", tables(rows))),
      bootstrapFiles(folder("again", tables(rows))),
      bootstrapFiles(folder("permuted", tables(rows.toReversed()))),
    ]);
    expect(again).toEqual(once);
    expect(permuted.splits).toEqual(once.splits);
    expect(once.splits.private?.values).not.toEqual(once.splits.public?.values);
    const { primary, digests } = await scoreFiles(folder("once", tables(rows)));
    expect(once.digests).toEqual(digests);
    expect(once.splits.public?.score).toBe(primary.public);
    expect(once.splits.private?.score).toBe(primary.private);
  });

  it("of the public split says nothing of the private one's labels", async () => {
    const truth = (hidden: string) =>
      csv(
        "id,label,split",
        rows.map(({ id, label }, n) => (n < 20 ? [id, label, "public"] : [id, hidden, "private"])),
      );
    const [one, other] = await Promise.all(
      ["yes", "no"].map((hidden) =>
        bootstrapFiles(folder(`hidden-${hidden}`, { ...tables(rows), "truth/truth.csv": truth(hidden) })),
      ),
    );
    expect(one?.digests.truth).not.toBe(other?.digests.truth);
    expect(one?.splits.public).toEqual(other?.splits.public);
  });

  it("ranks a better submission higher on the very same cases", async () => {
    const sharper = rows.map((row) => ({ ...row, p: row.label === "yes" ? 0.9 : 0.1 }));
    const [worse, better] = await Promise.all([
      bootstrapFiles(folder("worse", tables(rows))),
      bootstrapFiles(folder("better", tables(sharper))),
    ]);
    const values = better.splits.public?.values ?? [];
    expect(values.every((value) => value === null || value === 1)).toBe(true);
    // Undefined where the resample has one class: on the same ones for both.
    expect(worse.splits.public?.values.map((value) => value === null)).toEqual(
      values.map((value) => value === null),
    );
  });

  it.each(maskMetrics)("of masks, %s, is the mean over the pairs of the cases drawn", async (metric) => {
    const evaluation = evaluationBy("masks", ["a", "b"], [metric], {
      masks: { labels: { 1: "a", 2: "b" }, nsdToleranceMm: [1] },
      primary: { metric, direction: metric.endsWith("_mm") ? "min" : "max" },
    });
    const draws = Draws.of("masks");
    const volume = (voxels: number[]) =>
      gzipSync(niftiFile({ dim: [3, 4, 3, 1], spacing: [1, 2, 1], voxels: Buffer.from(voxels) }));
    // Of every third case nothing is marked at all.
    const voxels = (n: number) => Array.from({ length: 12 }, () => (n % 3 === 0 ? 0 : draws.below(3)));
    const ids = Array.from({ length: 7 }, (_, n) => `m${n}`);
    const options = folder(metric, {
      "evaluation.json": JSON.stringify(evaluation),
      "truth/truth.csv": csv(
        "id",
        ids.map((id) => [id]),
      ),
      ...Object.fromEntries(ids.map((id, n) => [`truth/truth/${id}.nii.gz`, volume(voxels(n))])),
      submission: zipFile(ids.map((id, n) => ({ name: `${id}.nii.gz`, content: volume(voxels(n)) }))),
    });
    const { splits, digests } = await bootstrapFiles(options);
    const report = await scoreFiles(options);
    expect(splits.public?.score).toBe(report.primary.public);
    const key = metric === "mean_nsd" ? "nsd_1" : metric.slice("mean_".length);
    const pairs = ids.map((id) =>
      Object.values(report.cases[id] ?? {}).flatMap((value) => {
        if (value === null || typeof value !== "object") return [];
        const empty = value.truth_volume_mm3 === 0 && value.prediction_volume_mm3 === 0;
        return empty ? [] : [value[key] ?? Number.NaN];
      }),
    );
    const again = Draws.of(["medforge/bootstrap@2", digests.evaluation, "public"].join("\n"));
    for (const value of splits.public?.values.slice(0, resamples) ?? []) {
      const drawn = ids.flatMap(() => pairs[again.below(ids.length)] ?? []);
      if (drawn.length === 0) expect(value).toBeNull();
      else expect(value).toBeCloseTo(drawn.reduce((a, b) => a + b, 0) / drawn.length, 12);
    }
  });
});
