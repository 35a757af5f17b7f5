import { styleText } from "node:util";
import { publishCompetition } from "@/lib/competitions/commands/competitions";
import type { CommandContext } from "@/lib/competitions/commands/context";
import { importCompetition } from "@/lib/competitions/commands/import";
import { InvalidFolder } from "@/lib/competitions/folder/problems";
import { type CompetitionFolder, readCompetitionFolder } from "@/lib/competitions/folder/read";
import { planImport } from "@/lib/competitions/queries/import-changes";
import { competitionOverview } from "@/lib/competitions/queries/overview";
import { AppError } from "@/lib/kernel/errors";
import { asAdmin, storeOf } from "../competitions/admin-context";
import { awaitVerdict, submitBaseline, unexpected } from "../competitions/bring-in";
import { needsReplace, outcomeWords, planWords, verdictWords } from "../competitions/import-words";
import { type Context, type Outcome, runStep } from "../context";
import { openInstallation } from "../open";
import { requireRunning } from "../supervisor/control";
import { refused, summaryOf } from "./competition";

export interface ImportOptions {
  data?: string;
  /** Shows it to those it is for once its evaluation is READY, and has the baseline scored. */
  publish?: boolean;
  /** Lets what differs of a published competition take force. */
  replace?: boolean;
  /** Lets everybody see what is for those invited, where the folder says so. */
  widen?: boolean;
}

/**
 * Brings a competition's folder in and waits for the worker's verdict: again it changes what differs, and the same content
 * nothing. Of a published competition it says what would change, and without `replace` changes nothing.
 * @returns 1 where it is refused, or waits for `replace`; and where the baseline is not scored as the folder says
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
  { publish = false, replace = false, widen = false }: ImportOptions,
): Promise<0 | 1> {
  const store = storeOf(context);
  const { slug } = folder.competition;
  const plan = await planImport(admin.db, folder, { widen });
  for (const line of planWords(slug, plan, { replace })) console.log(line);
  const { evaluation } = await importCompetition(admin, store, folder, { replace, widen });
  let problems: string[] = [];
  let isLeft = false;
  await step(context, "Evaluation", async (progress) => {
    const verdict = await awaitVerdict(admin, evaluation, { progress });
    problems =
      verdict.state === "REFUSED" ? [verdict.reason ?? "It is refused."] : unexpected(folder, verdict);
    // Also of one that was published, or another brought in for, while this was checked.
    isLeft = verdict.state === "READY" && !verdict.isCurrent;
    const text = `${evaluation}, ${verdictWords(verdict)}`;
    return problems.length > 0 ? { failed: text } : text;
  });
  if (problems.length > 0) return refused(problems);
  if (isLeft || (plan !== null && !replace && needsReplace(plan)))
    return refused([`Nothing of ${slug} has changed: the same with --replace lets it take force.`]);
  if (publish) await publishCompetition(admin, slug);
  say(outcomeWords(slug, plan, { publish }));
  if (!publish) return 0;
  let differing: readonly string[] = [];
  await step(context, "Baseline", async (progress) => {
    const { told, problems } = await submitBaseline(admin, store, folder, { progress });
    differing = problems;
    return problems.length > 0 ? { failed: told } : told;
  });
  return differing.length > 0 ? refused([...differing]) : 0;
}

function step(
  context: Context,
  name: string,
  run: (progress: (text: string) => void) => Promise<Outcome>,
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
