import { createHash } from "node:crypto";
import { encode } from "fast-png";
import { componentsOf, type PixelBox } from "./components";
import { type FolderContent, jsonFile, licenceFile, table, textFile } from "./content";
import { type Hemisphere, hemisphere, type Side, type Structure, splitOf } from "./hemispheres";
import { pictureOfBoxes } from "./pictures";
import type { Slice } from "./slice";
import { type Volume, valueAt } from "./volume";

const structures: readonly Structure[] = [
  { name: "caudate", aalLeft: 71 },
  { name: "hippocampus", aalLeft: 37 },
  { name: "insula", aalLeft: 29 },
  { name: "putamen", aalLeft: 73 },
  { name: "thalamus", aalLeft: 77 },
];

/** Axial planes, from below the structures to above them; slabs of six go to one split together. */
const planes = { from: 32, to: 104, perSlab: 6 } as const;
/** Smaller pieces are the atlas's crumbs, in pixels. */
const leastPixels = 20;

const evaluation = {
  schema: "medforge/evaluation@1",
  task: "boxes",
  classes: structures.map(({ name }) => name),
  metrics: ["coco_ap50", "coco_ap", "rsna_map"],
  primary: { metric: "coco_ap50", direction: "max" },
  tieBreak: [{ metric: "coco_ap", direction: "max" }],
};

const competition = {
  schema: "medforge/competition@1",
  slug: "brain-slices",
  title: "Structures in slices of a brain",
  summary: "Find caudate, hippocampus, insula, putamen and thalamus in slices of a magnetic resonance image",
  source: "Colin 27 (Holmes 1998) and the AAL atlas (Tzourio-Mazoyer 2002), from Debian's mricron-data",
  licence: "BSD-3-Clause (as Debian's mricron-data states)",
  limits: { daily: 20 },
};

/** A detection of boxes: slices of the left half of a head to learn from, of the mirrored right half to search. */
export function brainSlices(volumes: { head: Volume; atlas: Volume }): FolderContent {
  const train = slicesOf(hemisphere("left", volumes, structures));
  const test = slicesOf(hemisphere("right", volumes, structures));
  const content: FolderContent = new Map([
    jsonFile("competition.json", competition),
    jsonFile("evaluation.json", evaluation),
    textFile("description.md", "brain-slices.md"),
    textFile("rules.md", "rules.md"),
    licenceFile,
    ["picture.png", pictureOfBoxes(train, structures)],
  ]);
  for (const { id, width, height, pixels } of [...train, ...test])
    content.set(`public/images/${id}.png`, encode({ width, height, channels: 1, depth: 8, data: pixels }));
  content.set("public/train_images.csv", table("image_id,width,height", train.map(sizeRow)));
  content.set("public/train_boxes.csv", table(boxHeader, train.flatMap(boxRows)));
  content.set("public/test_images.csv", table("image_id,width,height", test.map(sizeRow)));
  content.set(
    "private/truth_images.csv",
    table(
      "image_id,split",
      test.map(({ id, slab }) => [id, splitOf(slab)]),
    ),
  );
  content.set("private/truth_boxes.csv", table(boxHeader, test.flatMap(boxRows)));
  const middle = test.map(({ id }) => [id, "thalamus", 0.5, 30, 72, 30, 72]);
  content.set("public/sample_submission.csv", table(detectionHeader, middle));
  content.set("private/baseline_submission.csv", table(detectionHeader, meanBoxes(train, test)));
  return content;
}

const boxHeader = "image_id,label,x,y,width,height";
const detectionHeader = "image_id,label,confidence,x,y,width,height";

const sizeRow = ({ id, width, height }: Slice) => [id, width, height];
const boxRows = ({ id, boxes }: Slice) =>
  boxes.map(({ label, x, y, width, height }) => [id, label, x, y, width, height]);

/** By id, which tells nothing of where a slice lies. */
function slicesOf(half: Hemisphere): Slice[] {
  const all: Slice[] = [];
  for (let z = planes.from; z < planes.to; z += 1) all.push(sliceOf(half, z));
  return all.sort((a, b) => (a.id < b.id ? -1 : 1));
}

function sliceOf({ side, image, labels }: Hemisphere, z: number): Slice {
  const [width, height] = image.shape;
  const pieces = componentsOf(pixelsOf(labels, z), width).filter(({ pixels }) => pixels >= leastPixels);
  return {
    id: idOf(side, z),
    slab: Math.floor((z - planes.from) / planes.perSlab),
    width,
    height,
    pixels: pixelsOf(image, z),
    boxes: pieces.map(({ label, box }) => ({ label: structures[label - 1]?.name ?? "", ...box })),
  };
}

function idOf(side: Side, z: number): string {
  return `slice-${createHash("sha256").update(`brain-slices/1/${side}/${z}`).digest("hex").slice(0, 8)}`;
}

/** A plane as people look at it: the forehead above. */
function pixelsOf(volume: Volume, z: number): Uint8Array {
  const [width, height] = volume.shape;
  return Uint8Array.from({ length: width * height }, (_, place) =>
    valueAt(volume, place % width, height - 1 - Math.floor(place / width), z),
  );
}

/** Every class's mean box of the training images on each image, as sure as the class is common in training. */
function meanBoxes(train: readonly Slice[], test: readonly Slice[]): (string | number)[][] {
  const means = structures.map(({ name }) => {
    const boxes = train.flatMap((slice) => slice.boxes.filter(({ label }) => label === name));
    const mean = (key: keyof PixelBox) =>
      rounded(boxes.reduce((sum, box) => sum + box[key], 0) / boxes.length);
    const having = train.filter((slice) => slice.boxes.some(({ label }) => label === name)).length;
    return [name, rounded(having / train.length), mean("x"), mean("y"), mean("width"), mean("height")];
  });
  return test.flatMap(({ id }) => means.map((row) => [id, ...row]));
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
