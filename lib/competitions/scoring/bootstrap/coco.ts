import { type CocoScore, cocoMatches, cocoThresholds, type ImageBoxes, sampledPrecision } from "../boxes";
import { at, descending, sum } from "../numbers";
import type { ResampledMetric } from "./resample";

/**
 * Of one of COCO's figures over images (`cocoPerClass`, `cocoMean`): an image drawn twice is two images beside each other.
 * What each detection finds lies within its image, so that it is matched once for all resamples.
 */
export function byCoco(
  images: readonly ImageBoxes[],
  classes: number,
  figure: keyof CocoScore,
): ResampledMetric {
  const ofClasses = Array.from({ length: classes }, (_, label) =>
    classOf(
      images.map(({ truth, detections }) => ({
        truth: truth.filter((box) => box.label === label),
        detections: detections.filter((box) => box.label === label),
      })),
      figure,
    ),
  );
  return (counts) => {
    const values = ofClasses.map((one) => one(counts)).filter((value) => value !== null);
    return values.length === 0 ? null : sum(values) / values.length;
  };
}

const wanted: Readonly<Record<keyof CocoScore, readonly number[]>> = {
  ap: cocoThresholds.map((_, index) => index),
  ar100: cocoThresholds.map((_, index) => index),
  ap50: [cocoThresholds.indexOf(0.5)],
  ap75: [cocoThresholds.indexOf(0.75)],
};

/** Detections of one image and one confidence, which stay together whatever is drawn. */
interface Run {
  readonly image: number;
  /** By threshold, for each of them whether it found a truth. */
  readonly hits: readonly (readonly boolean[])[];
}

/** Of images that have boxes of one class alone; undefined for a resample without truth. */
function classOf(images: readonly ImageBoxes[], figure: keyof CocoScore): ResampledMetric {
  const truths = images.map(({ truth }) => truth.length);
  const runs = runsOf(images, wanted[figure]);
  return (counts) => {
    const positives = truths.reduce((all, many, image) => all + many * at(counts, image), 0);
    if (positives === 0) return null;
    const detections = runs.reduce(
      (all, { image, hits }) => all + at(counts, image) * (hits[0]?.length ?? 0),
      0,
    );
    const values = wanted[figure].map((_, index) => {
      const hits = hitsOf(runs, index, counts, detections);
      return figure === "ar100" ? sum(hits) / positives : sampledPrecision(hits, positives);
    });
    return sum(values) / values.length;
  };
}

function runsOf(images: readonly ImageBoxes[], thresholds: readonly number[]): Run[] {
  const matches = images.flatMap((boxes, image) => cocoMatches(boxes).map((match) => ({ ...match, image })));
  const runs: { image: number; confidence: number; hits: boolean[][] }[] = [];
  for (const place of descending(matches.map(({ confidence }) => confidence))) {
    const match = matches[place];
    if (match === undefined) continue;
    let run = runs.at(-1);
    if (run?.image !== match.image || run.confidence !== match.confidence) {
      run = { image: match.image, confidence: match.confidence, hits: thresholds.map(() => []) };
      runs.push(run);
    }
    for (const [index, threshold] of thresholds.entries())
      run.hits[index]?.push(match.hits[threshold] ?? false);
  }
  return runs;
}

/** By rank, whether each detection of the resample found a truth. */
function hitsOf(runs: readonly Run[], index: number, counts: Uint32Array, detections: number): Uint8Array {
  const hits = new Uint8Array(detections);
  let rank = 0;
  for (const run of runs) {
    const found = run.hits[index] ?? [];
    for (let copy = at(counts, run.image); copy > 0; copy--)
      for (const hit of found) hits[rank++] = hit ? 1 : 0;
  }
  return hits;
}
