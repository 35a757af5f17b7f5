"use client";

import Link from "next/link";
import { cn } from "@/components/ui/cn";
import {
  Table,
  TableBody,
  TableCell,
  TableHead,
  TableHeader,
  TableRow,
  TableSecondLine,
} from "@/components/ui/table";
import { Time } from "@/components/ui/time";
import type { Ranking, SubmissionView } from "@/lib/competitions/model";
import { size } from "@/lib/kernel/size";
import { metricLabel } from "./metrics";
import { exactScore, scoreText } from "./score-text";
import { QueueWords, SubmissionBadge, verdictText } from "./submission-state";

export interface SubmissionTableProps {
  submissions: readonly SubmissionView[];
  primary: Ranking | null;
  /** Whether there is a private split that the viewer may see. */
  withPrivate: boolean;
}

export function SubmissionTable({ submissions, primary, withPrivate }: SubmissionTableProps) {
  // The newest come first, and the oldest are served first.
  const waiting = submissions.filter(({ state }) => state === "QUEUED").map(({ id }) => id);
  const watched = new Set(waiting.slice(-watchedAtMost));
  const metric = primary ? metricLabel(primary.metric) : "Score";
  return (
    <Table aria-label="My submissions">
      <TableHeader>
        <tr>
          <TableHead>State</TableHead>
          <TableHead>Submission</TableHead>
          <TableHead numeric>{metric}</TableHead>
          {withPrivate ? (
            <TableHead numeric className="max-sm:hidden">
              On private
            </TableHead>
          ) : null}
          <TableHead className="max-md:hidden">Submitted</TableHead>
        </tr>
      </TableHeader>
      <TableBody>
        {submissions.map((submission) => (
          <TableRow key={submission.id}>
            <TableCell className="align-top">
              <SubmissionBadge submission={submission} />
            </TableCell>
            <TableCell className="w-full max-w-0 align-top">
              <Link
                href={`/competitions/${submission.competition}/submissions/${submission.id}`}
                className="focus-ring block truncate rounded-sm font-medium text-link underline-offset-4 hover:underline"
              >
                {submission.filename}
              </Link>
              <Verdict submission={submission} watched={watched.has(submission.id)} />
              <TableSecondLine className="truncate">
                {size(submission.bytes)}
                <span className="md:hidden">
                  {" · "}
                  <Time value={submission.acceptedAt} show="relative" />
                </span>
                <span className="font-mono max-sm:hidden"> · {submission.id}</span>
              </TableSecondLine>
            </TableCell>
            <Score value={scoreOf(submission, primary, "public")} />
            {withPrivate ? (
              <Score value={scoreOf(submission, primary, "private")} className="max-sm:hidden" />
            ) : null}
            <TableCell className="align-top max-md:hidden">
              <Time value={submission.acceptedAt} />
            </TableCell>
          </TableRow>
        ))}
      </TableBody>
    </Table>
  );
}

function scoreOf(
  { metrics }: SubmissionView,
  primary: Ranking | null,
  split: "public" | "private",
): number | null {
  return primary ? (metrics?.[split]?.[primary.metric] ?? null) : null;
}

/** Places in the queue are asked for again and again: only those that come next are worth it. */
const watchedAtMost = 5;

function Verdict({ submission, watched }: { submission: SubmissionView; watched: boolean }) {
  const { id, state, retrying } = submission;
  const text = verdictText(submission);
  if (state === "QUEUED" && !retrying) {
    return (
      <p className="mt-0.5 text-muted-foreground text-xs">
        {watched ? <QueueWords id={id} /> : "after your earlier ones"}
      </p>
    );
  }
  if (text === null) return null;
  const tone = state === "REJECTED" ? "text-bad" : "text-muted-foreground";
  return <p className={cn("wrap-anywhere mt-0.5 text-xs", tone)}>{text}</p>;
}

function Score({ value, className }: { value: number | null; className?: string }) {
  return (
    <TableCell
      numeric
      className={cn("whitespace-nowrap align-top font-mono text-xs leading-5", className)}
      title={value === null ? undefined : exactScore(value)}
    >
      {scoreText(value)}
    </TableCell>
  );
}
