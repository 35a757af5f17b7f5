import { styleText } from "node:util";
import { publishCompetition } from "@/lib/competitions/commands/competitions";
import type { CommandContext } from "@/lib/competitions/commands/context";
import { importCompetition } from "@/lib/competitions/commands/import";
import { InvalidFolder } from "@/lib/competitions/folder/problems";
import { type CompetitionFolder, readCompetitionFolder } from "@/lib/competitions/folder/read";
import { competitionOverview } from "@/lib/competitions/queries/overview";
import { AppError } from "@/lib/kernel/errors";
import { asAdmin, storeOf } from "../competitions/admin-context";
import { awaitVerdict, submitBaseline, unexpected } from "../competitions/bring-in";
import { type Context, runStep } from "../context";
import { openInstallation } from "../open";
import { requireRunning } from "../supervisor/control";
import { refused, summaryOf } from "./competition";

export interface ImportOptions {
  data?: string;
  /** Shows it to those it is for once its evaluation is READY, and has the baseline scored. */
  publish?: boolean;
}

/**
 * Brings a competition's folder in and waits for the worker's verdict: again it changes what differs, and the same content
 * nothing.
 * @returns 1 where it is refused, and nothing is published; and where the baseline is not scored as the folder says
 */
export async function importCompetitionCommand(dir: string, options: ImportOptions): Promise<0 | 1> {
  const context = openInstallation(options.data);
  await requireRunning(context.layout);
  try {
    const folder = await readCompetitionFolder(dir);
    say(summaryOf(folder));
    return await asAdmin(context, (admin) => bringIn(context, admin, folder, options));
  } catch (error) {
    if (error instanceof InvalidFolder) return refused(error.message.split("\n"));
    if (error instanceof AppError) return refused([error.message]);
    throw error;
  }
}

function say(text: string): void {
  console.log(`${styleText("green", "✓")} ${text}`);
}

async function bringIn(
  context: Context,
  admin: CommandContext,
  folder: CompetitionFolder,
  { publish = false }: ImportOptions,
): Promise<0 | 1> {
  const store = storeOf(context);
  const { evaluation } = await importCompetition(admin, store, folder);
  let problems: string[] = [];
  await step(context, "Evaluation", async (progress) => {
    const verdict = await awaitVerdict(admin, evaluation, { progress });
    problems =
      verdict.state === "REFUSED" ? [verdict.reason ?? "It is refused."] : unexpected(folder, verdict);
    const sample =
      verdict.sampleMetrics === null ? "" : `; the sample scores ${JSON.stringify(verdict.sampleMetrics)}`;
    const superseded = verdict.state === "READY" && !verdict.isCurrent ? ", and a newer one is in force" : "";
    return `${evaluation}, version ${verdict.number}, is ${verdict.state}${superseded}${sample}`;
  });
  if (problems.length > 0) return refused(problems);
  const { slug } = folder.competition;
  if (!publish) {
    say(`${slug} is for administrators only: the same with --publish shows it, and has the baseline scored`);
    return 0;
  }
  await publishCompetition(admin, slug);
  say(`${slug} is published`);
  let differing: readonly string[] = [];
  await step(context, "Baseline", async (progress) => {
    const { told, problems } = await submitBaseline(admin, store, folder, { progress });
    differing = problems;
    return told;
  });
  return differing.length > 0 ? refused([...differing]) : 0;
}

function step(
  context: Context,
  name: string,
  run: (progress: (text: string) => void) => Promise<string>,
): Promise<void> {
  return runStep(context, { name, check: async () => null, run: (_context, progress) => run(progress) });
}

/** Prints every competition of the installation, a line each. */
export async function listCompetitionsCommand(options: { data?: string }): Promise<void> {
  const context = openInstallation(options.data);
  await requireRunning(context.layout);
  const all = await asAdmin(context, ({ db }) => competitionOverview(db));
  if (all.length === 0)
    console.log("No competitions yet: `./medforge competition import DIR` brings one in.");
  for (const one of all) {
    const { evaluation } = one;
    const facts = [
      one.exposure,
      one.visibility,
      one.publishedAt === null ? "not published" : "published",
      evaluation === null ? "no evaluation" : `evaluation ${evaluation.number} ${evaluation.state}`,
      `submissions: ${one.submissions}`,
      ...(one.waiting > 0 ? [`waiting: ${one.waiting}`] : []),
    ];
    console.log(`${one.slug.padEnd(24)} ${facts.join(", ")}`);
    if (evaluation?.state === "REFUSED") console.log(`  ${evaluation.reason ?? ""}`);
  }
}
