import { ensureSessionTarball } from "@/agent/image/build";
import { runStep } from "../context";
import { checkout, requireRoot } from "../open";
import { terminalReporter } from "../report";
import { imageCache } from "../steps/engine";
import { ensurePackages } from "../steps/packages";
import { usersStep } from "../steps/users";
import { aloneInTestBase, ensureTestBase, enterWorld, testCache } from "../test/enter";
import { faultBlock } from "../test/fault-table";
import { requireBlock } from "../test/marked-block";
import { runSelection } from "../test/run";
import { type Selection, select } from "../test/suites";

export interface TestOptions {
  only?: string;
  shell?: boolean;
  whole?: boolean;
  /** One representative of each class of faults. */
  short?: boolean;
  /** File whose marked block gets the faults' table. */
  table?: string;
  /** The world that this is in; then it runs one lane of the suites, or the shell. */
  world?: string;
}

/** What needs the network or lasts: packages and users of the system. */
async function prepareHost(): Promise<void> {
  ensureTestBase();
  const everything = { ownDatabase: true, ownPool: true, ownEngine: true, tests: true };
  await runStep(
    { report: terminalReporter() },
    {
      name: "System packages",
      check: async () => null,
      async run(_context, progress) {
        await ensurePackages(everything, true, progress);
        return "present";
      },
    },
  );
  // All worlds have them in common, and would make them at once.
  await aloneInTestBase(() => runStep({ report: terminalReporter() }, usersStep));
}

/** The session image's tarball in the shared cache, which every world loads. */
async function prepareImage(): Promise<void> {
  await runStep(
    { report: terminalReporter() },
    {
      name: "Session image",
      check: async () => null,
      async run(_context, onProgress) {
        const options = { cacheDir: imageCache(testCache), onProgress };
        const { built } = await aloneInTestBase(() => ensureSessionTarball(options));
        return built ? "built" : "in the cache";
      },
    },
  );
}

async function inWorld(dir: string, words: string[], options: TestOptions): Promise<number> {
  const { runLane, runShell } = await import("../test/inside");
  const world = { dir, root: checkout };
  if (options.shell) return runShell(world, words, options.whole ?? false);
  const { chosen, filter } = select(words, options.only);
  return runLane(world, chosen, filter, { form: options.short ? "short" : "long", table: options.table });
}

/** @returns the exit code of the shell, or of its one command. */
function enterShell(words: string[], whole: boolean): Promise<number> {
  const args = ["--shell", ...(whole ? ["--whole"] : []), ...(words.length === 0 ? [] : ["--", ...words])];
  return enterWorld(checkout, args, { interactive: true, leave: (_, code) => code });
}

/** @returns the exit code. */
export async function testCommand(words: string[], options: TestOptions): Promise<number> {
  requireRoot();
  if (options.world !== undefined) return inWorld(options.world, words, options);
  if (options.shell) {
    await prepareHost();
    await prepareImage();
    return enterShell(words, options.whole ?? false);
  }
  let selection: Selection;
  try {
    selection = select(words, options.only);
    if (options.table !== undefined) requireBlock(options.table, faultBlock);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return 1;
  }
  await prepareHost();
  return runSelection(checkout, selection, {
    short: options.short ?? false,
    table: options.table,
    prepareWorlds: prepareImage,
  });
}
