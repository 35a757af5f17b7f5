import { resolve } from "node:path";
import { styleText } from "node:util";
import { ensureSessionTarball } from "@/agent/image/build";
import { runStep } from "../context";
import { checkout, requireRoot } from "../open";
import { terminalReporter } from "../report";
import { imageCache } from "../steps/engine";
import { ensurePackages } from "../steps/packages";
import { aloneInTestBase, ensureTestBase, enterWorld, testCache } from "../test/enter";
import { faultBlock } from "../test/fault-table";
import { requireBlock } from "../test/marked-block";
import { type Selection, select } from "../test/suites";

export interface TestOptions {
  only?: string;
  shell?: boolean;
  whole?: boolean;
  /** One representative of each class of faults. */
  short?: boolean;
  /** File whose marked block gets the faults' table. */
  table?: string;
  world?: string;
  /** Another run goes on in the world. */
  beside?: boolean;
}

/** What needs the network or lasts: packages of the system, and the session image's tarball in the shared cache. */
async function prepareHost(): Promise<void> {
  ensureTestBase();
  const report = terminalReporter();
  const everything = { ownDatabase: true, ownPool: true, ownEngine: true, tests: true };
  const check = async () => null;
  await runStep(
    { report },
    {
      name: "System packages",
      check,
      async run(_context, progress) {
        await ensurePackages(everything, true, progress);
        return "present";
      },
    },
  );
  await runStep(
    { report },
    {
      name: "Session image",
      check,
      async run(_context, onProgress) {
        const options = { cacheDir: imageCache(testCache), onProgress };
        const { built } = await aloneInTestBase(() => ensureSessionTarball(options));
        return built ? "built" : "in the cache";
      },
    },
  );
}

async function inWorld(dir: string, args: string[], options: TestOptions): Promise<number> {
  const { runShell, runSuites } = await import("../test/inside");
  const world = { dir, root: checkout };
  if (options.shell) return runShell(world, args, options.whole ?? false);
  const { only, short, table } = options;
  const selection = select(args, only);
  return runSuites(world, selection, {
    short: short ?? false,
    beside: options.beside ?? false,
    ...(table === undefined ? {} : { table }),
  });
}

/** The same run, as it is asked for inside the world. */
function innerArguments({ chosen, filter }: Selection, options: TestOptions): string[] {
  return [
    ...(chosen.length === 0 ? [] : ["--only", chosen.join(",")]),
    ...(options.short ? ["--short"] : []),
    ...(options.table === undefined ? [] : ["--table", resolve(options.table)]),
    ...(options.shell ? ["--shell"] : []),
    ...(options.whole ? ["--whole"] : []),
    ...(filter.length === 0 ? [] : ["--", ...filter]),
  ];
}

/** @returns the exit code. */
export async function testCommand(words: string[], options: TestOptions): Promise<number> {
  requireRoot();
  if (options.world !== undefined) return inWorld(options.world, words, options);
  let selection: Selection;
  try {
    selection = options.shell ? { chosen: [], filter: words } : select(words, options.only);
    if (options.table !== undefined) requireBlock(options.table, faultBlock);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return 1;
  }
  await prepareHost();
  const args = innerArguments(selection, options);
  const code = await enterWorld(checkout, args, options.shell ?? false);
  if (code !== 0)
    console.error(styleText("red", `The run inside the test world ended with exit code ${code}.`));
  return code;
}
