"use client";

import { useQuery } from "@tanstack/react-query";
import { fallbackRefetchMs } from "@/components/live/pages";
import { Panel } from "@/components/ui/panel";
import { Time } from "@/components/ui/time";
import { api } from "@/lib/api/client";
import type { CompetitionView, Split, SubmissionView } from "@/lib/competitions/model";
import { intervalWords, noIntervalWords, rankRange, scaleOf, scoreRange } from "../interval";
import { IntervalPlot } from "../interval-plot";

export interface IntervalPanelProps {
  submission: SubmissionView;
  competition: CompetitionView;
}

/** How far chance may have moved score and rank, on each split that the viewer sees; for one's best, which has a rank. */
export function IntervalPanel({ submission, competition }: IntervalPanelProps) {
  const onPublic = usePlace(submission, competition, "public");
  const onPrivate = usePlace(submission, competition, "private");
  if (onPublic === null && onPrivate === null) return null;
  return (
    <Panel title="How sure" data-slot="interval-panel">
      <div className="flex flex-col gap-4">
        {onPublic ? <Place split="public" row={onPublic} /> : null}
        {onPrivate ? <Place split="private" row={onPrivate} /> : null}
      </div>
    </Panel>
  );
}

/** The viewer's place, where this submission has it and the split is to be seen; null otherwise. */
function usePlace(submission: SubmissionView, competition: CompetitionView, split: Split) {
  const seen =
    split === "public" || (competition.privateVisible && competition.evaluation?.hasPrivate === true);
  const { data } = useQuery(
    api.competitions.place.queryOptions({
      input: { slug: competition.slug, split },
      enabled: seen,
      refetchInterval: fallbackRefetchMs,
    }),
  );
  const row = data?.data.row ?? null;
  return seen && row?.submissionId === submission.id ? row : null;
}

type Row = NonNullable<ReturnType<typeof usePlace>>;

function Place({ split, row }: { split: Split; row: Row }) {
  const { interval } = row;
  const scale = scaleOf([row]);
  return (
    <div className="flex flex-col gap-1 text-sm">
      <p className="text-muted-foreground text-xs">On the {split} cases</p>
      {interval === null || scale === null ? (
        <p className="text-muted-foreground">{noIntervalWords(row)}</p>
      ) : (
        <>
          <IntervalPlot interval={interval} score={row.score} scale={scale} className="w-full" />
          <p>
            <span className="font-mono text-xs">{scoreRange(interval)}</span>, {rankRange(interval)}
          </p>
          <p className="text-muted-foreground text-xs">
            {intervalWords(interval)} Computed <Time value={interval.computedAt} show="relative" />.
          </p>
        </>
      )}
    </div>
  );
}
