import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { basicChildEnv } from "@/lib/kernel/env";
import { type Context, runStep } from "../context";
import { givenToTests } from "../env";
import { run } from "../exec";
import { startDatabase, startInfrastructure } from "../infrastructure";
import { cacheOf } from "../steps/engine";
import { foldersStep } from "../steps/folders";
import { usersStep } from "../steps/users";
import { logged } from "../supervisor/logs";
import { Supervisor } from "../supervisor/supervisor";
import { lastTroubles } from "../supervisor/timeline";
import { attached, quietly } from "./attached";
import { tellFaults } from "./fault-table";
import { prepareWorld } from "./network";
import { hasFiles, hasSpecs, type RunnerOptions, runPlaywright, runVitest } from "./runners";
import { staticChecks } from "./static";
import {
  closingLine,
  type FaultForm,
  failureLines,
  faultForm,
  lanesOf,
  type Outcome,
  outcomeList,
  type Selection,
  type Suite,
  single,
} from "./suites";
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
async function startDatabaseOnly(context: Context): Promise<Supervisor> {
  for (const step of [usersStep, foldersStep]) await runStep(context, step);
  const supervisor = new Supervisor(context);
  await startDatabase(context, supervisor);
  return supervisor;
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
  /** The world is prepared, and another run goes on in it. */
  beside: boolean;
}

interface FaultReport {
  form: FaultForm;
  /** File whose marked block gets the table. */
  table: string | undefined;
}

/** A run of suites, and how they ended so far. */
class Run {
  readonly outcomes: Outcome[] = [];
  private readonly runner: RunnerOptions;

  constructor(
    private readonly context: Context,
    private readonly world: World,
    filter: string[],
    private readonly faults: FaultReport,
  ) {
    const env = {
      ...innerEnv(context),
      MEDFORGE_TEST_FAULTS: faults.form,
      MEDFORGE_TEST_REPORT_DIR: world.dir,
    };
    this.runner = { root: world.root, env, dir: world.dir, filter };
  }

  add(...ended: Outcome[]): void {
    this.outcomes.push(...ended);
    for (const each of ended) console.log(`${each.name}: ${each.passed} passed, ${each.failed} failed`);
  }

  /** @param prepare starts what the suite needs. @returns false when that failed */
  async suite(suite: Suite, prepare: () => Promise<boolean>): Promise<boolean> {
    if (!(await applies(suite, this.runner))) return true;
    const started = performance.now();
    console.log(`\n=== ${suite} ===`);
    if (!(await prepare())) return false;
    const ended = await runSuite(suite, this.runner);
    if (ended.some(({ failed }) => failed > 0)) tellTroubles(this.context);
    this.add(...ended);
    if (suite === "faults") await tellFaults(this.world.dir, this.faults);
    console.log(`(${suite} took ${((performance.now() - started) / 1000).toFixed(0)} s)`);
    return true;
  }
}

/** Suites without an installation: integration's database is started for it and stopped after it. */
async function runWithoutInstallation(
  suitesRun: Run,
  context: Context,
  suites: readonly Suite[],
): Promise<void> {
  for (const suite of suites) {
    let database: Supervisor | undefined;
    await suitesRun.suite(suite, async () => {
      if (suite === "integration") database = await startDatabaseOnly(context);
      return true;
    });
    await database?.stop("mariadb");
  }
}

async function runOnInstallation(suitesRun: Run, context: Context, suites: readonly Suite[]): Promise<void> {
  let up: Outcome | undefined;
  for (const suite of suites) {
    const goOn = await suitesRun.suite(suite, async () => {
      if (up !== undefined) return true;
      up = await tryBringUp(context);
      suitesRun.add(up);
      return up.failed === 0;
    });
    if (!goOn) return;
  }
}

const outcomesFile = (world: World) => join(world.dir, "outcomes.json");

/**
 * Runs suites beside this run, in a folder of their own in the same world, and keeps what they print until they have ended.
 * @returns how they ended, once it is told
 */
async function runBeside(world: World, suites: readonly Suite[], filter: string[]): Promise<Outcome[]> {
  const own = { ...world, dir: join(world.dir, "beside") };
  mkdirSync(own.dir);
  const words = ["--world", own.dir, "--beside", "--only", suites.join(","), "--", ...filter];
  const env = { ...basicChildEnv(), ...givenToTests(), MEDFORGE_CACHE: cacheOf(worldContext(own)) };
  // In a network of its own: the workers' simulated sessions listen on the ports that real ones are to have.
  const argv = ["unshare", "--net", "--", ...cli(world.root, "test", ...words)];
  const { code, output } = await quietly(argv, world.root, env);
  console.log(output);
  if (existsSync(outcomesFile(own)))
    return outcomeList.parse(JSON.parse(readFileSync(outcomesFile(own), "utf8")));
  console.log(`What ran beside ended with ${code} before it could say how.`);
  return [single(suites.join(", "), false)];
}

/** Runs the suites, prints how each went, and closes with the sum. @returns the exit code. */
export async function runSuites(
  world: World,
  selection: Selection,
  { short, table, beside }: SuitesOptions,
): Promise<number> {
  const context = worldContext(world);
  if (beside) await run(["ip", "link", "set", "lo", "up"]);
  else await prepareWorld(world.root);
  const { filter } = selection;
  const suitesRun = new Run(context, world, filter, { form: faultForm(selection, short), table });
  const lanes = lanesOf(selection);
  await runWithoutInstallation(suitesRun, context, lanes.first);
  // Both would make them.
  if (lanes.beside.length > 0) await runStep(context, usersStep);
  const others = lanes.beside.length > 0 ? runBeside(world, lanes.beside, filter) : Promise.resolve([]);
  await runOnInstallation(suitesRun, context, lanes.inTurn);
  suitesRun.outcomes.push(...(await others));
  writeFileSync(outcomesFile(world), JSON.stringify(suitesRun.outcomes));
  if (suitesRun.outcomes.length === 0) {
    // Of what runs beside, the other run may have what was asked for.
    if (beside) return 0;
    console.error("No test file's path contains what was asked for.");
    return 1;
  }
  const { outcomes } = suitesRun;
  // Whoever runs this beside tells what failed at its own end.
  if (!beside) console.log(["", ...failureLines(outcomes)].join("\n"));
  console.log(`\n${closingLine(outcomes)}`);
  return outcomes.some((each) => each.failed > 0) ? 1 : 0;
}
