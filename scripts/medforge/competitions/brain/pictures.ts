import { required } from "@/lib/kernel/assert";
import { Canvas, classColours, type Rgb } from "../canvas";
import type { Hemisphere, Structure } from "./hemispheres";
import type { Slice } from "./slice";
import { type Region, valueAt } from "./volume";

const black: Rgb = [0, 0, 0];
const grey = (value: number): Rgb => [value, value, value];
const colourOf = (label: number): Rgb => classColours[label - 1] ?? [255, 255, 255];

/**
 * A coronal slice through the middle of what is to be outlined: the half to learn from with its labels over it, and its
 * mirror image without.
 */
export function pictureOfMasks({ image, labels }: Hemisphere, { from, to }: Region): Uint8Array {
  const canvas = new Canvas(black);
  const y = Math.round((from[1] + to[1]) / 2);
  const scale = (to[2] - from[2] + 16) / canvas.height;
  const [width] = image.shape;
  const left = width - (scale * canvas.width) / 2;
  for (let py = 0; py < canvas.height; py += 1)
    for (let px = 0; px < canvas.width; px += 1) {
      const [at, z] = [Math.floor(left + scale * px), Math.floor(to[2] + 8 - scale * py)];
      const x = mirrored(at, width);
      if (x < 0 || z < 0 || z >= image.shape[2]) continue;
      canvas.mix(px, py, grey(valueAt(image, x, y, z)), 1);
      const label = x === at ? valueAt(labels, x, y, z) : 0;
      if (label > 0) canvas.mix(px, py, colourOf(label), 0.55);
    }
  return canvas.png();
}

/** Beyond the half that there is, its mirror image. */
function mirrored(x: number, width: number): number {
  return x < width ? x : 2 * width - 1 - x;
}

/** The training slice with most to find: the half with its boxes, and its mirror image without. */
export function pictureOfBoxes(slices: readonly Slice[], structures: readonly Structure[]): Uint8Array {
  const [slice] = [...slices].sort((a, b) => b.boxes.length - a.boxes.length || (a.id < b.id ? -1 : 1));
  const { width, height, pixels, boxes } = required(slice, "a slice to draw");
  const canvas = new Canvas(black);
  const scale = (height * 0.6) / canvas.height;
  const [left, top] = [width - (scale * canvas.width) / 2, height * 0.2];
  for (let py = 0; py < canvas.height; py += 1)
    for (let px = 0; px < canvas.width; px += 1) {
      const [x, y] = [mirrored(Math.floor(left + scale * px), width), Math.floor(top + scale * py)];
      if (x >= 0) canvas.mix(px, py, grey(pixels[x + width * y] ?? 0), 1);
    }
  const at = (x: number, y: number) => [(x - left) / scale, (y - top) / scale] as const;
  for (const box of boxes) {
    const label = structures.findIndex(({ name }) => name === box.label) + 1;
    canvas.frame(at(box.x, box.y), at(box.x + box.width, box.y + box.height), 3, colourOf(label));
  }
  return canvas.png();
}
