"use client";

import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { usePassesFocusOn } from "@/components/forms/return-focus";
import { fallbackRefetchMs } from "@/components/live/pages";
import { Button } from "@/components/ui/button";
import { StateMark } from "@/components/ui/state-badge";
import { api } from "@/lib/api/client";
import type { Ranking, SubmissionView } from "@/lib/competitions/model";
import { metricLabel } from "./metrics";
import { scoreText } from "./score-text";
import { isPending, scoringLook } from "./state";
import { verdictText } from "./submission-state";
import type { UploadState } from "./upload/upload-state";

export interface AcceptedSubmissionProps {
  slug: string;
  primary: Ranking | null;
  filename: string;
  /** Null until it is known. */
  submission: SubmissionView | null;
  onAnother: () => void;
}

/** In place of the box once a file is there: how it fares, up to its score. */
export function AcceptedSubmission(props: AcceptedSubmissionProps) {
  const { slug, primary, filename, submission, onAnother } = props;
  const ref = usePassesFocusOn<HTMLDivElement>();
  const look = submission ? scoringLook[submission.state] : null;
  const to = submission
    ? `/competitions/${slug}/submissions/${submission.id}`
    : `/competitions/${slug}/submissions`;
  return (
    <div
      ref={ref}
      data-slot="accepted"
      className="flex flex-wrap items-center justify-between gap-x-4 gap-y-3 rounded-md border border-border bg-sunken px-4 py-4"
    >
      <div className="min-w-0">
        <p className="truncate font-medium text-sm">{filename}</p>
        <p className="flex items-center gap-1.5 text-sm">
          <StateMark tone={look?.tone ?? "idle"} />
          <span className="wrap-anywhere">{acceptedWords(submission, primary)}</span>
        </p>
      </div>
      <div className="flex items-center gap-2">
        <Button asChild variant="primary">
          <Link href={to}>{submission && !isPending(submission) ? "See the result" : "Follow it"}</Link>
        </Button>
        <Button onClick={onAnother}>Submit another</Button>
      </div>
    </div>
  );
}

/** How a file fares that was accepted. */
export function acceptedWords(submission: SubmissionView | null, primary: Ranking | null): string {
  if (submission === null) return "Accepted";
  const { state, metrics } = submission;
  const verdict = verdictText(submission);
  if (state === "REJECTED") return verdict ?? "Rejected";
  if (state !== "SCORED" || primary === null)
    return [scoringLook[state].label, verdict].filter(Boolean).join(": ");
  const score = metrics?.public?.[primary.metric];
  return `Scored: ${metricLabel(primary.metric)} ${scoreText(score)} on the public cases`;
}

/** What an upload became, followed up to its score; null while there is none. */
export function useAccepted(slug: string, upload: UploadState): SubmissionView | null {
  const id = upload.at === "accepted" ? upload.id : null;
  // Where the lab's answer did not say, the newest is it.
  const isNewest = upload.at === "accepted" && id === null;
  const known = useQuery(
    api.submissions.get.queryOptions({
      input: { id: id ?? "" },
      enabled: id !== null,
      refetchInterval: fallbackRefetchMs,
    }),
  );
  const newest = useQuery(
    api.competitions.submissions.queryOptions({
      input: { slug, limit: 1 },
      enabled: isNewest,
      refetchInterval: fallbackRefetchMs,
    }),
  );
  if (id !== null) return known.data?.data ?? null;
  return isNewest ? (newest.data?.data[0] ?? null) : null;
}
