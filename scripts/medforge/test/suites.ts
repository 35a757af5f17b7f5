import { stripVTControlCharacters } from "node:util";
import { z } from "zod";

/** What fails fastest comes first, what leaves least in one piece comes last. */
export const suites = ["static", "unit", "integration", "host", "security", "web", "faults"] as const;
export type Suite = (typeof suites)[number];

function isSuite(text: string): text is Suite {
  return suites.some((suite) => suite === text);
}

/** Which suites to run, none meaning all, and which test files of them. */
export interface Selection {
  chosen: Suite[];
  filter: string[];
}

/**
 * Arguments in front that name suites choose them, all others are parts of test files' paths; with `only` (suites, by
 * comma) every argument is.
 * @throws Error when `only` names no suite
 */
export function select(args: readonly string[], only: string | undefined): Selection {
  if (only !== undefined) {
    const chosen = only.split(",");
    const stranger = chosen.find((name) => !isSuite(name));
    if (stranger !== undefined) {
      throw new Error(`There is no suite "${stranger}"; there are ${suites.join(", ")}.`);
    }
    return { chosen: chosen.filter(isSuite), filter: [...args] };
  }
  const end = args.findIndex((text) => !isSuite(text));
  const leading = end === -1 ? args : args.slice(0, end);
  return { chosen: leading.filter(isSuite), filter: args.slice(leading.length) };
}

/** Every suite where none is named. */
export function suitesOf({ chosen }: Selection): readonly Suite[] {
  return chosen.length > 0 ? chosen : suites;
}

/** Suites that take turns in one world. */
export type Lane = readonly Suite[];

/**
 * Each in a world of its own, side by side, about as long: most tests wait for engine, pool or browser more than they
 * compute. The browser's are apart from those that come and go with sessions all the time, and whole when others kill.
 */
const lanes: readonly Lane[] = [["host"], ["web"], ["unit", "integration", "security", "faults"]];

/** What of the selection runs in which world; none for a world that nothing runs in. */
export function lanesOf(selection: Selection): Lane[] {
  const wanted = new Set(suitesOf(selection));
  return lanes.map((lane) => lane.filter((suite) => wanted.has(suite))).filter(({ length }) => length > 0);
}

export type FaultForm = "short" | "long";

/** The long form takes over half an hour, so that it has to be asked for: by the suite's name, and not shortened. */
export function faultForm({ chosen }: Selection, short: boolean): FaultForm {
  return chosen.includes("faults") && !short ? "long" : "short";
}

const failure = z.strictObject({
  /** File and title. */
  test: z.string(),
  message: z.string(),
});
export type Failure = z.output<typeof failure>;

const outcome = z.strictObject({
  name: z.string(),
  passed: z.number(),
  failed: z.number(),
  skipped: z.number(),
  /** Those that can be named. */
  failures: z.array(failure),
});
/** How one suite, or one check of its own, ended. */
export type Outcome = z.output<typeof outcome>;
/** As one run leaves them for another. */
export const outcomeList = z.array(outcome);

/** A check that is one yes or no. */
export function single(name: string, ok: boolean): Outcome {
  return { name, passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0, failures: [] };
}

/** Enough to see what was expected and what came. */
const toldLines = 8;

/**
 * What failed, told once more at the end: of a long output only the end may be kept.
 * @returns lines, none where nothing failed
 */
export function failureLines(outcomes: readonly Outcome[]): string[] {
  const bad = outcomes.filter(({ failed }) => failed > 0);
  if (bad.length === 0) return [];
  const told = bad.flatMap(({ name, failures }) =>
    failures.length === 0
      ? [`  ${name}`]
      : failures.flatMap(({ test, message }) => [
          `  ${name}: ${test}`,
          ...stripVTControlCharacters(message)
            .split("\n")
            .slice(0, toldLines)
            .map((line) => `    ${line}`),
        ]),
  );
  return ["Failed:", ...told];
}

export const outcomeLine = ({ name, passed, failed }: Outcome): string =>
  `${name}: ${passed} passed, ${failed} failed`;

/** @param started of `performance.now()`, ms */
export const tookLine = (suite: Suite, started: number): string =>
  `(${suite} took ${((performance.now() - started) / 1000).toFixed(0)} s)`;

/** The closing line, which CI reads. */
export function closingLine(outcomes: readonly Outcome[]): string {
  const sum = (key: "passed" | "failed" | "skipped") =>
    outcomes.reduce((total, each) => total + each[key], 0);
  const skipped = sum("skipped");
  return `${sum("passed")} passed, ${sum("failed")} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}
