import { stat } from "node:fs/promises";
import { unlessMissing } from "@/lib/kernel/missing";
import type { Exposure } from "@/lib/workspaces/model";
import type { CompetitionSettings } from "../model";
import { digestOfAll } from "../scoring/files";
import type { Evaluation } from "../scoring/manifest";
import type { Split } from "../scoring/task";
import { type Checks, checksSchema } from "./checks";
import { type CompetitionFile, competitionFileSchema, namesIn } from "./competition-file";
import { readEvaluation, readJson, readMarkdown } from "./documents";
import { type Given, readGiven } from "./given";
import { folderLimits } from "./limits";
import { type Picture, pictureNames, readPicture } from "./picture";
import { Findings, InvalidFolder } from "./problems";
import { digestedFile, type FolderFile, listTree, sizeOf, type Tree } from "./tree";
import { readTruth, type TruthListing } from "./truth-files";

/** What submissions are scored by, read and found to be whole. */
export interface EvaluationFolder {
  readonly evaluation: Evaluation;
  readonly evaluationFile: FolderFile;
  /** By their names in the folder that `scoreFiles` takes as its truth. */
  readonly truth: readonly FolderFile[];
  /** As `scoreFiles` reports it. */
  readonly truthDigest: string;
  /** Of the truth's cases. */
  readonly counts: Readonly<Record<Split, number>>;
  readonly sample: FolderFile;
  readonly checks: Checks | null;
}

/** A competition's folder, read and found to be whole. */
export interface CompetitionFolder extends EvaluationFolder {
  readonly competition: CompetitionFile;
  /** What it says of the competition's settings itself, its texts among them: no default. */
  readonly said: CompetitionSettings;
  /** Markdown; the rules are empty where there are none. */
  readonly description: string;
  readonly rules: string;
  /** What competitors may download, the sample submission among it; a sample that is a folder as its zip. */
  readonly data: readonly FolderFile[];
  readonly baseline: FolderFile | null;
  readonly picture: Picture | null;
}

const competitionName = "competition.json";
const evaluationName = "evaluation.json";
const checksName = "private/checks.json";

/**
 * Reads a competition's folder as docs/dataset-formats.md describes it: every file's size and digest, every table of
 * the truth, no volume. What only scoring can tell (a truth that leaves a metric undefined, a damaged volume) is left
 * to the scorer.
 * @param exposure the side that it has to be of; either without it
 * @throws InvalidFolder with everything that is wrong with it, by file and field; an error of the file system as it is
 */
export async function readCompetitionFolder(
  dir: string,
  { exposure }: { exposure?: Exposure } = {},
): Promise<CompetitionFolder> {
  const findings = new Findings();
  const tree = await treeOf(dir, findings);
  const { json, data: sheet } = await readJson(tree, competitionName, competitionFileSchema, findings);
  const competition = sheet?.file ?? null;
  if (competition && exposure && competition.exposure !== exposure)
    findings.add(competitionName, `It is ${competition.exposure}: ${elsewhere}`, "exposure");
  // Whatever else is wrong with a file, what it does not decide is looked at.
  const names = competition ?? namesIn(json);
  const origin = `Source: ${competition?.source}\n\nLicence: ${competition?.licence}\n`;
  const description = await readMarkdown(tree, names.description, origin, findings);
  const rules = await readMarkdown(tree, names.rules, "", findings);
  const picture = await readPicture(tree, findings);
  const maxBytes = competition?.limits.uploadBytes ?? Number.POSITIVE_INFINITY;
  const scored = await readScored(tree, names.evaluation, maxBytes, findings);
  judgeChecks(scored, findings);
  const known = [competitionName, names.description, names.rules, ...pictureNames, ...scored.known];
  const isKnown = (name: string) => name.startsWith("public/") || scored.isKnown(name);
  judgeNames(tree, known, { isKnown, what: "A competition" }, findings);
  await judgeLeaks(tree, scored.sample?.paths ?? [], findings);
  findings.refuse();
  if (sheet === null || competition === null) throw refusal(findings);
  const { sample, ...evaluation } = await wholeEvaluation(tree, scored, findings);
  const shown = tree.names.filter(
    (path) => path.startsWith("public/") && !scored.sample?.paths.includes(path),
  );
  const data = await inTurn(shown, (path) => digestedFile(tree, path, path.slice("public/".length)));
  const ifThere = (name: string, text: string) => (tree.names.includes(name) ? text : undefined);
  return {
    competition,
    said: {
      ...sheet.said,
      description: ifThere(names.description, description),
      rules: ifThere(names.rules, rules),
    },
    description,
    rules,
    ...evaluation,
    sample,
    data: [...data, sample],
    baseline: scored.baseline?.file ?? null,
    picture,
  };
}

