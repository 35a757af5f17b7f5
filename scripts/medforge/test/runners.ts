import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { z } from "zod";
import { tryRun } from "../exec";
import { attached } from "./attached";
import type { Failure, Outcome } from "./suites";

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
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      message: z.string(),
      assertionResults: z.array(
        z.object({
          status: z.string(),
          fullName: z.string(),
          failureMessages: z.array(z.string()).nullish(),
        }),
      ),
    }),
  ),
});
type VitestReport = z.output<typeof vitestReport>;

/** The tests that failed, and the files that could not even be run. */
function vitestFailures(root: string, { testResults }: VitestReport): Failure[] {
  return testResults.flatMap(({ name, status, message, assertionResults }) => {
    const file = relative(root, name);
    if (status === "failed" && assertionResults.length === 0) return [{ test: file, message }];
    return assertionResults
      .filter((each) => each.status === "failed")
      .map((each) => ({
        test: `${file}: ${each.fullName}`,
        message: each.failureMessages?.join("\n") ?? "",
      }));
  });
}

/** A runner that ends badly without naming a failed test, such as for want of memory, has failed all the same. */
function settled(name: string, code: number, counts: Omit<Outcome, "name"> | undefined): Outcome {
  const { passed, failed, skipped, failures } = counts ?? { passed: 0, failed: 0, skipped: 0, failures: [] };
  return { name, passed, failed: code !== 0 && failed === 0 ? 1 : failed, skipped, failures };
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
      failures: vitestFailures(root, report),
    },
  );
}

const playwrightSuite = z.object({
  specs: z.array(
    z.object({
      title: z.string(),
      file: z.string(),
      ok: z.boolean(),
      tests: z.array(
        z.object({ results: z.array(z.object({ errors: z.array(z.object({ message: z.string() })) })) }),
      ),
    }),
  ),
  get suites() {
    return z.array(playwrightSuite).optional();
  },
});
const playwrightReport = z.object({
  stats: z.object({ expected: z.number(), unexpected: z.number(), flaky: z.number(), skipped: z.number() }),
  suites: z.array(playwrightSuite),
  errors: z.array(z.object({ message: z.string() })),
});

function failedSpecs({ specs, suites = [] }: z.output<typeof playwrightSuite>): Failure[] {
  const own = specs
    .filter(({ ok }) => !ok)
    .map(({ file, title, tests }) => ({
      test: `${file}: ${title}`,
      message: tests
        .flatMap(({ results }) => results.flatMap(({ errors }) => errors.map(({ message }) => message)))
        .join("\n"),
    }));
  return [...own, ...suites.flatMap(failedSpecs)];
}

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
  const report = readReport(file, playwrightReport);
  return settled(
    "web",
    code,
    report && {
      passed: report.stats.expected,
      failed: report.stats.unexpected + report.stats.flaky,
      skipped: report.stats.skipped,
      failures: [
        ...report.suites.flatMap(failedSpecs),
        ...report.errors.map(({ message }) => ({ test: "the run itself", message })),
      ],
    },
  );
}
