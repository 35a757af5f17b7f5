import type { ImportChange, ImportView } from "@/lib/competitions/import-model";

/** What would change, without the widening as long as nobody asks for it. */
export function waitingChanges({ waiting }: Pick<ImportView, "waiting">, widen: boolean): ImportChange[] {
  const { changes = [], widens = false } = waiting ?? {};
  return changes.filter(({ field }) => widen || !widens || field !== "visibility");
}

/** What it means that the evaluation takes the place of another, a sentence each; none where it is in force. */
export function takesForceWords({
  waiting,
  evaluation,
}: Pick<ImportView, "waiting" | "evaluation">): string[] {
  const { replaces, revealed, submitters = 0 } = waiting ?? {};
  if (!replaces || !evaluation) return [];
  const people = submitters === 1 ? "1 person has" : `${submitters} people have`;
  const anew =
    submitters === 0
      ? "Nobody has submitted yet."
      : `What ${people} submitted is scored anew; the old board stays readable.`;
  const hidden = `The private board of evaluation ${replaces.number} is open to everybody; that of evaluation ${evaluation.number} is closed until it is revealed itself.`;
  return [
    `Evaluation ${evaluation.number} would take the place of evaluation ${replaces.number}. ${anew}`,
    ...(replaces.revealed && !revealed ? [hidden] : []),
  ];
}

/** What is so now, and what comes next. */
export function nextWords({ evaluation, competition, waiting, target }: ImportView): string {
  if (evaluation?.state === "CHECKING") return "The worker checks it now; this page tells when it is done.";
  if (evaluation?.state === "REFUSED") return "Mend what it says and upload the zip again.";
  if (competition?.publishedAt) {
    if (waiting !== null) return "Everything is right, and waits for your word.";
    if (!evaluation?.current) return "A newer evaluation is in force.";
    return evaluation.number === 1
      ? "It is published: those it is for see it, take its data and submit."
      : `Evaluation ${evaluation.number} is in force, and the competition is published: what was submitted before is scored by it anew, and the old board stays readable.`;
  }
  if (target !== null) return "It is in force; nobody sees the competition before it is published.";
  if (competition?.created) return "Everything is right. Only administrators see it until it is published.";
  return competition?.changed.length === 0
    ? "The competition was there, and its texts and limits are those of this folder already. Only administrators see it."
    : "The competition was there, and has what this folder says. Only administrators see it until it is published.";
}
