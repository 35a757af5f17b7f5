import { at, descending, sum } from "./numbers";

/** From x to x + width and y to y + height, half open; `label` is a place among the declared classes. */
export interface Box {
  readonly label: number;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Detection extends Box {
  readonly confidence: number;
}

/** One image; detections in the order of the file. */
export interface ImageBoxes {
  readonly truth: readonly Box[];
  readonly detections: readonly Detection[];
}

// Divided and never added up: so 0.55 is the double that an IoU of 55/100 comes to.
const rsnaThresholds = [40, 45, 50, 55, 60, 65, 70, 75].map((percent) => percent / 100);
export const cocoThresholds = [50, 55, 60, 65, 70, 75, 80, 85, 90, 95].map((percent) => percent / 100);
/** By numpy's `linspace`, which multiplies: 7/20 lies below the 36th of these, and the scores of pycocotools show it. */
const cocoRecalls = Array.from({ length: 101 }, (_, k) => (k === 100 ? 1 : k * 0.01));
const cocoDetections = 100;

/** Intersection over union; boxes that only touch have none. */
function iou(a: Box, b: Box): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  if (width <= 0 || height <= 0) return 0;
  const inter = width * height;
  return inter / (a.width * a.height + b.width * b.height - inter);
}

/** Places of detections, the most confident first, equal ones in the order of the file. */
function byConfidence(detections: readonly Detection[]): Uint32Array {
  return descending(detections.map(({ confidence }) => confidence));
}

/**
 * The score of one image in RSNA's pneumonia challenge (Kaggle 2018): the mean of TP / (TP + FP + FN) over IoU
 * thresholds 0.4, 0.45 … 0.75. Each detection, by confidence, takes the free truth of its class with the highest IoU
 * (of several the first) if that hits; classes are pooled. Null without truth and detections: such an image is left out
 * of the mean. Truth or detections alone are 0.
 * @param inclusive whether an IoU of just the threshold hits: Kaggle's text says "greater than", the kernel that was
 * copied most (chenyc15) has "or equal".
 */
export function rsnaScore({ truth, detections }: ImageBoxes, inclusive: boolean): number | null {
  if (truth.length === 0 && detections.length === 0) return null;
  const takenAt = rsnaThresholds.map(() => new Uint8Array(truth.length));
  const hits = rsnaThresholds.map(() => 0);
  for (const place of byConfidence(detections)) {
    const overlaps = overlapsOf(detections[place], truth);
    for (const [index, threshold] of rsnaThresholds.entries()) {
      const taken = takenAt[index] ?? new Uint8Array();
      const best = firstBest(overlaps, taken);
      if (best === null || !(best.iou > threshold || (inclusive && best.iou === threshold))) continue;
      taken[best.truth] = 1;
      hits[index] = at(hits, index) + 1;
    }
  }
  return sum(hits.map((hit) => hit / (truth.length + detections.length - hit))) / rsnaThresholds.length;
}

interface Overlap {
  /** A place among an image's truth. */
  readonly truth: number;
  readonly iou: number;
}

/** With each truth of its class that it touches. */
function overlapsOf(detection: Detection | undefined, truth: readonly Box[]): Overlap[] {
  if (detection === undefined) return [];
  return truth
    .map((box, index) => ({ truth: index, iou: box.label === detection.label ? iou(detection, box) : 0 }))
    .filter((overlap) => overlap.iou > 0);
}

function firstBest(overlaps: readonly Overlap[], taken: Uint8Array): Overlap | null {
  let best: Overlap | null = null;
  for (const overlap of overlaps)
    if (at(taken, overlap.truth) === 0 && (best === null || overlap.iou > best.iou)) best = overlap;
  return best;
}

/** COCO's figures, each from 0 to 1. */
export interface CocoScore {
  /** Mean of the average precisions at IoU 0.5, 0.55 … 0.95. */
  readonly ap: number;
  readonly ap50: number;
  readonly ap75: number;
  /** Mean over the same thresholds of the recall that at most 100 detections an image reach. */
  readonly ar100: number;
}

/**
 * COCO's figures of each class, as pycocotools' `COCOeval` has them for boxes of all sizes, 100 detections an image and
 * no crowds; null for a class without truth. Images in the order in which ties between them are broken.
 */
