import { BrokenEvaluation, Rejection } from "../scoring/errors";
import type { Evaluation } from "../scoring/manifest";
import { type Split, splits } from "../scoring/task";
import {
  type Cases,
  type OnTruthProblem,
  readCases,
  readImageCases,
  readLabelledCases,
  truthBoxes,
  truthImages,
  truthTable,
} from "../scoring/truth";
import type { Findings } from "./problems";
import { readPlain, type Tree } from "./tree";

export interface TruthListing {
  /** Paths in the folder `private` of what the truth consists of. */
  readonly names: readonly string[];
  /** Cases, by split; null where the truth is not whole, of which there are findings. */
  readonly counts: Readonly<Record<Split, number>> | null;
}

/** Rows of one truth that are named. */
const namedRows = 100;

/** Reads the truth's tables to their end and looks for the volumes that they name; what is wrong is a finding. */
export async function readTruth(
  tree: Tree,
  evaluation: Evaluation,
  findings: Findings,
): Promise<TruthListing> {
  const tables = evaluation.task === "boxes" ? [truthImages, truthBoxes] : [truthTable];
  const hasVolumes = evaluation.task === "masks";
  const missing = tables.filter((name) => !tree.names.includes(inPrivate(name)));
  for (const name of missing) findings.addMissing(inPrivate(name), "Missing: the truth is made of it.");
  // Which volumes belong to it, only a truth that can be read tells.
  const broken = { names: [...tables, ...(hasVolumes ? volumesIn(tree) : [])], counts: null };
  if (missing.length > 0) return broken;
  const before = findings.count;
  const cases = await casesOf(tree, evaluation, findings);
  if (cases === null) return broken;
  const names = hasVolumes ? [...tables, ...volumes(tree, cases, findings)] : tables;
  if (findings.count > before) return { names, counts: null };
  const counts = Object.fromEntries(
    splits.map((split) => [split, cases.splits.filter((name) => name === split).length]),
  ) as Record<Split, number>;
  if (counts.public === 0)
    findings.add(
      inPrivate(tables[0] ?? truthTable),
      "No case is public: there would be nothing to show.",
      "split",
    );
  return { names, counts };
}

const inPrivate = (name: string) => `private/${name}`;

/** More rows of a truth are wrong than are named. */
class TooManyProblems extends Error {}

/** Null, and findings, where a table stops being one. */
async function casesOf(tree: Tree, evaluation: Evaluation, findings: Findings): Promise<Cases | null> {
  let rows = 0;
  const onProblem = (table: string, { message }: Rejection) => {
    rows += 1;
    if (rows <= namedRows) return findings.add(inPrivate(table), message);
    findings.add(inPrivate(table), `More than ${namedRows} lines are wrong: the others are not looked at.`);
    throw new TooManyProblems();
  };
  try {
    return await tableOf(tree, evaluation, onProblem);
  } catch (error) {
    if (error instanceof TooManyProblems) return null;
    if (!(error instanceof BrokenEvaluation)) throw error;
    // Of rows that are wrong it was said what they are.
    const isEmpty = error.cause instanceof Rejection && error.cause.rule === "no-rows";
    if (isEmpty && rows > 0) return null;
    const [, table, text] = /^(truth\w*\.csv): (.*)$/s.exec(error.message) ?? [];
    if (table === undefined || text === undefined) findings.add("private", error.message);
    else findings.add(inPrivate(table), text);
    return null;
  }
}

function tableOf(tree: Tree, evaluation: Evaluation, onProblem: OnTruthProblem): Promise<Cases> {
  const open = (name: string) => readPlain(tree, inPrivate(name));
  switch (evaluation.task) {
    case "masks":
      return readCases(open, onProblem);
    case "boxes":
      return readImageCases(open, evaluation.classes, onProblem);
    default:
      return readLabelledCases(open, evaluation.classes, onProblem);
  }
}

function volumesIn(tree: Tree): string[] {
  return tree.names
    .filter((path) => path.startsWith("private/truth/"))
    .map((path) => path.slice("private/".length));
}

/** One for each case and no other. */
function volumes(tree: Tree, { ids }: Cases, findings: Findings): string[] {
  const wanted = ids.map((id) => `truth/${id}.nii.gz`);
  const there = new Set(volumesIn(tree));
  for (const name of wanted)
    if (!there.delete(name)) findings.addMissing(inPrivate(name), "Missing, and truth.csv has the case.");
  for (const name of there) findings.add(inPrivate(name), `${truthTable} has no such case.`);
  return wanted;
}
