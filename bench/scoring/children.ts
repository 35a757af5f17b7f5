import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { outcome, output } from "@/e2e/support/run";
import type { Inputs } from "./tables";

const root = fileURLToPath(new URL("../..", import.meta.url));
/** Debian's own, whatever other Python comes first on PATH: its packages are the reference. */
const python = "/usr/bin/python3";
const gnuTime = "/usr/bin/time";
const packages = "python3-sklearn python3-scipy python3-numpy python3-pandas python3-nibabel time";

/** No family at full size comes near it on two cores. */
const mostMs = 60 * 60_000;

const values = z.record(z.string(), z.number());
const scores = z.object({ public: values, private: values });
const report = z.object({ splits: scores });

export type Scores = z.output<typeof scores>;

/** One process, from its start to its end. */
export interface Measured {
  readonly scores: Scores;
  readonly seconds: number;
  /** The most that was resident at once, in MiB, by GNU time. */
  readonly peakMiB: number;
}

/** What stands in the way of the reference, in one sentence with its cure; null where nothing does. */
export async function whatIsMissing(): Promise<string | null> {
  const imports = "import numpy, pandas, scipy, sklearn, nibabel";
  const checks = [
    [gnuTime, "true"],
    [python, "-c", imports],
  ];
  for (const argv of checks) {
    const code = await outcome(argv).then(
      (ended) => ended.code,
      () => null,
    );
    if (code !== 0) return `The reference needs Debian's packages: apt-get install ${packages}`;
  }
  return null;
}

/** The versions of what it is measured against. */
export function versions(): Promise<string> {
  const code =
    "import sys, numpy, scipy, sklearn, pandas, nibabel; " +
    "print('Python', sys.version.split()[0], *(f'{m.__name__} {m.__version__}' for m in " +
    "(sklearn, scipy, numpy, pandas, nibabel)))";
  return output([python, "-c", code]).then((text) => text.trim());
}

export async function ours(inputs: Inputs): Promise<Measured> {
  const { evaluation, truth, submission } = inputs;
  const options = ["--evaluation", evaluation, "--truth", truth, "--submission", submission];
  const { text, ...figures } = await measured([join(root, "medforge"), "score", ...options], truth);
  return { scores: report.parse(JSON.parse(text)).splits, ...figures };
}

export async function theirs({ evaluation, truth, submission }: Inputs): Promise<Measured> {
  const script = join(root, "bench/scoring/reference.py");
  const { text, ...figures } = await measured([python, script, evaluation, truth, submission], truth);
  return { scores: scores.parse(JSON.parse(text)), ...figures };
}

/** @param folder where GNU time may leave its figure: nothing in it is read but what a task names */
async function measured(argv: readonly string[], folder: string) {
  const figure = join(folder, "peak-kib");
  const started = performance.now();
  const text = await output([gnuTime, "--format=%M", `--output=${figure}`, ...argv], { timeoutMs: mostMs });
  const seconds = (performance.now() - started) / 1000;
  return { text, seconds, peakMiB: Number(readFileSync(figure, "utf8")) / 1024 };
}