/**
 * The same of what scores alone, for a competition that is there: `evaluation.json`, the truth in `private`, the sample in
 * `public`, and nothing else; checks and a baseline may lie in it as in the whole folder.
 * @param maxBytes of a submission to it
 * @throws InvalidFolder as `readCompetitionFolder`
 */
export async function readEvaluationFolder(dir: string, maxBytes: number): Promise<EvaluationFolder> {
  const findings = new Findings();
  const tree = await treeOf(dir, findings);
  const scored = await readScored(tree, evaluationName, maxBytes, findings);
  const known = [...scored.known, ...(scored.sample?.paths ?? [])];
  judgeNames(tree, known, { isKnown: scored.isKnown, what: "An evaluation" }, findings);
  findings.refuse();
  return wholeEvaluation(tree, scored, findings);
}

/** What submissions are scored by, as far as it could be read. */
interface Scored {
  readonly evaluation: Awaited<ReturnType<typeof readEvaluation>>;
  /** Null where nobody knows the task. */
  readonly truth: TruthListing | null;
  readonly sample: Given | null;
  readonly baseline: Given | null;
  readonly checks: Checks | null;
  /** Paths that belong to it outside `public`. */
  readonly known: readonly string[];
  /** The same where only a manifest that is right would tell. */
  readonly isKnown: (name: string) => boolean;
}

/** What the truth, the sample and the baseline of some task may be called. */
const ofAnyTask = {
  private: /^private\/(truth(_images|_boxes)?\.csv$|truth\/|baseline_submission(\.csv$|\.zip$|\/))/,
  sample: /^public\/sample_submission(\.csv$|\.zip$|\/)/,
} as const;

async function readScored(tree: Tree, name: string, maxBytes: number, findings: Findings): Promise<Scored> {
  const evaluation = await readEvaluation(tree, name, findings);
  const checks = await readChecks(tree, findings);
  if (evaluation === null) {
    if (!tree.names.some((path) => ofAnyTask.sample.test(path)))
      findings.addMissing("public/sample_submission", "Missing: it shows what a submission looks like.");
    const isKnown = (path: string) => ofAnyTask.private.test(path) || ofAnyTask.sample.test(path);
    return { evaluation, truth: null, sample: null, baseline: null, checks, known: [name], isKnown };
  }
  const { manifest } = evaluation;
  const truth = await readTruth(tree, manifest, findings);
  const sample = await readGiven(tree, manifest, "public", "sample_submission", findings);
  const baseline = await readGiven(tree, manifest, "private", "baseline_submission", findings);
  judgeGiven({ sample, baseline }, maxBytes, findings);
  const known = [name, ...(baseline?.paths ?? []), ...truth.names.map(inPrivate)];
  return { evaluation, truth, sample, baseline, checks, known, isKnown: () => false };
}

/** The evaluation with its files' digests. @throws InvalidFolder where it was found not to be whole */
async function wholeEvaluation(
  tree: Tree,
  { evaluation, truth, sample, checks }: Scored,
  findings: Findings,
): Promise<EvaluationFolder> {
  findings.refuse();
  if (evaluation === null || sample === null || !truth?.counts) throw refusal(findings);
  const files = await inTurn(truth.names, (name) => digestedFile(tree, inPrivate(name), name));
  return {
    evaluation: evaluation.manifest,
    evaluationFile: evaluation.file,
    truth: files,
    truthDigest: digestOfTruth(files),
    counts: truth.counts,
    sample: sample.file,
    checks,
  };
}

