import { writeFileSync } from "node:fs";
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
import { attached } from "./attached";
import { tellFaults } from "./fault-table";
import { prepareWorld } from "./network";
import { writeOutcomes } from "./outcomes";
import { hasFiles, hasSpecs, type RunnerOptions, runPlaywright, runVitest } from "./runners";
import { type FaultForm, type Lane, type Outcome, outcomeLine, type Suite, single, tookLine } from "./suites";
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

/** The database alone, for what needs no more. Its files are in memory: each test file makes one anew, and none needs them to last. */
async function startDatabaseOnly(context: Context): Promise<Supervisor> {
  await run(["mount", "-t", "tmpfs", "-o", "mode=0755", "tmpfs", context.layout.dir]);
  for (const step of [usersStep, foldersStep]) await runStep(context, step);
  const supervisor = new Supervisor(context);
  await startDatabase(context, supervisor);
  return supervisor;
}

/** Whether the filter leaves anything of a suite to run. */
async function applies(suite: Suite, options: RunnerOptions): Promise<boolean> {
  return suite === "web" ? hasSpecs(options) : hasFiles(suite, options);
}

function runSuite(suite: Suite, options: RunnerOptions): Promise<Outcome> {
  return suite === "web" ? runPlaywright(options) : runVitest(suite, options);
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

export interface FaultReport {
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

  add(ended: Outcome): void {
    this.outcomes.push(ended);
    console.log(outcomeLine(ended));
  }

  /** @param prepare starts what the suite needs. @returns false when that failed */
  async suite(suite: Suite, prepare: () => Promise<boolean>): Promise<boolean> {
    if (!(await applies(suite, this.runner))) return true;
    const started = performance.now();
    console.log(`\n=== ${suite} ===`);
    if (!(await prepare())) return false;
    const ended = await runSuite(suite, this.runner);
    if (ended.failed > 0) tellTroubles(this.context);
    this.add(ended);
    if (suite === "faults") await tellFaults(this.world.dir, this.faults);
    console.log(tookLine(suite, started));
    return true;
  }
}

const needsInstallation = (suite: Suite) => suite !== "unit" && suite !== "integration";

/** The suites in turn: integration's database is started for it and stopped after it, the installation is brought up once. */
async function runInTurn(suitesRun: Run, context: Context, lane: Lane): Promise<void> {
  for (const suite of lane.filter((each) => !needsInstallation(each))) {
    let database: Supervisor | undefined;
    await suitesRun.suite(suite, async () => {
      if (suite === "integration") database = await startDatabaseOnly(context);
      return true;
    });
    if (database === undefined) continue;
    await database.stop("mariadb");
    // Its log is still being written.
    await run(["umount", "--lazy", context.layout.dir]);
  }
  let up: Outcome | undefined;
  for (const suite of lane.filter(needsInstallation)) {
    const goOn = await suitesRun.suite(suite, async () => {
      if (up !== undefined) return true;
      up = await tryBringUp(context);
      suitesRun.add(up);
      return up.failed === 0;
    });
    if (!goOn) return;
  }
}

/** Runs the suites of one lane, prints how each went and writes it down in the world. @returns the exit code. */
export async function runLane(
  world: World,
  lane: Lane,
  filter: string[],
  faults: FaultReport,
): Promise<number> {
  const context = worldContext(world);
  await prepareWorld(world.root);
  const suitesRun = new Run(context, world, filter, faults);
  await runInTurn(suitesRun, context, lane);
  writeOutcomes(world.dir, suitesRun.outcomes);
  return suitesRun.outcomes.some(({ failed }) => failed > 0) ? 1 : 0;
}
