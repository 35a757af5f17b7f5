"use client";

import { useQuery } from "@tanstack/react-query";
import { StateBadge } from "@/components/ui/state-badge";
import { api } from "@/lib/api/client";
import type { QueuePlace, SubmissionView } from "@/lib/competitions/model";
import { rejectionSentence, scoringLook } from "./state";

export function SubmissionBadge({ submission }: { submission: Pick<SubmissionView, "state" | "retrying"> }) {
  const { label, tone } = scoringLook[submission.state];
  return submission.retrying && submission.state === "QUEUED" ? (
    <StateBadge tone="warn">Tried again soon</StateBadge>
  ) : (
    <StateBadge tone={tone}>{label}</StateBadge>
  );
}

/** What others send moves it too, of which no stream tells. ms */
const queueRefetchMs = 3_000;

/** Where a submission stands in the queue, as long as it waits. */
export function QueueWords({ id }: { id: string }) {
  const { data } = useQuery(
    api.submissions.queue.queryOptions({ input: { id }, refetchInterval: queueRefetchMs }),
  );
  return <>{data?.data ? queueText(data.data) : "waiting for its turn"}</>;
}

/** "next in line, in about 2 s"; "14 before it, in about 1 min". */
function queueText({ ahead, more, expectedMs }: QueuePlace): string {
  const place = ahead === 0 ? "next in line" : `${ahead}${more ? " or more" : ""} before it`;
  return expectedMs === null ? place : `${place}, ${expectedText(expectedMs)}`;
}

function expectedText(ms: number): string {
  const seconds = Math.ceil(ms / 1_000);
  if (seconds <= 1) return "in about a second";
  return seconds < 90 ? `in about ${seconds} s` : `in about ${Math.round(seconds / 60)} min`;
}

/** What there is to say of a submission besides its score; null when the score says it all. */
export function verdictText(submission: SubmissionView): string | null {
  const { state, problem, retrying } = submission;
  if (state === "REJECTED") return problem ? rejectionSentence(problem) : "Rejected";
  if (state === "FAILED") return "The lab could not score it; it doesn't count against your limits.";
  if (state === "QUEUED" && retrying) return "Scoring failed on the lab's side and is tried again by itself.";
  return state === "SCORING" ? "being scored now" : null;
}
