import { zipSync } from "fflate";
import { type FolderContent, jsonFile, licenceFile, table, textFile } from "./content";
import { ellipsoidsOf, labelBy } from "./ellipsoids";
import { hemisphere, type Structure, slabsOf, splitOf } from "./hemispheres";
import { niftiGz } from "./nifti-file";
import { pictureOfMasks } from "./pictures";
import { cut, type Region, type Volume, valueAt } from "./volume";

const structures: readonly Structure[] = [
  { name: "caudate", aalLeft: 71 },
  { name: "putamen", aalLeft: 73 },
  { name: "thalamus", aalLeft: 77 },
  { name: "hippocampus", aalLeft: 37 },
];

/** All of the structures; coronal slabs of 5 mm are the cases. */
const region: Region = { from: [40, 80, 38], to: [90, 160, 100] };
const slabs = slabsOf(region, 1, 5);

const evaluation = {
  schema: "medforge/evaluation@1",
  task: "masks",
  classes: structures.map(({ name }) => name),
  metrics: ["mean_dice", "mean_hd95_mm", "mean_nsd"],
  primary: { metric: "mean_dice", direction: "max" },
  tieBreak: [{ metric: "mean_hd95_mm", direction: "min" }],
  masks: {
    labels: Object.fromEntries(structures.map(({ name }, index) => [String(index + 1), name])),
    nsdToleranceMm: [1],
  },
};

const competition = {
  schema: "medforge/competition@1",
  slug: "deep-grey-matter",
  title: "Deep grey matter",
  summary: "Outline caudate, putamen, thalamus and hippocampus in slabs of a magnetic resonance image",
  source: "Colin 27 (Holmes 1998) and the AAL atlas (Tzourio-Mazoyer 2002), from Debian's mricron-data",
  licence: "BSD-3-Clause (as Debian's mricron-data states)",
  limits: { daily: 20 },
  // Anybody can make it of the package.
  showsPublicTruth: true,
};

/** A segmentation of volumes: slabs of the left half of a head to learn from, of the mirrored right half to be outlined. */
export function deepGreyMatter(volumes: { head: Volume; atlas: Volume }): FolderContent {
  const [left, right] = [hemisphere("left", volumes, structures), hemisphere("right", volumes, structures)];
  const content: FolderContent = new Map([
    jsonFile("competition.json", competition),
    jsonFile("evaluation.json", evaluation),
    textFile("description.md", "deep-grey-matter.md"),
    textFile("rules.md", "rules.md"),
    licenceFile,
    ["picture.png", pictureOfMasks(left, region)],
  ]);
  for (const [index, slab] of slabs.entries()) {
    content.set(`public/train/${nameOf("train", index)}_image.nii.gz`, niftiGz(cut(left.image, slab)));
    content.set(`public/train/${nameOf("train", index)}_label.nii.gz`, niftiGz(cut(left.labels, slab)));
    content.set(`public/test/${nameOf("test", index)}_image.nii.gz`, niftiGz(cut(right.image, slab)));
    content.set(`private/truth/${nameOf("test", index)}.nii.gz`, niftiGz(cut(right.labels, slab)));
  }
  const rows = slabs.map((_, index) => [nameOf("test", index), splitOf(index)]);
  content.set("private/truth.csv", table("id,split", rows));
  content.set(
    "public/sample_submission.zip",
    submission((slab) => cut(right.labels, slab, () => 0)),
  );
  const ellipsoids = ellipsoidsOf(left, region, structures.length);
  const guess = (x: number, y: number, z: number) =>
    labelBy(ellipsoids, x, y, z, valueAt(right.image, x, y, z));
  content.set(
    "private/baseline_submission.zip",
    submission((slab) => cut(right.labels, slab, guess)),
  );
  return content;
}

const nameOf = (part: "train" | "test", index: number) => `${part}-${String(index + 1).padStart(2, "0")}`;

function submission(maskOf: (slab: Region) => Volume): Uint8Array {
  const files = slabs.map(
    (slab, index) => [`${nameOf("test", index)}.nii.gz`, niftiGz(maskOf(slab))] as const,
  );
  // Local time, as fflate reads it: the same bytes in every zone.
  return zipSync(Object.fromEntries(files), { level: 0, mtime: new Date(1980, 0, 1, 12) });
}
