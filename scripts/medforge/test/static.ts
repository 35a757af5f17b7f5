import { tryRun } from "../exec";
import { type Outcome, single } from "./suites";

/** A type check of a cold checkout on a busy machine, in ms. */
const checkTimeoutMs = 10 * 60_000;

/** Each fails for one reason and says so itself. */
const checks: readonly (readonly [name: string, argv: readonly string[]])[] = [
  ["lint and format", ["node_modules/.bin/biome", "ci", "--colors=off", "."]],
  // Through the script, since Next first writes the types of its routes.
  ["types", ["npm", "run", "--silent", "typecheck"]],
  [
    "imports",
    [
      "node_modules/.bin/depcruise",
      "--config",
      ".dependency-cruiser.cjs",
      "app",
      "components",
      "lib",
      "db",
      "worker",
      "agent",
      "e2e",
      "bench",
      "scripts",
    ],
  ],
  ["unused code", ["node_modules/.bin/knip"]],
];

/** The checks that run no code of ours, side by side. */
export function staticChecks(root: string, env: Record<string, string>): Promise<Outcome[]> {
  return Promise.all(
    checks.map(async ([name, argv]) => {
      const result = await tryRun(argv, { cwd: root, env, timeoutMs: checkTimeoutMs });
      if (!result.ok) console.log(`--- ${name} failed ---\n${result.stdout}\n${result.stderr}`);
      return single(name, result.ok);
    }),
  );
}
