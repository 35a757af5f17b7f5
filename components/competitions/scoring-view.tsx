"use client";

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { retrySubmission } from "@/app/(console)/admin/actions";
import { ConfirmAction } from "@/components/forms/confirm-action";
import { fallbackRefetchMs } from "@/components/live/pages";
import { Button } from "@/components/ui/button";
import { EmptyState } from "@/components/ui/empty-state";
import { Panel } from "@/components/ui/panel";
import { StateBadge } from "@/components/ui/state-badge";
import {
  Table,
  TableBody,
  TableCell,
  TableHead,
  TableHeader,
  TableRow,
  TableSecondLine,
} from "@/components/ui/table";
import { Elapsed, Time } from "@/components/ui/time";
import { api } from "@/lib/api/client";
import type { ScoringOverview } from "@/lib/competitions/admin-model";
import { IntervalFailures } from "./interval-failures";

/** The whole lab's scoring: what waits, what runs, and what failed. */
export function ScoringView({
  initial,
}: {
  initial: { data: ScoringOverview; meta: Record<string, never> };
}) {
  const { queues, running, failures, intervals } = useQuery(
    api.admin.scoring.queryOptions({ initialData: initial, refetchInterval: fallbackRefetchMs }),
  ).data.data;
  return (
    <div className="flex flex-col gap-4">
      <Queues queues={queues} />
      <Running running={running} />
      <Failures failures={failures} />
      <IntervalFailures intervals={intervals} />
    </div>
  );
}

function Queues({ queues }: Pick<ScoringOverview, "queues">) {
  return (
    <Panel title="Queues" description="Competitions take turns, and in each of them people do" inset="flush">
      {queues.length === 0 ? (
        <EmptyState title="Nothing waits">Every submission has its verdict.</EmptyState>
      ) : (
        <Table aria-label="Queues">
          <TableHeader>
            <tr>
              <TableHead>Competition</TableHead>
              <TableHead numeric>Waiting</TableHead>
              <TableHead numeric>Running</TableHead>
              <TableHead numeric>Tried again</TableHead>
              <TableHead numeric className="max-sm:hidden">
                One takes
              </TableHead>
              <TableHead className="max-sm:hidden">Last served</TableHead>
            </tr>
          </TableHeader>
          <TableBody>
            {queues.map((queue) => (
              <TableRow key={queue.competition}>
                <TableCell className="font-mono text-xs">{queue.competition}</TableCell>
                <Count value={queue.queued} />
                <Count value={queue.running} />
                <Count value={queue.retrying} />
                <TableCell numeric className="whitespace-nowrap font-mono text-xs max-sm:hidden">
                  {queue.meanMs === null ? "–" : `${queue.meanMs} ms`}
                </TableCell>
                <TableCell className="whitespace-nowrap max-sm:hidden">
                  {queue.servedAt ? <Time value={queue.servedAt} show="relative" /> : "never"}
                </TableCell>
              </TableRow>
            ))}
          </TableBody>
        </Table>
      )}
    </Panel>
  );
}

function Count({ value }: { value: number }) {
  return (
    <TableCell
      numeric
      className={value === 0 ? "font-mono text-subtle-foreground text-xs" : "font-mono text-xs"}
    >
      {value}
    </TableCell>
  );
}

function Running({ running }: Pick<ScoringOverview, "running">) {
  return (
    <Panel title="Running" inset="flush">
      {running.length === 0 ? (
        <EmptyState title="Nothing is being scored">Workers look for work as it comes.</EmptyState>
      ) : (
        <Table aria-label="Running">
          <TableHeader>
            <tr>
              <TableHead>Submission</TableHead>
              <TableHead className="max-sm:hidden">Worker</TableHead>
              <TableHead numeric>Try</TableHead>
              <TableHead numeric>For</TableHead>
            </tr>
          </TableHeader>
          <TableBody>
            {running.map((job) => (
              <TableRow key={job.submissionId}>
                <Submission job={job} />
                <TableCell className="font-mono text-xs max-sm:hidden">{job.worker}</TableCell>
                <Count value={job.attempts} />
                <TableCell numeric>
                  <Elapsed since={job.startedAt} className="text-xs" />
                </TableCell>
              </TableRow>
            ))}
          </TableBody>
        </Table>
      )}
    </Panel>
  );
}

function Submission({ job }: { job: { submissionId: string; competition: string; submitter: string } }) {
  return (
    <TableCell>
      <span className="font-mono text-xs">{job.submissionId}</span>
      <TableSecondLine>
        {job.submitter} · {job.competition}
      </TableSecondLine>
    </TableCell>
  );
}

function Failures({ failures }: Pick<ScoringOverview, "failures">) {
  return (
    <Panel
      title="Failures"
      description="Given up after several tries; of these only what ran over its time or memory counts against its sender's limits"
      inset="flush"
    >
      {failures.length === 0 ? (
        <EmptyState title="Nothing has failed">
          What a scoring fails by, be it a crash, a time limit or a broken truth, is here: the reason, and
          after a crash the end of the scorer's log. ./medforge logs worker has the rest.
        </EmptyState>
      ) : (
        <ul>
          {failures.map((failure) => (
            <Failure key={failure.submissionId} failure={failure} />
          ))}
        </ul>
      )}
    </Panel>
  );
}

function Failure({ failure }: { failure: ScoringOverview["failures"][number] }) {
  return (
    <li className="flex flex-col gap-2 border-border border-b px-4 py-3 last:border-0">
      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
        <div className="min-w-0">
          <p className="flex flex-wrap items-center gap-2">
            <span className="font-mono text-xs">{failure.submissionId}</span>
            <StateBadge tone="warn">Failed</StateBadge>
          </p>
          <p className="text-muted-foreground text-xs">
            {failure.submitter} · {failure.competition} · {failure.attempts}{" "}
            {failure.attempts === 1 ? "try" : "tries"} · <Time value={failure.finishedAt} />
          </p>
        </div>
        <Retry failure={failure} />
      </div>
      <pre
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, which must be possible by key
        tabIndex={0}
        className="focus-ring max-h-40 overflow-auto whitespace-pre-wrap break-all rounded-md border border-border bg-sunken px-3 py-2 font-mono text-xs leading-5"
      >
        {failure.failure || "It left no reason."}
      </pre>
    </li>
  );
}

function Retry({ failure }: { failure: ScoringOverview["failures"][number] }) {
  const queryClient = useQueryClient();
  const { submissionId: id, submitter } = failure;
  return (
    <ConfirmAction
      title={`Score ${id} again?`}
      description={`It goes back into the queue, and counts against ${submitter}'s limits as any other does.`}
      confirm="Score again"
      cancel="Leave it"
      tone="primary"
      done="Back in the queue"
      act={async () => {
        const result = await retrySubmission({ id });
        if (result.ok) await queryClient.invalidateQueries({ queryKey: api.admin.scoring.key() });
        return result;
      }}
    >
      <Button size="sm" aria-label={`Score again: ${id}`}>
        Score again
      </Button>
    </ConfirmAction>
  );
}
