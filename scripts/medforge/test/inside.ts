import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { basicChildEnv } from "@/lib/kernel/env";
import { type Context, runStep } from "../context";
import { givenToTests } from "../env";
import { startDatabase, startInfrastructure } from "../infrastructure";
import { cacheOf } from "../steps/engine";
import { foldersStep } from "../steps/folders";
import { usersStep } from "../steps/users";
import { logged } from "../supervisor/logs";
import { Supervisor } from "../supervisor/supervisor";
import { lastTroubles } from "../supervisor/timeline";
import { attached } from "./attached";
import { tellFaults } from "./fault-table";
import { prepareWorld } from "./network";
import { hasFiles, hasSpecs, type RunnerOptions, runPlaywright, runVitest } from "./runners";
import { staticChecks } from "./static";
import { closingLine, faultForm, type Outcome, type Selection, type Suite, single, suitesOf } from "./suites";
import { testEnv, type World, worldContext } from "./world";

/** The environment of what runs in the world: the basics, the terminal's, and what tests are told. */
export function innerEnv(context: Context): Record<string, string> {
  return {
    ...basicChildEnv(),
    ...givenToTests(),
    MEDFORGE_CACHE: cacheOf(context),
    ...testEnv(context),
  };
}

/** This command's own program, run once more. */
export const cli = (root: string, ...args: string[]): string[] => [
  process.execPath,
  join(root, "scripts/medforge/start.mjs"),
  ...args,
];

/** Brings the whole installation up as an operator does. @throws Error when `up` fails. */
export async function bringUpWhole(context: Context): Promise<void> {
  const { root, layout } = context;
  const up = cli(root, "up", "--detach", "--yes", "--data", layout.dir);
  const code = await attached(up, root, innerEnv(context));
  if (code !== 0) throw new Error(`\`up\` failed with exit code ${code}; its logs are in ${layout.log}`);
}

/** Opens a shell, or runs one command, in a prepared world. @returns its exit code. */
export async function runShell(world: World, command: string[], whole: boolean): Promise<number> {
  const context = worldContext(world);
  await prepareWorld(world.root);
  if (whole) {
    await bringUpWhole(context);
  } else {
    for (const step of [usersStep, foldersStep]) await runStep(context, step);
    await startInfrastructure(context, new Supervisor(context));
  }
  const env = innerEnv(context);
  writeFileSync(join(world.dir, "test-env.json"), `${JSON.stringify(env, null, 2)}\n`);
  const argv = command.length > 0 ? command : [env.SHELL ?? "/bin/bash"];
  // The shell inside gets Ctrl-C itself; leaving on it would end the world under it.
  process.on("SIGINT", () => undefined);
  return attached(argv, world.root, env);
}

/** The database alone, for what needs no more. */
async function startDatabaseOnly(context: Context): Promise<void> {
  for (const step of [usersStep, foldersStep]) await runStep(context, step);
  await startDatabase(context, new Supervisor(context));
}

/** Whether the filter leaves anything of a suite to run. */
async function applies(suite: Suite, options: RunnerOptions): Promise<boolean> {
  if (suite === "static") return options.filter.length === 0;
  return suite === "web" ? hasSpecs(options) : hasFiles(suite, options);
}

async function runSuite(suite: Suite, options: RunnerOptions): Promise<Outcome[]> {
  if (suite === "static") return staticChecks(options.root, options.env);
  return [suite === "web" ? await runPlaywright(options) : await runVitest(suite, options)];
}

/** `up` counts as a test of its own. */
async function tryBringUp(context: Context): Promise<Outcome> {
  try {
    await bringUpWhole(context);
    return single("up", true);
  } catch (error) {
    console.log(error instanceof Error ? error.message : error);
    return single("up", false);
  }
}

/** As much as a reader takes in; the world and its logs are gone when the run has ended. */
const toldTroubles = 60;

/** What the parts complained of last: a test that failed on them seldom knows why. */
function tellTroubles({ layout }: Context): void {
  const lines = lastTroubles(layout, logged, toldTroubles);
  if (lines.length > 0) console.log(`Last warnings and errors of all parts:\n${lines.join("\n")}`);
}

export interface SuitesOptions {
  short: boolean;
  table?: string;
}

/** Runs the suites one after another, prints how each went, and closes with the sum. @returns the exit code. */
export async function runSuites(
  world: World,
  selection: Selection,
  { short, table }: SuitesOptions,
): Promise<number> {
  const context = worldContext(world);
  await prepareWorld(world.root);
  const form = faultForm(selection, short);
  const env = {
    ...innerEnv(context),
    MEDFORGE_TEST_FAULTS: form,
    MEDFORGE_TEST_REPORT_DIR: world.dir,
  };
  const options: RunnerOptions = { root: world.root, env, dir: world.dir, filter: selection.filter };
  const outcomes: Outcome[] = [];
  const add = (...now: Outcome[]) => {
    outcomes.push(...now);
    for (const each of now) console.log(`${each.name}: ${each.passed} passed, ${each.failed} failed`);
  };
  let up = false;
  const databaseAlone = selection.chosen.length === 1;
  for (const suite of suitesOf(selection)) {
    if (!(await applies(suite, options))) continue;
    const started = performance.now();
    console.log(`\n=== ${suite} ===`);
    if (suite === "integration" && databaseAlone) {
      await startDatabaseOnly(context);
    } else if (suite !== "static" && suite !== "unit" && !up) {
      const outcome = await tryBringUp(context);
      add(outcome);
      if (outcome.failed > 0) break;
      up = true;
    }
    const ended = await runSuite(suite, options);
    if (up && ended.some(({ failed }) => failed > 0)) tellTroubles(context);
    add(...ended);
    if (suite === "faults") await tellFaults(world.dir, { form, table });
    console.log(`(${suite} took ${((performance.now() - started) / 1000).toFixed(0)} s)`);
  }
  console.log(`\n${closingLine(outcomes)}`);
  if (outcomes.length === 0) {
    console.error("No test file's path contains what was asked for.");
    return 1;
  }
  return outcomes.some((each) => each.failed > 0) ? 1 : 0;
}
