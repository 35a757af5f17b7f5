"use client";

import { useQuery } from "@tanstack/react-query";
import { Download } from "lucide-react";
import { LoadFailure } from "@/components/live/load-failure";
import { fallbackRefetchMs } from "@/components/live/pages";
import { useSurface } from "@/components/surface/surface-provider";
import { Announcement } from "@/components/ui/announcement";
import { Button } from "@/components/ui/button";
import { PageHeader } from "@/components/ui/page-header";
import { Fact, Facts, Panel } from "@/components/ui/panel";
import { Skeleton } from "@/components/ui/skeleton";
import { Time } from "@/components/ui/time";
import { api } from "@/lib/api/client";
import type { CompetitionView, SubmissionCases, SubmissionView } from "@/lib/competitions/model";
import { size } from "@/lib/kernel/size";
import { DigestRow } from "../digest-row";
import { submissionFilePath } from "../paths";
import { scoringLook } from "../state";
import { SubmissionBadge, verdictText } from "../submission-state";
import { useSeen } from "../upload/upload-provider";
import { type InitialCompetition, useCompetition } from "../use-competition";
import { MaskPanel } from "../viewer/mask-panel";
import { ClassTable, ConfusionMatrix } from "./class-panels";
import { CurvePanel } from "./curve-panel";
import { DistributionPanel } from "./distribution-panel";
import { type Explained, explainedIn } from "./explanation";
import { IntervalPanel } from "./interval-panel";
import { MetricTable } from "./metric-table";
import { NextStep, Verdict } from "./verdict";

export interface SubmissionPageProps {
  competition: InitialCompetition;
  initial: { data: SubmissionView; meta: Record<string, never> };
  /** Whoever looks sent it in. */
  own: boolean;
}

/** One submission: what came of it, what the score is made of, and what it was scored by. */
export function SubmissionPage({ competition: initialCompetition, initial, own }: SubmissionPageProps) {
  const competition = useCompetition(initialCompetition);
  useSeen(initial.data.id);
  const submission = useQuery(
    api.submissions.get.queryOptions({
      input: { id: initial.data.id },
      initialData: initial,
      refetchInterval: fallbackRefetchMs,
    }),
  ).data.data;
  return (
    <>
      <Announcement>
        {[scoringLook[submission.state].label, verdictText(submission)].filter(Boolean).join(": ")}
      </Announcement>
      <PageHeader
        parent={
          own
            ? {
                href: `/competitions/${competition.slug}/submissions`,
                label: `${competition.title}, my submissions`,
              }
            : { href: `/competitions/${competition.slug}`, label: competition.title }
        }
        title={<span className="wrap-anywhere">{submission.filename}</span>}
        state={<SubmissionBadge submission={submission} />}
        description={
          <>
            <span className="font-mono text-xs">{submission.id}</span>
            {own ? null : ` by ${submission.submitter}`} · <Time value={submission.acceptedAt} />
          </>
        }
        actions={<DownloadFile submission={submission} />}
      />
      <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,1fr)_22rem] lg:grid-rows-[auto_1fr]">
        <div className="flex min-w-0 flex-col gap-4 empty:hidden">
          <Verdict submission={submission} />
          {submission.state === "SCORED" ? <Score submission={submission} competition={competition} /> : null}
        </div>
        <div className="flex min-w-0 flex-col gap-4 lg:row-span-2">
          <NextStep submission={submission} competition={competition} own={own} />
          {own && submission.state === "SCORED" ? (
            <IntervalPanel submission={submission} competition={competition} />
          ) : null}
          <Details submission={submission} />
        </div>
        <div className="flex min-w-0 flex-col gap-4">
          {submission.state === "SCORED" ? (
            <Made submission={submission} competition={competition} own={own} />
          ) : null}
          <Digests submission={submission} competition={competition} />
        </div>
      </div>
    </>
  );
}

function DownloadFile({ submission }: { submission: SubmissionView }) {
  const { surface } = useSurface();
  if (submission.fileDroppedAt !== null) {
    return <p className="text-muted-foreground text-sm">Rejected long ago: its file is kept no more</p>;
  }
  return (
    <Button asChild>
      <a href={submissionFilePath(surface, submission.id)} download={submission.filename}>
        <Download aria-hidden />
        File, {size(submission.bytes)}
      </a>
    </Button>
  );
}

interface PartProps {
  submission: SubmissionView;
  competition: CompetitionView;
}

/**
 * Asked for once for each verdict, and again when the private part is revealed. Under a key of its own, since it may be
 * megabytes, and nothing that is heard of changes it.
 */
