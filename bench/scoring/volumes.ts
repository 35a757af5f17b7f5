import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { maskMetrics } from "@/lib/competitions/scoring/manifest";
import { niftiFile } from "@/lib/competitions/scoring/testing/nifti-file";
import { type ZipEntry, zipFile } from "@/lib/competitions/scoring/testing/zip-file";
import { countOf } from "../support/stats";
import type { Random } from "./random";
import { type Inputs, writeEvaluation } from "./tables";

export type Shape = readonly [number, number, number];

/** @throws Error when it is not three whole numbers such as 240x240x155 */
export function shapeOf(text: string): Shape {
  const [x, y, z, ...more] = text.split("x").map((part) => countOf("shape", part));
  if (x === undefined || y === undefined || z === undefined || more.length > 0)
    throw new Error(`--shape ${text}: give three numbers, such as 240x240x155.`);
  return [x, y, z];
}

const spacing = [1, 1, 1.2] as const;

/** A tumour within its oedema, with a core: three labels, one within the other, as in BraTS. */
const radii = [0.17, 0.11, 0.06] as const;

/** A ball whose surface waves. */
interface Ball {
  readonly centre: Shape;
  /** In cells. */
  readonly radius: number;
  readonly phase: number;
}

/** Writes `1` to `3` for the labels; some cases lack the core in truth, prediction or both, as tumours do. */
export function writeMasks(inputs: Inputs, volumes: number, shape: Shape, random: Random): void {
  const masks = { labels: { 1: "oedema", 2: "tumour", 3: "core" }, nsdToleranceMm: [1] };
  writeEvaluation(inputs.evaluation, "masks", ["lesion"], maskMetrics, { masks });
  const folder = join(inputs.truth, "truth");
  mkdirSync(folder);
  const lines = ["id,split"];
  const entries: ZipEntry[] = [];
  for (let place = 0; place < volumes; place += 1) {
    const id = `case-${String(place).padStart(4, "0")}`;
    const [truth, prediction] = drawCase(shape, random);
    lines.push(`${id},${place % 3 === 0 ? "public" : "private"}`);
    writeFileSync(join(folder, `${id}.nii.gz`), packed(truth, shape));
    // Stored: it is compressed already.
    entries.push({ name: `${id}.nii.gz`, content: packed(prediction, shape), method: 0 });
  }
  writeFileSync(join(inputs.truth, "truth.csv"), `${lines.join("\n")}\n`);
  writeFileSync(inputs.submission, zipFile(entries));
}

function packed(voxels: Uint8Array, shape: Shape): Buffer {
  return gzipSync(niftiFile({ dim: [3, ...shape], spacing, voxels: Buffer.from(voxels.buffer) }), {
    level: 6,
  });
}

function drawCase(shape: Shape, random: Random): [truth: Uint8Array, prediction: Uint8Array] {
  const truth = new Uint8Array(shape[0] * shape[1] * shape[2]);
  const prediction = new Uint8Array(truth.length);
  const centre = aside([shape[0] / 2, shape[1] / 2, shape[2] / 2], Math.min(...shape) / 10, random);
  for (const [index, share] of radii.entries()) {
    const label = index + 1;
    const radius = share * Math.min(...shape) * (0.8 + 0.4 * random.next());
    const ball = { centre, radius, phase: random.next() * 6 };
    if (label < radii.length || random.next() < 0.9) fill(truth, shape, ball, label);
    const moved = { centre: aside(centre, radius / 10, random), radius, phase: random.next() * 6 };
    if (label < radii.length || random.next() < 0.9) fill(prediction, shape, moved, label);
  }
  return [truth, prediction];
}

function aside([x, y, z]: Shape, by: number, random: Random): Shape {
  return [x + by * random.bell(), y + by * random.bell(), z + by * random.bell()];
}

function fill(voxels: Uint8Array, [nx, ny, nz]: Shape, { centre, radius, phase }: Ball, label: number): void {
  const reach = Math.ceil(radius * 1.2);
  const from = (axis: 0 | 1 | 2) => Math.max(Math.floor(centre[axis]) - reach, 0);
  const to = (axis: 0 | 1 | 2, cells: number) => Math.min(Math.ceil(centre[axis]) + reach, cells);
  for (let z = from(2); z < to(2, nz); z += 1)
    for (let y = from(1); y < to(1, ny); y += 1)
      for (let x = from(0); x < to(0, nx); x += 1) {
        const waved = radius * (1 + 0.12 * Math.sin(phase + x / 5) * Math.sin(phase + y / 6 + z / 4));
        const [dx, dy, dz] = [x - centre[0], y - centre[1], z - centre[2]];
        if (dx * dx + dy * dy + dz * dz < waved * waved) voxels[(z * ny + y) * nx + x] = label;
      }
}
