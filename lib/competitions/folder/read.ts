import { stat } from "node:fs/promises";
import type { z } from "zod";
import { ZodError } from "zod";
import { fieldMessages, issueText } from "@/lib/kernel/issue-text";
import { BrokenEvaluation } from "../scoring/errors";
import { digestOfAll } from "../scoring/files";
import { type Evaluation, parseEvaluation } from "../scoring/manifest";
import type { Split } from "../scoring/task";
import { type Checks, checksSchema } from "./checks";
import { type CompetitionFile, competitionFileSchema } from "./competition-file";
import { type Given, readGiven } from "./given";
import { folderLimits } from "./limits";
import { type Picture, pictureNames, readPicture } from "./picture";
import { Findings, InvalidFolder } from "./problems";
import { digestedFile, type FolderFile, listTree, readDocument, sizeOf, type Tree } from "./tree";
import { readTruth, type TruthListing } from "./truth-files";

/** A competition's folder, read and found to be whole. */
export interface CompetitionFolder {
  readonly competition: CompetitionFile;
  /** Markdown; the rules are empty where there are none. */
  readonly description: string;
  readonly rules: string;
  readonly evaluation: Evaluation;
  readonly evaluationFile: FolderFile;
  /** By their names in the folder that `scoreFiles` takes as its truth. */
  readonly truth: readonly FolderFile[];
  /** As `scoreFiles` reports it. */
  readonly truthDigest: string;
  /** Of the truth's cases. */
  readonly counts: Readonly<Record<Split, number>>;
  /** What competitors may download, the sample submission among it; a sample that is a folder as its zip. */
  readonly data: readonly FolderFile[];
  readonly sample: FolderFile;
  readonly baseline: FolderFile | null;
  readonly checks: Checks | null;
  readonly picture: Picture | null;
}

const competitionName = "competition.json";
const checksName = "private/checks.json";

/**
 * Reads a competition's folder as docs/dataset-formats.md describes it: every file's size and digest, every table of
 * the truth, no volume. What only scoring can tell (a truth that leaves a metric undefined, a damaged volume) is left
 * to the scorer.
 * @throws InvalidFolder with everything that is wrong with it, by file and field; an error of the file system as it is
 */
export async function readCompetitionFolder(dir: string): Promise<CompetitionFolder> {
  if (!(await isFolder(dir))) throw new InvalidFolder([{ file: ".", message: `${dir} is no folder.` }]);
  const findings = new Findings();
  const tree = await listTree(dir, findings);
  await judgeSizes(tree, findings);
  findings.refuse();
  const competition = await readJson(tree, competitionName, competitionFileSchema, findings);
  const evaluation = await readEvaluation(tree, competition?.evaluation ?? "evaluation.json", findings);
  const checks = tree.names.includes(checksName)
    ? await readJson(tree, checksName, () => checksSchema, findings)
    : null;
  if (competition === null || evaluation === null) throw refusal(findings);
  const { source, licence } = competition;
  const origin = `Source: ${source}\n\nLicence: ${licence}\n`;
  const description = await readMarkdown(tree, competition.description, origin, findings);
  const rules = await readMarkdown(tree, competition.rules, "", findings);
  const truth = await readTruth(tree, evaluation.manifest, findings);
  const sample = await readGiven(tree, evaluation.manifest, "public", "sample_submission", findings);
  const baseline = await readGiven(tree, evaluation.manifest, "private", "baseline_submission", findings);
  const picture = await readPicture(tree, findings);
  judgeGiven({ sample, baseline, checks, competition }, findings);
  const texts = [competition.description, competition.rules, competition.evaluation];
  const known = [...(baseline?.paths ?? []), ...(truth?.names ?? []).map(inPrivate)];
  judgeNames(tree, [...texts, ...pictureNames, ...known], findings);
  findings.refuse();
  if (truth === null || sample === null) throw refusal(findings);
  const files = await digestFiles(tree, truth, sample, findings);
  findings.refuse();
  return {
    competition,
    description,
    rules,
    evaluation: evaluation.manifest,
    evaluationFile: evaluation.file,
    ...files,
    truthDigest: digestOfAll(new Map(files.truth.map(({ name, sha256 }) => [name, sha256]))),
    counts: truth.counts,
    sample: sample.file,
    baseline: baseline?.file ?? null,
    checks,
    picture,
  };
}

const inPrivate = (name: string) => `private/${name}`;

/** Where something is missing there is a finding that says so. */
function refusal(findings: Findings): Error {
  findings.refuse();
  return new Error("Nothing was found wrong with a folder that is not whole.");
}

async function isFolder(dir: string): Promise<boolean> {
  return (await stat(dir).catch(() => null))?.isDirectory() ?? false;
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

/** A document's text; null, and a finding, where there is none. */
async function readText(tree: Tree, name: string, findings: Findings) {
  if (!tree.names.includes(name)) {
    findings.add(name, "Missing.");
    return null;
  }
  const document = await readDocument(tree, name);
  if ("text" in document) return document;
  findings.add(name, document.problem);
  return null;
}

async function readJson<T>(
  tree: Tree,
  name: string,
  schemaOf: (json: unknown) => z.ZodType<T>,
  findings: Findings,
): Promise<T | null> {
  const document = await readText(tree, name, findings);
  if (document === null) return null;
  let json: unknown;
  try {
    json = JSON.parse(document.text);
  } catch (error) {
    findings.add(name, `Not valid JSON: ${error instanceof Error ? error.message : error}`);
    return null;
  }
  const parsed = schemaOf(json).safeParse(json, { error: issueText });
  if (parsed.success) return parsed.data;
  findings.addFields(name, fieldMessages(parsed.error.issues));
  return null;
}

async function readEvaluation(tree: Tree, name: string, findings: Findings) {
  const document = await readText(tree, name, findings);
  if (document === null) return null;
  try {
    return { manifest: parseEvaluation(document.text), file: { ...document.file, name: "evaluation.json" } };
  } catch (error) {
    if (!(error instanceof BrokenEvaluation)) throw error;
    if (error.cause instanceof ZodError) findings.addFields(name, fieldMessages(error.cause.issues));
    else findings.add(name, error.message);
    return null;
  }
}

/** Names that need not be given need not be there. */
const optionalTexts = ["description.md", "rules.md"];

async function readMarkdown(
  tree: Tree,
  name: string,
  otherwise: string,
  findings: Findings,
): Promise<string> {
  if (optionalTexts.includes(name) && !tree.names.includes(name)) return otherwise;
  const document = await readText(tree, name, findings);
  if (document?.text.trim() === "") findings.add(name, "It is empty.");
  if (document !== null && /[^\P{Cc}\t\n\r]/u.test(document.text))
    findings.add(name, "It has control characters.");
  return document?.text ?? otherwise;
}

interface Judged {
  readonly sample: Given | null;
  readonly baseline: Given | null;
  readonly checks: Checks | null;
  readonly competition: CompetitionFile;
}

function judgeGiven({ sample, baseline, checks, competition }: Judged, findings: Findings): void {
  const most = competition.limits.uploadBytes;
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
function judgeNames(tree: Tree, known: readonly string[], findings: Findings): void {
  const all = new Set([competitionName, checksName, ...known]);
  for (const name of tree.names)
    if (!all.has(name) && !name.startsWith("public/") && !findings.has(name))
      findings.add(name, "A competition's folder has no such file.");
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
