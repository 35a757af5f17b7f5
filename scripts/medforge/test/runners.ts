import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { tryRun } from "../exec";
import { attached } from "./attached";
import type { Outcome } from "./suites";

export interface RunnerOptions {
  root: string;
  env: Record<string, string>;
  /** Where reports go. */
  dir: string;
  /** Parts of test files' paths; empty means all. */
  filter: readonly string[];
}

const vitestReport = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numPendingTests: z.number(),
  testResults: z.array(z.object({ status: z.string(), assertionResults: z.array(z.unknown()) })),
});

/** A runner that ends badly without naming a failed test, such as for want of memory, has failed all the same. */
function settled(name: string, code: number, counts: Omit<Outcome, "name"> | undefined): Outcome {
  const { passed, failed, skipped } = counts ?? { passed: 0, failed: 0, skipped: 0 };
  return { name, passed, failed: code !== 0 && failed === 0 ? 1 : failed, skipped };
}

function readReport<T>(file: string, schema: z.ZodType<T>): T | undefined {
  return existsSync(file) ? schema.parse(JSON.parse(readFileSync(file, "utf8"))) : undefined;
}

/** Whether any file of a Vitest project matches the filter. */
export async function hasFiles(project: string, { root, env, filter }: RunnerOptions): Promise<boolean> {
  if (filter.length === 0) return true;
  const argv = ["node_modules/.bin/vitest", "list", "--filesOnly", "--project", project, ...filter];
  const listed = await tryRun(argv, { cwd: root, env });
  if (!listed.ok) throw new Error(`The test files of ${project} can't be listed:\n${listed.stderr}`);
  return listed.stdout.trim() !== "";
}

/** Whether any browser spec matches the filter. */
export function hasSpecs({ root, filter }: RunnerOptions): boolean {
  const specs = readdirSync(join(root, "e2e/web")).map((name) => `e2e/web/${name}`);
  return filter.length === 0 || specs.some((path) => filter.some((part) => path.includes(part)));
}

/** Runs one project of vitest.config.ts. */
export async function runVitest(project: string, options: RunnerOptions): Promise<Outcome> {
  const { root, env, dir, filter } = options;
  const file = join(dir, `${project}.json`);
  const argv = [
    ...["node_modules/.bin/vitest", "run", "--project", project, "--reporter=default", "--reporter=json"],
    `--outputFile.json=${file}`,
    ...filter,
  ];
  const code = await attached(argv, root, env);
  const report = readReport(file, vitestReport);
  const broken = report?.testResults.filter(
    (each) => each.status === "failed" && each.assertionResults.length === 0,
  );
  return settled(
    project,
    code,
    report && {
      passed: report.numPassedTests,
      failed: report.numFailedTests + (broken?.length ?? 0),
      skipped: report.numPendingTests,
    },
  );
}

const playwrightReport = z.object({
  stats: z.object({ expected: z.number(), unexpected: z.number(), flaky: z.number(), skipped: z.number() }),
});

/** Whether interfaces that come into being in this network namespace get IPv6 addresses. */
const newInterfacesWithoutIpv6 = "/proc/sys/net/ipv6/conf/default/disable_ipv6";

/**
 * Runs the browser specs. A flaky test counts as failed. Here the browser shares a host with the sessions' containers,
 * which no visitor does, and Chromium drops what it is loading whenever an address comes or goes: so the containers'
 * interfaces, which have none of IPv4, get none of IPv6 either.
 */
export async function runPlaywright({ root, env, dir, filter }: RunnerOptions): Promise<Outcome> {
  writeFileSync(newInterfacesWithoutIpv6, "1");
  const file = join(dir, "web.json");
  const argv = ["node_modules/.bin/playwright", "test", "--reporter=list,json"];
  const code = await attached([...argv, ...filter], root, { ...env, PLAYWRIGHT_JSON_OUTPUT_NAME: file });
  const stats = readReport(file, playwrightReport)?.stats;
  return settled(
    "web",
    code,
    stats && { passed: stats.expected, failed: stats.unexpected + stats.flaky, skipped: stats.skipped },
  );
}
