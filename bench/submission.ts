import { randomBytes } from "node:crypto";
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import type { Api } from "@/e2e/support/api";
import { submitFile } from "@/e2e/support/competitions";
import { closeDatabase, rows } from "@/e2e/support/database";
import { checkout, medforge } from "@/e2e/support/host";
import { newcomer } from "@/e2e/support/people";
import { output } from "@/e2e/support/run";
import { type Random, seeded } from "./scoring/random";
import { type Inputs, writeBinary } from "./scoring/tables";
import { type Shape, shapeOf, writeMasks } from "./scoring/volumes";
import { countOf, median, percentile } from "./support/stats";

/**
 * How long a person waits from sending a file to its score on the board, through edge, web, worker and scorer, against
 * `./medforge score` on the same files: same machine, same run, in turns.
 */
const warmUps = 2;
/** Between two looks at the submission, in ms: adds half of it to the figure. */
const lookEveryMs = 5;

interface Kind {
  readonly name: string;
  readonly filename: string;
  write(inputs: Inputs, random: Random): void;
}

function kindsOf(cases: number, volumes: number, shape: Shape): Kind[] {
  return [
    {
      name: `CSV of ${cases} rows`,
      filename: "predictions.csv",
      write: (inputs, random) => writeBinary(inputs, cases, random),
    },
    {
      name: `zip of ${volumes} volumes ${shape.join("x")}`,
      filename: "predictions.zip",
      write: (inputs, random) => writeMasks(inputs, volumes, shape, random),
    },
  ];
}

/** Brings the files in as a competition whose sample is the submission. @returns its slug */
async function competitionOf(folder: string, { filename }: Kind, inputs: Inputs): Promise<string> {
  const slug = `bench-${randomBytes(4).toString("hex")}`;
  const dir = join(folder, "competition");
  for (const part of ["public", "private"]) mkdirSync(join(dir, part), { recursive: true });
  cpSync(inputs.truth, join(dir, "private"), { recursive: true });
  copyFileSync(inputs.evaluation, join(dir, "evaluation.json"));
  copyFileSync(inputs.submission, join(dir, "public", filename.replace("predictions", "sample_submission")));
  const competition = {
    ...{ schema: "medforge/competition@1", slug, title: "Bench", source: "Made up", licence: "CC0-1.0" },
    limits: { daily: null, total: null },
  };
  writeFileSync(join(dir, "competition.json"), JSON.stringify(competition));
  await medforge("competition", "import", dir, "--publish");
  return slug;
}

/** Looks into the database and not through web: who measures must not keep the cores busy that scoring needs. */
async function scored(id: string): Promise<void> {
  for (;;) {
    const [now] = await rows(
      "SELECT c.state FROM scorings c JOIN submissions s ON s.id = c.submission_id WHERE s.public_id = ?",
      [id],
    );
    if (now?.state === "SCORED") return;
    if (now?.state !== "QUEUED" && now?.state !== "SCORING")
      throw new Error(`Submission ${id} is ${now?.state ?? "not there"}.`);
    await pause(lookEveryMs);
  }
}

async function timed(act: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await act();
  return performance.now() - started;
}

interface Figures {
  readonly product: number[];
  readonly floor: number[];
}

async function measure(api: Api, kind: Kind, runs: number, random: Random): Promise<Figures> {
  const folder = mkdtempSync(join(tmpdir(), "medforge-bench-"));
  const truth = join(folder, "truth");
  mkdirSync(truth);
  const inputs = {
    truth,
    evaluation: join(folder, "evaluation.json"),
    submission: join(folder, kind.filename),
  };
  try {
    kind.write(inputs, random);
    const slug = await competitionOf(folder, kind, inputs);
    const content = readFileSync(inputs.submission);
    const { evaluation, submission } = inputs;
    const options = ["--evaluation", evaluation, "--truth", truth, "--submission", submission];
    const product = () =>
      timed(async () => scored((await submitFile(api, content, { slug, filename: kind.filename })).id));
    const floor = () => timed(() => output([join(checkout, "medforge"), "score", ...options]));
    const figures: Figures = { product: [], floor: [] };
    for (let run = -warmUps; run < runs; run += 1) {
      const took = { product: await product(), floor: await floor() };
      if (run < 0) continue;
      figures.product.push(took.product);
      figures.floor.push(took.floor);
    }
    return figures;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function tell({ name }: Kind, { product, floor }: Figures): void {
  const figures = (values: readonly number[]) =>
    [median(values), percentile(values, 95)].map((ms) => ms.toFixed(0).padStart(7)).join("");
  console.log(`\n${name}, ms${" ".repeat(Math.max(0, 40 - name.length))}    p50    p95`);
  console.log(`${"raw floor: ./medforge score".padEnd(44)}${figures(floor)}`);
  console.log(`${"MedForge: sent to scored".padEnd(44)}${figures(product)}`);
  console.log(`ratio at the median: ${(median(product) / median(floor)).toFixed(2)}`);
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      runs: { type: "string", default: "20" },
      rows: { type: "string", default: "10000" },
      volumes: { type: "string", default: "20" },
      shape: { type: "string", default: "240x240x155" },
    },
  });
  const runs = countOf("runs", values.runs);
  const kinds = kindsOf(
    countOf("rows", values.rows),
    countOf("volumes", values.volumes),
    shapeOf(values.shape),
  );
  try {
    const { api } = await newcomer("bench");
    for (const kind of kinds) tell(kind, await measure(api, kind, runs, seeded(1)));
  } finally {
    await closeDatabase();
  }
}

await main();