const elsewhere = "bring it in at the address of that side of the lab.";

/** @throws InvalidFolder where there is none, or it is too large to be looked at */
async function treeOf(dir: string, findings: Findings): Promise<Tree> {
  if (!(await isFolder(dir))) throw new InvalidFolder([{ file: ".", message: `${dir} is no folder.` }]);
  const tree = await listTree(dir, findings);
  const misnamed = findings.has(".") ? 0 : findings.count;
  await judgeSizes(tree, findings);
  if (findings.count > misnamed) findings.refuse();
  return tree;
}

async function readChecks(tree: Tree, findings: Findings): Promise<Checks | null> {
  if (!tree.names.includes(checksName)) return null;
  return (await readJson(tree, checksName, () => checksSchema, findings)).data;
}

function digestOfTruth(files: readonly FolderFile[]): string {
  return digestOfAll(new Map(files.map(({ name, sha256 }) => [name, sha256])));
}

const inPrivate = (name: string) => `private/${name}`;

/** Where something is missing there is a finding that says so. */
function refusal(findings: Findings): Error {
  findings.refuse();
  return new Error("Nothing was found wrong with a folder that is not whole.");
}

async function isFolder(dir: string): Promise<boolean> {
  return (await unlessMissing(stat(dir)))?.isDirectory() ?? false;
}

async function judgeSizes(tree: Tree, findings: Findings): Promise<void> {
  let total = 0;
  for (const name of tree.names) {
    const size = await sizeOf(tree, name);
    if (size > folderLimits.fileBytes)
      findings.add(name, `It has more than ${folderLimits.fileBytes} bytes: ${size}.`);
    total += size;
  }
  if (total > folderLimits.totalBytes)
    findings.add(".", `The files have more than ${folderLimits.totalBytes} bytes: ${total}.`);
}

/** @param most bytes of a submission */
function judgeGiven(given: Pick<Scored, "sample" | "baseline">, most: number, findings: Findings): void {
  for (const [one, side] of [
    [given.sample, "public"],
    [given.baseline, "private"],
  ] as const)
    if (one !== null && one.file.size > most)
      findings.add(`${side}/${one.file.name}`, `Larger than the ${most} bytes that a submission may have.`);
}

/** Scores that nothing has are scores of a file by the wrong name. */
function judgeChecks({ evaluation, baseline, checks }: Scored, findings: Findings): void {
  const checked = Object.keys(checks ?? {}).find((name) => name.startsWith("baseline_submission/"));
  if (checked !== undefined && evaluation !== null && baseline === null)
    findings.add(checksName, "There is no baseline submission.", checked);
}

/** Nothing lies in the folder that nobody would look at: it would be a file by the wrong name. */
function judgeNames(
  tree: Tree,
  known: readonly string[],
  { isKnown, what }: { isKnown: (name: string) => boolean; what: string },
  findings: Findings,
): void {
  const all = new Set([checksName, ...known]);
  for (const name of tree.names)
    if (!all.has(name) && !isKnown(name) && !findings.has(name))
      findings.add(name, `${what}'s folder has no such file.`);
}

/** No table of the truth lies among what everybody may download; files of another size are not read for it. */
async function judgeLeaks(tree: Tree, sample: readonly string[], findings: Findings): Promise<void> {
  const digestOf = async (name: string) => (await digestedFile(tree, name, name)).sha256;
  const shown = tree.names.filter((name) => name.startsWith("public/") && !sample.includes(name));
  for (const table of tree.names.filter((name) => /^private\/truth\w*\.csv$/.test(name))) {
    const size = await sizeOf(tree, table);
    for (const name of shown) {
      if ((await sizeOf(tree, name)) !== size || (await digestOf(name)) !== (await digestOf(table))) continue;
      findings.add(name, `The same as ${table}: everybody could read it.`);
    }
  }
}

/** One after the other: there may be more files than may be open. */
async function inTurn<From, To>(all: readonly From[], work: (one: From) => Promise<To>): Promise<To[]> {
  const done: To[] = [];
  for (const one of all) done.push(await work(one));
  return done;
}
