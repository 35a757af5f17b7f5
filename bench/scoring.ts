import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Measured, ours, theirs, versions, whatIsMissing } from "./scoring/children";
import { type Random, seeded } from "./scoring/random";
import {
  type Inputs,
  writeBinary,
  writeBoxes,
  writeLabels,
  writeMulticlass,
  writeOrdinal,
} from "./scoring/tables";
import { type Shape, shapeOf, writeMasks } from "./scoring/volumes";
import { countOf, median } from "./support/stats";

/**
 * How long `./medforge score` takes for each family of metrics, against scikit-learn, scipy and numpy as Debian has
 * them: whole processes, on the same files, in turns, so that both meet the same machine. Scores must agree.
 */
const aimedRatio = 0.5;
const tolerance = 1e-9;

interface Sizes {
  readonly rows: number;
  readonly images: number;
  readonly volumes: number;
  readonly shape: Shape;
}

interface Family {
  readonly size: string;
  write(inputs: Inputs, random: Random): void;
}

function familiesOf({ rows, images, volumes, shape }: Sizes): ReadonlyMap<string, Family> {
  const ofTable = (write: (inputs: Inputs, rows: number, random: Random) => void): Family => ({
    size: `${rows} rows`,
    write: (inputs, random) => write(inputs, rows, random),
  });
  return new Map<string, Family>([
    ["binary", ofTable(writeBinary)],
    ["labels", ofTable(writeLabels)],
    ["ordinal", ofTable(writeOrdinal)],
    ["multiclass", ofTable(writeMulticlass)],
    ["boxes", { size: `${images} images`, write: (inputs, random) => writeBoxes(inputs, images, random) }],
    [
      "masks",
      {
        size: `${volumes} x ${shape.join("x")}`,
        write: (inputs, random) => writeMasks(inputs, volumes, shape, random),
      },
    ],
  ]);
}

function inputsIn(folder: string): Inputs {
  const truth = join(folder, "truth");
  mkdirSync(truth, { recursive: true });
  return { truth, evaluation: join(folder, "evaluation.json"), submission: join(folder, "submission") };
}

/** What the two differ in, by more than the tolerance; empty where they agree. */
function differences(own: Measured, other: Measured): string[] {
  return (["public", "private"] as const).flatMap((split) =>
    Object.entries(other.scores[split]).flatMap(([metric, value]) => {
      const score = own.scores[split][metric] ?? Number.NaN;
      const agrees = Math.abs(score - value) <= tolerance * Math.max(1, Math.abs(value));
      return agrees ? [] : [`${split} ${metric}: ours ${score}, theirs ${value}`];
    }),
  );
}

interface Figures {
  readonly own: Measured[];
  readonly other: Measured[];
}

/** Both in every run; in every other one the other way round, so that neither is always first. */
async function measure(inputs: Inputs, runs: number): Promise<Figures> {
  const figures: Figures = { own: [], other: [] };
  const kinds = [
    async () => figures.own.push(await ours(inputs)),
    async () => figures.other.push(await theirs(inputs)),
  ];
  for (let run = 0; run < runs; run += 1)
    for (const score of run % 2 === 0 ? kinds : kinds.toReversed()) await score();
  return figures;
}

const heading = ["family", "size", "ours s", "theirs s", "ratio", "ours MiB", "theirs MiB"];
const widths = [11, 19, 8, 9, 6, 9, 11];

function line(cells: readonly string[]): string {
  return cells
    .map((cell, place) => (place < 2 ? cell.padEnd(widths[place] ?? 0) : cell.padStart(widths[place] ?? 0)))
    .join(" ");
}

/** @returns whether scores agree and the aim is met */
function tell(name: string, size: string, { own, other }: Figures): boolean {
  const seconds = [own, other].map((runs) => median(runs.map((run) => run.seconds)));
  const [ownSeconds = 0, otherSeconds = 0] = seconds;
  const ratio = ownSeconds / otherSeconds;
  const peaks = [own, other].map((runs) => Math.max(...runs.map((run) => run.peakMiB)).toFixed(0));
  const apart = own.flatMap((run, place) => {
    const counterpart = other[place];
    return counterpart ? differences(run, counterpart) : [];
  });
  const told = apart.length === 0 ? "scores agree" : "SCORES DIFFER";
  console.log(
    `${line([name, size, ...seconds.map((value) => value.toFixed(2)), ratio.toFixed(2), ...peaks])}   ${told}`,
  );
  for (const difference of new Set(apart)) console.log(`  ${difference}`);
  return apart.length === 0 && ratio <= aimedRatio;
}

function options() {
  const { values } = parseArgs({
    options: {
      rows: { type: "string", default: "500000" },
      images: { type: "string", default: "5000" },
      volumes: { type: "string", default: "100" },
      shape: { type: "string", default: "240x240x155" },
      runs: { type: "string", default: "3" },
      seed: { type: "string", default: "1" },
      only: { type: "string", multiple: true },
    },
  });
  const sizes: Sizes = {
    rows: countOf("rows", values.rows),
    images: countOf("images", values.images),
    volumes: countOf("volumes", values.volumes),
    shape: shapeOf(values.shape),
  };
  const least = Math.min(sizes.rows, sizes.images, sizes.volumes);
  if (least < 3) throw new Error("Give at least 3 rows, images and volumes: fewer leave a split empty.");
  const families = familiesOf(sizes);
  const names = values.only ?? [...families.keys()];
  const unknown = names.find((name) => !families.has(name));
  if (unknown !== undefined)
    throw new Error(`--only ${unknown}: there are ${[...families.keys()].join(", ")}.`);
  const chosen = [...families].filter(([name]) => names.includes(name));
  return { chosen, runs: countOf("runs", values.runs), seed: countOf("seed", values.seed) };
}

async function main(): Promise<void> {
  const { chosen, runs, seed } = options();
  const missing = await whatIsMissing();
  if (missing !== null) throw new Error(missing);
  console.log(`Whole processes, median of ${runs} in turns, peak resident memory; ${cpus().length} cores`);
  console.log(`ours: ./medforge score on Node ${process.versions.node}; theirs: ${await versions()}\n`);
  console.log(line(heading));
  for (const [name, { size, write }] of chosen) {
    const folder = mkdtempSync(join(tmpdir(), "medforge-bench-"));
    try {
      const inputs = inputsIn(folder);
      write(inputs, seeded(seed));
      if (!tell(name, size, await measure(inputs, runs))) process.exitCode = 1;
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
  console.log(`\naim: scores within ${tolerance}, ratio at most ${aimedRatio}`);
}

await main();