function useCases({ id, metrics, finishedAt }: SubmissionView) {
  return useQuery({
    queryKey: ["cases of a submission", id, finishedAt, metrics?.private !== null],
    queryFn: ({ signal }) => api.submissions.cases.call({ id }, { signal }),
    refetchOnMount: false,
    staleTime: Number.POSITIVE_INFINITY,
  });
}

function Score({ submission, competition }: PartProps) {
  const { data } = useCases(submission);
  const { evaluation, privateVisible } = competition;
  return (
    <MetricTable
      submission={submission}
      evaluation={evaluation}
      order={orderOf(competition)}
      reasons={data?.data.undefined ?? {}}
      sealed={evaluation?.hasPrivate === true && !privateVisible}
    />
  );
}

/** What the score is made of, where the report says it. */
function Made({ submission, competition, own }: PartProps & { own: boolean }) {
  const { data, error, refetch } = useCases(submission);
  if (!data && error)
    return <LoadFailure what="What it is made of" error={error} onRetry={() => void refetch()} />;
  if (!data) {
    return (
      <Panel title="By case">
        <Skeleton className="h-72" />
      </Panel>
    );
  }
  const { cases, explanation } = data.data;
  const classes = competition.evaluation?.classes ?? [];
  return (
    <>
      <DistributionPanel
        cases={cases}
        words={{ labels: competition.evaluation?.labels ?? {}, metrics: orderOf(competition) }}
      />
      <CurvePanel public={explainedIn(explanation.public)} private={explainedIn(explanation.private)} />
      {own ? <MaskPanel submission={submission} competition={competition} cases={cases} /> : null}
      <Classes explained={explainedIn(explanation.public)} classes={classes} />
      <NotShown cases={cases} task={competition.task} />
    </>
  );
}

/** What ranks comes first. */
function orderOf({ evaluation }: CompetitionView): string[] {
  if (evaluation === null) return [];
  const ranking = [evaluation.primary, ...evaluation.tieBreak].map(({ metric }) => metric);
  return [...new Set([...ranking, ...evaluation.metrics])];
}

function Classes({ explained, classes }: { explained: Explained | null; classes: readonly string[] }) {
  if (explained === null) return null;
  return (
    <>
      {explained.confusion ? <ConfusionMatrix confusion={explained.confusion} classes={classes} /> : null}
      <ClassTable perClass={explained.perClass} />
    </>
  );
}

/** Every task but this says what each case scored, unless there are too many of them. */
function noCases(task: string | null): string {
  return task === "boxes"
    ? "This score is no mean over cases, so that there are none to show."
    : "A report of more than 4 MiB is kept without what each case scored, as of some 40,000 of them; the score is of all.";
}

/** What people look for and the scorer doesn't report. */
function NotShown({ cases, task }: { cases: SubmissionCases["cases"]; task: string | null }) {
  if (cases.length > 0) return null;
  return <p className="text-muted-foreground text-xs">{noCases(task)}</p>;
}

function Details({ submission }: { submission: SubmissionView }) {
  return (
    <Panel title="Details">
      <Facts className="sm:grid-cols-2 lg:grid-cols-2">
        <Fact label="Submitted">
          <Time value={submission.acceptedAt} show="absolute" />
        </Fact>
        <Fact label="Verdict">
          {submission.finishedAt ? <Time value={submission.finishedAt} show="absolute" /> : "not yet"}
        </Fact>
        <Fact label="Scoring took">{durationText(submission.durationMs)}</Fact>
        <Fact label="Scorer">
          <span className="font-mono text-xs">{submission.scorer ?? "–"}</span>
        </Fact>
      </Facts>
    </Panel>
  );
}

function durationText(ms: number | null): string {
  if (ms === null) return "–";
  return ms < 1_000 ? `${ms} ms` : `${(ms / 1_000).toFixed(1)} s`;
}

function Digests({ submission, competition }: PartProps) {
  const { evaluation } = competition;
  const same = evaluation?.id === submission.evaluationId ? evaluation : null;
  return (
    <Panel
      title="Replay"
      description={
        submission.state === "SCORED"
          ? "SHA-256 of all that made the score; the same files give the same bits again"
          : "SHA-256 of what is scored, and of what it is scored by"
      }
    >
      <dl className="flex flex-col gap-2">
        <DigestRow label="This file" digest={submission.sha256} />
        {same ? <DigestRow label={`Evaluation ${same.number}`} digest={same.digests.evaluation} /> : null}
        {same?.digests.truth ? <DigestRow label="Truth" digest={same.digests.truth} /> : null}
        {submission.reportDigest ? <DigestRow label="Report" digest={submission.reportDigest} /> : null}
      </dl>
    </Panel>
  );
}