export function cocoPerClass(images: readonly ImageBoxes[], classes: number): (CocoScore | null)[] {
  return Array.from({ length: classes }, (_, label) =>
    cocoOfClass(
      images.map(({ truth, detections }) => ({
        truth: truth.filter((box) => box.label === label),
        detections: detections.filter((box) => box.label === label),
      })),
    ),
  );
}

/** Means over the classes that have truth; null if none has. */
export function cocoMean(perClass: readonly (CocoScore | null)[]): CocoScore | null {
  const scores = perClass.filter((score) => score !== null);
  if (scores.length === 0) return null;
  const mean = (key: keyof CocoScore) => sum(scores.map((score) => score[key])) / scores.length;
  return { ap: mean("ap"), ap50: mean("ap50"), ap75: mean("ap75"), ar100: mean("ar100") };
}

/** Of images that have boxes of one class alone. */
function cocoOfClass(images: readonly ImageBoxes[]): CocoScore | null {
  const positives = sum(images.map(({ truth }) => truth.length));
  if (positives === 0) return null;
  const matches = images.flatMap(cocoMatches);
  const order = descending(matches.map(({ confidence }) => confidence));
  const curves = cocoThresholds.map((_, index) => {
    const hits = new Uint8Array(order.length);
    for (const [rank, place] of order.entries()) hits[rank] = matches[place]?.hits[index] ? 1 : 0;
    return { precision: sampledPrecision(hits, positives), recall: sum(hits) / positives };
  });
  const precisions = curves.map(({ precision }) => precision);
  return {
    ap: sum(precisions) / curves.length,
    ap50: at(precisions, cocoThresholds.indexOf(0.5)),
    ap75: at(precisions, cocoThresholds.indexOf(0.75)),
    ar100: sum(curves.map(({ recall }) => recall)) / curves.length,
  };
}

export interface Match {
  readonly confidence: number;
  /** By threshold, whether it found a truth. */
  readonly hits: readonly boolean[];
}

/** The most confident detections of one image, each with what it found. */
export function cocoMatches({ truth, detections }: ImageBoxes): Match[] {
  const takenAt = cocoThresholds.map(() => new Uint8Array(truth.length));
  return Array.from(byConfidence(detections).subarray(0, cocoDetections), (place) => {
    const overlaps = overlapsOf(detections[place], truth);
    const hits = cocoThresholds.map((threshold, index) => {
      const taken = takenAt[index] ?? new Uint8Array();
      const best = lastBest(overlaps, taken, Math.min(threshold, 1 - 1e-10));
      if (best === null) return false;
      taken[best.truth] = 1;
      return true;
    });
    return { confidence: detections[place]?.confidence ?? 0, hits };
  });
}

/** Of equal ones the later, as pycocotools' loop comes to take it. */
function lastBest(overlaps: readonly Overlap[], taken: Uint8Array, least: number): Overlap | null {
  let best: Overlap | null = null;
  for (const overlap of overlaps)
    if (at(taken, overlap.truth) === 0 && overlap.iou >= (best?.iou ?? least)) best = overlap;
  return best;
}

/**
 * The mean of precision at COCO's 101 recalls, where precision at a recall is the highest at that or any later rank, and
 * 0 beyond the last recall reached.
 * @param hits by rank
 */
export function sampledPrecision(hits: Uint8Array, positives: number): number {
  const recalls = new Float64Array(hits.length);
  const precisions = new Float64Array(hits.length);
  let found = 0;
  for (const [rank, hit] of hits.entries()) {
    found += hit;
    recalls[rank] = found / positives;
    precisions[rank] = found / (rank + 1);
  }
  for (let rank = hits.length - 2; rank >= 0; rank--)
    precisions[rank] = Math.max(at(precisions, rank), at(precisions, rank + 1));
  let rank = 0;
  let total = 0;
  for (const recall of cocoRecalls) {
    while (rank < hits.length && at(recalls, rank) < recall) rank += 1;
    if (rank === hits.length) break;
    total += at(precisions, rank);
  }
  return total / cocoRecalls.length;
}
