import type { ImportPlan } from "@/lib/competitions/queries/import-changes";
import type { evaluationVerdict } from "@/lib/competitions/queries/verdict";

/** Whether it would change something that people see already. */
export function needsReplace({ published, changes, evaluation }: ImportPlan): boolean {
  return published && (changes.length > 0 || evaluation !== null);
}

function people(count: number): string {
  return count === 1 ? "1 submitter" : `${count} submitters`;
}

/** What an import will do to a competition that is there, a line each, before it is done. */
export function planWords(
  slug: string,
  plan: ImportPlan | null,
  { replace }: { readonly replace: boolean },
): string[] {
  if (plan === null) return [];
  const { published, submitters, changes, staysInvite } = plan;
  const stays = staysInvite
    ? [`  visibility: stays invite; the folder says public, and --widen makes it so`]
    : [];
  const lines = [...evaluationWords(plan), ...changes.map(changeWords), ...stays];
  if (lines.length === 0) return [];
  const would = replace || !published ? "This changes" : "With --replace this would change";
  const state = published ? `is published, with ${people(submitters)}` : "is there, not published";
  return [`${slug} ${state}. ${would}:`, ...lines];
}

function evaluationWords({ evaluation, submitters }: ImportPlan): string[] {
  if (evaluation === null) return [];
  const { before, after } = evaluation;
  const next = after ? `version ${after.number} again` : "a new version";
  if (before === null) return [`  evaluation: ${next}`];
  const anew = submitters > 0 ? ", by which every submission is scored anew" : "";
  const hidden =
    before.revealed && !after?.revealed
      ? [`  private split: that of version ${before.number} is revealed, this one's is closed`]
      : [];
  return [`  evaluation: version ${before.number} → ${next}${anew}`, ...hidden];
}

function changeWords({ field, before, after }: ImportPlan["changes"][number]): string {
  return `  ${field}: ${before} → ${after}`;
}

/** What is so at the end of an import that was carried out. */
export function outcomeWords(
  slug: string,
  plan: ImportPlan | null,
  { publish }: { readonly publish: boolean },
): string {
  const isChanged = plan === null || plan.changes.length > 0 || plan.evaluation !== null;
  if (plan?.published)
    return isChanged ? `${slug} is published, as the folder has it` : `${slug}: unchanged, published`;
  if (publish) return `${slug} is published`;
  const same = isChanged ? "" : "unchanged, and ";
  return `${slug} is ${same}for administrators only: the same with --publish shows it, and has the baseline scored`;
}

type EvaluationVerdict = Awaited<ReturnType<typeof evaluationVerdict>>;

/** What the worker says of an evaluation, and whether submissions are scored by it. */
export function verdictWords({ number, state, isCurrent, waits, sampleMetrics }: EvaluationVerdict): string {
  const other = waits ? "not in force yet" : "and a newer one is in force";
  const place = state === "READY" && !isCurrent ? `, ${other}` : "";
  const sample = sampleMetrics === null ? "" : `; the sample scores ${JSON.stringify(sampleMetrics)}`;
  return `version ${number}, is ${state}${place}${sample}`;
}
