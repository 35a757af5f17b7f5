import { BrokenEvaluation } from "../scoring/errors";
import type { Evaluation } from "../scoring/manifest";
import { type Split, splits } from "../scoring/task";
import {
  type Cases,
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
  /** Cases, by split. */
  readonly counts: Readonly<Record<Split, number>>;
}

/** Reads the truth's tables to their end and looks for the volumes that they name; what is wrong is a finding. */
export async function readTruth(
  tree: Tree,
  evaluation: Evaluation,
  findings: Findings,
): Promise<TruthListing | null> {
  const tables = evaluation.task === "boxes" ? [truthImages, truthBoxes] : [truthTable];
  const missing = tables.filter((name) => !tree.names.includes(`private/${name}`));
  for (const name of missing) findings.add(`private/${name}`, "Missing: the truth is made of it.");
  if (missing.length > 0) return null;
  try {
    const cases = await casesOf(tree, evaluation);
    const counts = Object.fromEntries(
      splits.map((split) => [split, cases.splits.filter((name) => name === split).length]),
    ) as Record<Split, number>;
    if (counts.public === 0)
      findings.add(`private/${tables[0]}`, "No case is public: there would be nothing to show.", "split");
    if (evaluation.task !== "masks") return { names: tables, counts };
    return { names: [...tables, ...volumes(tree, cases, findings)], counts };
  } catch (error) {
    if (!(error instanceof BrokenEvaluation)) throw error;
    const table = tables.find((name) => error.message.startsWith(`${name}: `));
    findings.add(
      table === undefined ? "private" : `private/${table}`,
      table === undefined ? error.message : error.message.slice(table.length + 2),
    );
    return null;
  }
}

function casesOf(tree: Tree, evaluation: Evaluation): Promise<Cases> {
  const open = (name: string) => readPlain(tree, `private/${name}`);
  switch (evaluation.task) {
    case "masks":
      return readCases(open);
    case "boxes":
      return readImageCases(open, evaluation.classes);
    default:
      return readLabelledCases(open, evaluation.classes);
  }
}

/** One for each case and no other. */
function volumes(tree: Tree, { ids }: Cases, findings: Findings): string[] {
  const wanted = ids.map((id) => `truth/${id}.nii.gz`);
  const there = new Set(
    tree.names
      .filter((path) => path.startsWith("private/truth/"))
      .map((path) => path.slice("private/".length)),
  );
  for (const name of wanted)
    if (!there.delete(name)) findings.add(`private/${name}`, `Missing, and ${truthTable} has the case.`);
  for (const name of there) findings.add(`private/${name}`, `${truthTable} has no such case.`);
  return wanted;
}
