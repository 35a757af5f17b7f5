import type { CompetitionView, SubmissionCases, SubmissionView } from "@/lib/competitions/model";

export interface MaskPanelProps {
  submission: SubmissionView;
  competition: CompetitionView;
  /** Those whose scores the viewer sees. */
  cases: SubmissionCases["cases"];
}
