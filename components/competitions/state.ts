import type { StateTone } from "@/components/ui/state-badge";
import type {
  CompetitionListItem,
  EvaluationState,
  RejectionProblem,
  ScoringState,
  SubmissionView,
} from "@/lib/competitions/model";

interface Look {
  readonly label: string;
  readonly tone: StateTone;
}

/** Each state's word and tone; the colour never stands alone. */
export const scoringLook: Record<ScoringState, Look> = {
  QUEUED: { label: "Queued", tone: "idle" },
  SCORING: { label: "Scoring", tone: "working" },
  SCORED: { label: "Scored", tone: "ok" },
  REJECTED: { label: "Rejected", tone: "bad" },
  FAILED: { label: "Failed", tone: "warn" },
};

export const evaluationLook: Record<EvaluationState, Look> = {
  CHECKING: { label: "Checking", tone: "working" },
  READY: { label: "Ready", tone: "ok" },
  REFUSED: { label: "Refused", tone: "bad" },
};

/** No verdict yet, so that it is worth watching. */
export function isPending({ state }: Pick<SubmissionView, "state">): boolean {
  return state === "QUEUED" || state === "SCORING";
}

type Watched = Pick<SubmissionView, "id" | "filename" | "state">;

/** Said at once: more of them nobody listens to. */
const saidAtMost = 3;

/**
 * What came or changed its state between two looks at a list whose newest come first, in words; null where nothing did.
 * Older ones that were loaded below those known are no news.
 */
export function changesText(before: readonly Watched[], now: readonly Watched[]): string | null {
  const known = new Map(before.map(({ id, state }) => [id, state]));
  const firstKnown = now.findIndex(({ id }) => known.has(id));
  const changed = now.filter(({ id, state }, index) =>
    known.has(id) ? known.get(id) !== state : firstKnown === -1 || index < firstKnown,
  );
  if (changed.length === 0) return null;
  const said = changed
    .slice(0, saidAtMost)
    .map(({ filename, state }) => `${filename}: ${scoringLook[state].label}.`);
  const more = changed.length - said.length;
  return [...said, ...(more > 0 ? [`${more} more changed.`] : [])].join(" ");
}

export type Phase = "unpublished" | "upcoming" | "open" | "closed";

/** Where a competition is at an instant, as far as submitting goes. */
export function phaseOf(
  { publishedAt, opensAt, closesAt }: Pick<CompetitionListItem, "publishedAt" | "opensAt" | "closesAt">,
  nowMs: number,
): Phase {
  if (publishedAt === null) return "unpublished";
  if (opensAt !== null && nowMs < Date.parse(opensAt)) return "upcoming";
  return closesAt !== null && nowMs >= Date.parse(closesAt) ? "closed" : "open";
}

export const phaseLook: Record<Phase, Look> = {
  unpublished: { label: "Not published", tone: "warn" },
  upcoming: { label: "Opens later", tone: "idle" },
  open: { label: "Open", tone: "ok" },
  closed: { label: "Closed", tone: "idle" },
};

/** A rejection in one sentence that names the place: "Rejected at line 214: probability is 1.2, and not between 0 and 1." */
export function rejectionSentence({ detail, line, case: id }: RejectionProblem): string {
  // The scorer's own words mostly begin with the line.
  if (line !== undefined && detail.startsWith(`Line ${line}: `)) {
    return `Rejected at line ${line}: ${detail.slice(`Line ${line}: `.length)}`;
  }
  if (line !== undefined && detail.startsWith(`Line ${line} `)) return `Rejected: l${detail.slice(1)}`;
  if (line !== undefined) return `Rejected at line ${line}: ${detail}`;
  return id === undefined || detail.includes(id)
    ? `Rejected: ${detail}`
    : `Rejected at case ${id}: ${detail}`;
}

/** The task in words. */
const taskNames: Readonly<Record<string, string>> = {
  labels: "Classification",
  binary_probability: "Two-class probability",
  multiclass_probability: "Class probabilities",
  boxes: "Box detection",
  masks: "3-D segmentation",
};

export function taskName(task: string | null): string {
  return task === null ? "Not known yet" : (taskNames[task] ?? task);
}
