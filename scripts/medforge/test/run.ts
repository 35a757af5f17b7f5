import { resolve } from "node:path";
import { styleText } from "node:util";
import { basicChildEnv } from "@/lib/kernel/env";
import { enterWorld } from "./enter";
import { readOutcomes } from "./outcomes";
import { staticChecks } from "./static";
import {
  closingLine,
  failureLines,
  faultForm,
  type Lane,
  lanesOf,
  type Outcome,
  outcomeLine,
  type Selection,
  single,
  suitesOf,
  tookLine,
} from "./suites";

export interface RunOptions {
  short: boolean;
  /** File whose marked block gets the table of faults. */
  table: string | undefined;
  /** What all worlds need, and the static checks don't. */
  prepareWorlds(): Promise<void>;
}

/** In front of what each world prints; the first has the terminal for its own. */
const prefixes = [undefined, "│ ", "┊ "].map((bar) => bar && styleText("dim", bar));

async function runStatic(root: string): Promise<Outcome[]> {
  const started = performance.now();
  console.log("\n=== static ===");
  const outcomes = await staticChecks(root, basicChildEnv());
  for (const each of outcomes) console.log(outcomeLine(each));
  console.log(tookLine("static", started));
  return outcomes;
}

async function runLane(
  root: string,
  lane: Lane,
  selection: Selection,
  options: RunOptions,
  prefix?: string,
): Promise<Outcome[]> {
  const args = [
    ...["--only", lane.join(",")],
    ...(faultForm(selection, options.short) === "short" ? ["--short"] : []),
    ...(options.table === undefined ? [] : ["--table", resolve(options.table)]),
    ...(selection.filter.length === 0 ? [] : ["--", ...selection.filter]),
  ];
  const leave = (world: string, code: number): Outcome[] => {
    const outcomes = readOutcomes(world);
    if (outcomes !== undefined) return outcomes;
    console.error(
      styleText(
        "red",
        `The world of ${lane.join(", ")} ended with exit code ${code} before it could say how.`,
      ),
    );
    return [single(lane.join(", "), false)];
  };
  return enterWorld(root, args, { leave, ...(prefix === undefined ? {} : { prefix }) });
}

/**
 * Runs the suites, those that need a world in worlds side by side, and closes with what failed and the sum. The type check
 * comes first, beside what the worlds are prepared with: a world's build would meet its files.
 * @returns the exit code.
 */
export async function runSelection(root: string, selection: Selection, options: RunOptions): Promise<number> {
  const wantsStatic = suitesOf(selection).includes("static") && selection.filter.length === 0;
  const lanes = lanesOf(selection);
  const [checked] = await Promise.all([
    wantsStatic ? runStatic(root) : [],
    lanes.length > 0 ? options.prepareWorlds() : undefined,
  ]);
  const ended = await Promise.all(
    lanes.map((lane, place) => runLane(root, lane, selection, options, prefixes[place])),
  );
  const outcomes = [...checked, ...ended.flat()];
  if (outcomes.length === 0) {
    console.error("No test file's path contains what was asked for.");
    return 1;
  }
  console.log(["", ...failureLines(outcomes)].join("\n"));
  console.log(`\n${closingLine(outcomes)}`);
  return outcomes.some(({ failed }) => failed > 0) ? 1 : 0;
}
