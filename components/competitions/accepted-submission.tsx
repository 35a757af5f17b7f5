"use client";

import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { usePassesFocusOn } from "@/components/forms/return-focus";
import { fallbackRefetchMs } from "@/components/live/pages";
import { Announcement } from "@/components/ui/announcement";
import { Button } from "@/components/ui/button";
import { StateMark } from "@/components/ui/state-badge";
import { api } from "@/lib/api/client";
import type { Ranking, SubmissionView } from "@/lib/competitions/model";
import { metricLabel } from "./metrics";
import { scoreText } from "./score-text";
import { isPending, scoringLook } from "./state";
import { verdictText } from "./submission-state";

export interface AcceptedSubmissionProps {
  slug: string;
  primary: Ranking | null;
  filename: string;
  /** Null where the lab's answer did not say: the newest is it. */
  id: string | null;
  onAnother: () => void;
}

/** In place of the box once a file is there: how it fares, up to its score. */
export function AcceptedSubmission({ slug, primary, filename, id, onAnother }: AcceptedSubmissionProps) {
  const submission = useSubmission(slug, id);
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
          <span className="wrap-anywhere">{submission ? outcome(submission, primary) : "Accepted"}</span>
        </p>
        <Announcement>{submission ? outcome(submission, primary) : "Accepted."}</Announcement>
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

function outcome(submission: SubmissionView, primary: Ranking | null): string {
  const { state, metrics } = submission;
  const verdict = verdictText(submission);
  if (state === "REJECTED") return verdict ?? "Rejected";
  if (state !== "SCORED" || primary === null)
    return [scoringLook[state].label, verdict].filter(Boolean).join(": ");
  const score = metrics?.public?.[primary.metric];
  return `Scored: ${metricLabel(primary.metric)} ${scoreText(score)} on the public cases`;
}

function useSubmission(slug: string, id: string | null): SubmissionView | null {
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
      enabled: id === null,
      refetchInterval: fallbackRefetchMs,
    }),
  );
  return known.data?.data ?? newest.data?.data[0] ?? null;
}
