import { stat } from "node:fs/promises";
import { unlessMissing } from "@/lib/kernel/missing";
import type { Exposure } from "@/lib/workspaces/model";
import type { CompetitionSettings } from "../model";
import { digestOfAll } from "../scoring/files";
import type { Evaluation } from "../scoring/manifest";
import type { Split } from "../scoring/task";
import { type Checks, checksSchema } from "./checks";
import { type CompetitionFile, competitionFileSchema } from "./competition-file";
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
  const sheet = await readJson(tree, competitionName, competitionFileSchema, findings);
  const competition = sheet?.file ?? null;
  const evaluation = await readEvaluation(tree, competition?.evaluation ?? evaluationName, findings);
  const checks = await readChecks(tree, findings);
  if (competition && exposure && competition.exposure !== exposure)
    findings.add(competitionName, `It is ${competition.exposure}: ${elsewhere}`, "exposure");
  if (sheet === null || competition === null || evaluation === null) throw refusal(findings);
  const { source, licence } = competition;
  const origin = `Source: ${source}\n\nLicence: ${licence}\n`;
  const description = await readMarkdown(tree, competition.description, origin, findings);
  const rules = await readMarkdown(tree, competition.rules, "", findings);
  const truth = await readTruth(tree, evaluation.manifest, findings);
  const sample = await readGiven(tree, evaluation.manifest, "public", "sample_submission", findings);
  const baseline = await readGiven(tree, evaluation.manifest, "private", "baseline_submission", findings);
  const picture = await readPicture(tree, findings);
  judgeGiven({ sample, baseline, checks, maxBytes: competition.limits.uploadBytes }, findings);
  const texts = [competitionName, competition.description, competition.rules, competition.evaluation];
  const known = [...(baseline?.paths ?? []), ...(truth?.names ?? []).map(inPrivate)];
  const isKnown = (name: string) => name.startsWith("public/");
  judgeNames(tree, [...texts, ...pictureNames, ...known], { isKnown, what: "A competition" }, findings);
  findings.refuse();
  if (truth === null || sample === null) throw refusal(findings);
  const files = await digestFiles(tree, truth, sample, findings);
  findings.refuse();
  const ifThere = (name: string, text: string) => (tree.names.includes(name) ? text : undefined);
  return {
    competition,
    said: {
      ...sheet.said,
      description: ifThere(competition.description, description),
      rules: ifThere(competition.rules, rules),
    },
    description,
    rules,
    evaluation: evaluation.manifest,
    evaluationFile: evaluation.file,
    ...files,
    truthDigest: digestOfTruth(files.truth),
    counts: truth.counts,
    sample: sample.file,
    baseline: baseline?.file ?? null,
    checks,
    picture,
  };
}

/**
 * The same of what scores alone, for a competition that is there: `evaluation.json`, the truth and checks in `private`,
 * the sample in `public`, and nothing else.
 * @param maxBytes of a submission to it
 * @throws InvalidFolder as `readCompetitionFolder`
 */
export async function readEvaluationFolder(dir: string, maxBytes: number): Promise<EvaluationFolder> {
  const findings = new Findings();
  const tree = await treeOf(dir, findings);
  const evaluation = await readEvaluation(tree, evaluationName, findings);
  const checks = await readChecks(tree, findings);
  if (evaluation === null) throw refusal(findings);
  const truth = await readTruth(tree, evaluation.manifest, findings);
  const sample = await readGiven(tree, evaluation.manifest, "public", "sample_submission", findings);
  judgeGiven({ sample, baseline: null, checks, maxBytes }, findings);
  const known = [evaluationName, ...(sample?.paths ?? []), ...(truth?.names ?? []).map(inPrivate)];
  judgeNames(tree, known, { isKnown: () => false, what: "An evaluation" }, findings);
  findings.refuse();
  if (truth === null || sample === null) throw refusal(findings);
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
  await judgeSizes(tree, findings);
  findings.refuse();
  return tree;
}

async function readChecks(tree: Tree, findings: Findings): Promise<Checks | null> {
  return tree.names.includes(checksName) ? readJson(tree, checksName, () => checksSchema, findings) : null;
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

interface Judged {
  readonly sample: Given | null;
  readonly baseline: Given | null;
  readonly checks: Checks | null;
  /** Of a submission. */
  readonly maxBytes: number;
}

function judgeGiven({ sample, baseline, checks, maxBytes: most }: Judged, findings: Findings): void {
  for (const [given, side] of [
    [sample, "public"],
    [baseline, "private"],
  ] as const)
    if (given !== null && given.file.size > most)
      findings.add(`${side}/${given.file.name}`, `Larger than the ${most} bytes that a submission may have.`);
  const checked = Object.keys(checks ?? {}).find((name) => name.startsWith("baseline_submission/"));
  if (checked !== undefined && baseline === null)
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

async function digestFiles(tree: Tree, { names }: TruthListing, sample: Given, findings: Findings) {
  const truth = await inTurn(names, (name) => digestedFile(tree, inPrivate(name), name));
  const shown = tree.names.filter((path) => path.startsWith("public/") && !sample.paths.includes(path));
  const data = await inTurn(shown, (path) => digestedFile(tree, path, path.slice("public/".length)));
  const tables = new Map(
    truth.filter(({ name }) => name.endsWith(".csv")).map((file) => [file.sha256, file]),
  );
  for (const { name, sha256 } of data) {
    const leaked = tables.get(sha256);
    if (leaked)
      findings.add(`public/${name}`, `The same as private/${leaked.name}: everybody could read it.`);
  }
  return { truth, data: [...data, sample.file] };
}

/** One after the other: there may be more files than may be open. */
async function inTurn<From, To>(all: readonly From[], work: (one: From) => Promise<To>): Promise<To[]> {
  const done: To[] = [];
  for (const one of all) done.push(await work(one));
  return done;
}
