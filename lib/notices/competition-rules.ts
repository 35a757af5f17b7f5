import { assertNever } from "@/lib/kernel/assert";
import type { NoticeContent, NoticeText } from "./model";

type OfCompetition = Extract<NoticeContent, { title: string }>;
type OfSubmission = Extract<OfCompetition, { filename: string }>;

const base = ({ slug }: OfCompetition) => `/competitions/${slug}`;

/** The submission's page, or of several the list that has them all. */
function pageOf(content: OfSubmission) {
  const list = `${base(content)}/submissions`;
  return {
    href: content.count === 1 ? `${list}/${content.submissionId}` : list,
    surface: content.exposure,
  };
}

/** "predictions.csv was", or of several "3 submissions were". */
function which({ count, filename }: OfSubmission): string {
  return count === 1 ? `${filename} was` : `${count} submissions were`;
}

/** What a notice about a competition says. */
export function competitionNoticeText(content: OfCompetition): NoticeText {
  const { title } = content;
  switch (content.kind) {
    case "submission_rejected": {
      const at = content.line === undefined || content.count > 1 ? "" : ` at line ${content.line}`;
      const last = content.count === 1 ? "" : `The last, ${content.filename}: `;
      return {
        title: `${which(content)} rejected${at}`,
        body: `${title}. ${last}${content.detail} It doesn't count against your limits.`,
        tone: "bad",
        ...pageOf(content),
      };
    }
    case "submission_failed":
      return {
        title: `${which(content)} not scored`,
        body: failedText(content),
        tone: "warn",
        ...pageOf(content),
      };
    case "submission_scored":
      return {
        title: `${which(content)} scored`,
        body: `${title}. It took longer than usual; the score is there now.`,
        tone: "ok",
        ...pageOf(content),
      };
    case "private_revealed":
      return {
        title: `The private leaderboard of ${title} is open`,
        body: "Scores and places on the private cases are everybody's to see, yours among them.",
        tone: "ok",
        href: `${base(content)}/leaderboard`,
        surface: content.exposure,
      };
    case "evaluation_scored":
      return {
        title: `${title} has a new leaderboard`,
        body: `Evaluation ${content.number} has scored every submission anew. ${rejectedText(content.rejected)} The old board stays readable.`,
        tone: content.rejected > 0 ? "warn" : "idle",
        href: `${base(content)}/submissions`,
        surface: content.exposure,
      };
    case "scoring_failed":
      return {
        title: `A submission to ${title} could not be scored`,
        body: `By evaluation ${content.number}: ${sentence(content.failure)} What fails by the same evaluation after it is not told before this is read.`,
        tone: "bad",
        href: "/admin/scoring",
        surface: null,
      };
    default:
      return assertNever(content);
  }
}

/** A crash leaves lines of a log. */
function sentence(failure: string): string {
  const [first = ""] = failure.trim().split("\n");
  return /[.!?]$/.test(first) ? first : `${first}.`;
}

function failedText({ title, detail }: Extract<OfCompetition, { kind: "submission_failed" }>): string {
  if (detail !== undefined) return `${title}. ${detail} It counts against your limits.`;
  return `${title}. The fault is the lab's, an administrator is told why, and it doesn't count against your limits.`;
}

function rejectedText(rejected: number): string {
  if (rejected === 0) return "All of yours have a score under it.";
  return `Of yours it rejected ${rejected}: their pages say why.`;
}
