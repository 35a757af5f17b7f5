"use client";

import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { fallbackRefetchMs } from "@/components/live/pages";
import { Button } from "@/components/ui/button";
import { useNow } from "@/components/ui/lab-clock";
import { Notice } from "@/components/ui/notice";
import { Panel } from "@/components/ui/panel";
import { Elapsed } from "@/components/ui/time";
import { api } from "@/lib/api/client";
import type { CompetitionView, SubmissionView } from "@/lib/competitions/model";
import { leftText } from "../competition-header";
import { phaseOf, rejectionSentence } from "../state";
import { QueueWords } from "../submission-state";

/** What came of it, in words; of a score the figures speak. */
export function Verdict({ submission }: { submission: SubmissionView }) {
  const { state, problem, retrying } = submission;
  if (state === "REJECTED") {
    return (
      <Notice tone="bad" title={problem ? rejectionSentence(problem) : "Rejected"}>
        {problem ? (
          <span className="text-muted-foreground text-xs">
            Rule <span className="font-mono">{problem.rule}</span>
            {problem.column ? (
              <>
                {" "}
                · column <span className="font-mono">{problem.column}</span>
              </>
            ) : null}
          </span>
        ) : null}
      </Notice>
    );
  }
  if (state === "FAILED") return <Failed problem={problem} />;
  if (state === "SCORING") {
    return (
      <Notice tone="working" title="Being scored now">
        {submission.startedAt ? <Elapsed since={submission.startedAt} /> : null}
      </Notice>
    );
  }
  if (state === "QUEUED") {
    return (
      <Notice
        tone={retrying ? "warn" : "idle"}
        title={retrying ? "Tried again soon" : "Waiting to be scored"}
      >
        {retrying ? (
          "Scoring failed on the lab's side; it is tried again by itself."
        ) : (
          <QueueWords id={submission.id} />
        )}
      </Notice>
    );
  }
  return null;
}

/** @param problem the bound that it ran over; null where the fault is the lab's */
function Failed({ problem }: Pick<SubmissionView, "problem">) {
  return problem ? (
    <Notice tone="warn" title={problem.detail}>
      It was tried twice and counts against your limits. An administrator can have it scored again.
    </Notice>
  ) : (
    <Notice tone="warn" title="The lab could not score it">
      The fault is the lab's and not the file's; an administrator sees it with its log. It doesn't count
      against your limits.
    </Notice>
  );
}

export interface NextStepProps {
  submission: SubmissionView;
  competition: CompetitionView;
  own: boolean;
}

/** What whoever sent it in may want to do now. */
export function NextStep({ submission, competition, own }: NextStepProps) {
  const open = phaseOf(competition, useNow(15_000)) === "open";
  if (!own) return null;
  const base = `/competitions/${competition.slug}`;
  const { state } = submission;
  return (
    <Panel title="What next">
      <div className="flex flex-col items-start gap-3 text-sm">
        {state === "SCORED" ? (
          <Placed submission={submission} competition={competition} />
        ) : (
          <p className="text-muted-foreground">
            {state === "FAILED" && submission.problem ? nextAtBound : nextWords[state]}
          </p>
        )}
        <p className="text-muted-foreground text-xs">
          {open ? `Left to you: ${leftText(competition.quota)}` : "Submissions have closed."}
        </p>
        <span className="flex flex-wrap gap-2">
          {open ? (
            <Button asChild variant={state === "REJECTED" ? "primary" : "secondary"}>
              <Link href={`${base}/submit`}>
                {state === "REJECTED" ? "Submit the corrected file" : "Submit another"}
              </Link>
            </Button>
          ) : null}
          <Button asChild>
            <Link href={`${base}/leaderboard`}>Leaderboard</Link>
          </Button>
        </span>
      </div>
    </Panel>
  );
}

const nextWords: Record<Exclude<SubmissionView["state"], "SCORED">, string> = {
  QUEUED: "You may close this page: the verdict is here when you come back.",
  SCORING: "You may close this page: the verdict is here when you come back.",
  REJECTED:
    "Correct that and submit again. A rejected file doesn't count; only its first fault is named, so look for others like it.",
  FAILED: "Nothing for you to do: an administrator looks at it and has it scored again.",
};

const nextAtBound = "Look for what makes it so costly to score; an administrator sees it, too.";

/** Where this submission stands among one's own and on the board. */
function Placed({ submission, competition }: { submission: SubmissionView; competition: CompetitionView }) {
  const { data } = useQuery(
    api.competitions.place.queryOptions({
      input: { slug: competition.slug, split: "public" },
      refetchInterval: fallbackRefetchMs,
    }),
  );
  if (!data) return <p className="text-muted-foreground">Your place is being looked up.</p>;
  const { row: mine, total } = data.data;
  if (mine === null) return <p className="text-muted-foreground">It has no place on the board.</p>;
  if (mine.submissionId === submission.id) {
    return (
      <p>
        This is your best: <span className="font-semibold">rank {mine.rank}</span> of {total}.
      </p>
    );
  }
  return (
    <p>
      Your best is{" "}
      <Link
        href={`/competitions/${competition.slug}/submissions/${mine.submissionId}`}
        className="focus-ring rounded-sm text-link underline underline-offset-4"
      >
        another one
      </Link>
      , with rank {mine.rank} of {total}.
    </p>
  );
}
