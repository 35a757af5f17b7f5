import { styleText } from "node:util";
import { ensureSessionTarball } from "@/agent/image/build";
import { runStep } from "../context";
import { checkout, requireRoot } from "../open";
import { terminalReporter } from "../report";
import { imageCache } from "../steps/engine";
import { ensurePackages } from "../steps/packages";
import { aloneInTestBase, ensureTestBase, enterWorld, testCache } from "../test/enter";
import { type Suite, suites } from "../test/suites";

export interface TestOptions {
  only?: string;
  shell?: boolean;
  whole?: boolean;
  world?: string;
}

function isSuite(text: string): text is Suite {
  return suites.some((suite) => suite === text);
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

/** @returns the exit code. */
export async function testCommand(filter: string[], options: TestOptions): Promise<number> {
  requireRoot();
  const { only } = options;
  if (only !== undefined && !isSuite(only)) {
    console.error(`There is no suite "${only}"; there are ${suites.join(", ")}.`);
    return 1;
  }
  if (options.world !== undefined) {
    const { runShell, runSuites } = await import("../test/inside");
    const world = { dir: options.world, root: checkout };
    return options.shell ? runShell(world, filter, options.whole ?? false) : runSuites(world, only, filter);
  }
  await prepareHost();
  const args = [
    ...(only === undefined ? [] : ["--only", only]),
    ...(options.shell ? ["--shell"] : []),
    ...(options.whole ? ["--whole"] : []),
    ...(filter.length === 0 ? [] : ["--", ...filter]),
  ];
  const code = await enterWorld(checkout, args, options.shell ?? false);
  if (code !== 0)
    console.error(styleText("red", `The run inside the test world ended with exit code ${code}.`));
  return code;
}
