import { styleText } from "node:util";
import { InvalidFolder } from "@/lib/competitions/folder/problems";
import { type CompetitionFolder, readCompetitionFolder } from "@/lib/competitions/folder/read";
import { type GivenScore, scoreGiven } from "@/lib/competitions/folder/score";
import { BrokenEvaluation, Rejection } from "@/lib/competitions/scoring/errors";
import { splits } from "@/lib/competitions/scoring/task";
import { buildBrainCompetitions } from "../competitions/build";
import { mricronTemplates } from "../competitions/mricron";
import { SetupError } from "../errors";

/**
 * Says everything that is wrong with a competition's folder, or what its submissions score: no installation, no
 * database, no root.
 * @returns 1 if anything is wrong
 */
export async function checkCompetitionCommand(dir: string): Promise<0 | 1> {
  try {
    const folder = await readCompetitionFolder(dir);
    const scores = await scoreGiven(folder);
    const problems = scores.flatMap(problemsOf);
    if (problems.length > 0) return refused(problems);
    console.log(`${styleText("green", "✓")} ${summaryOf(folder)}`);
    for (const { submission, report } of scores)
      console.log(`${submission} ${JSON.stringify(report.splits)}`);
    return 0;
  } catch (error) {
    if (error instanceof InvalidFolder) return refused(error.message.split("\n"));
    if (error instanceof Rejection) return refused([`A submission is rejected: ${error.message}`]);
    if (error instanceof BrokenEvaluation) return refused([error.message]);
    throw error;
  }
}

/** What a folder holds, in a line. */
export function summaryOf({ competition, counts, data }: CompetitionFolder): string {
  const cases = `${counts.public} public and ${counts.private} private cases`;
  return `${competition.slug}: ${cases}, ${data.length} files to download`;
}

function problemsOf({ submission, report, differences }: GivenScore): string[] {
  const undefinedOn = splits.flatMap((split) =>
    Object.entries(report.undefined?.[split] ?? {}).map(
      ([metric, reason]) => `${submission}: ${split} ${metric} is undefined: ${reason}`,
    ),
  );
  const otherwise = differences.map(
    ({ split, metric, expected, actual }) =>
      `${submission}: ${split} ${metric} is ${actual}, and ${expected} in private/checks.json.`,
  );
  return [...undefinedOn, ...otherwise];
}

/** Prints each. @returns the exit code */
export function refused(problems: readonly string[]): 1 {
  for (const problem of problems) console.error(`${styleText("red", "✗")} ${problem}`);
  return 1;
}

/** Builds the competitions that come of Debian's mricron-data as folders below `into`. @throws SetupError */
export async function buildCompetitionsCommand(into: string): Promise<void> {
  const templates = await mricronTemplates(into, (text) => console.error(text));
  if ("problem" in templates)
    throw new SetupError(
      templates.problem,
      "Check that this host reaches its Debian mirror (apt-get update), then run this again.",
    );
  for (const dir of await buildBrainCompetitions(templates.dir, into)) console.log(dir);
}
