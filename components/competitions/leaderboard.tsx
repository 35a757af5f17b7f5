"use client";

import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Download } from "lucide-react";
import Link from "next/link";
import { useState } from "react";
import { ListPending } from "@/components/live/list-pending";
import { LoadMore } from "@/components/live/load-more";
import { itemsOf, type ListPage, listPageSize } from "@/components/live/pages";
import { useListRefetch } from "@/components/live/use-list-refetch";
import { useSurface } from "@/components/surface/surface-provider";
import { Button } from "@/components/ui/button";
import { EmptyState } from "@/components/ui/empty-state";
import { Panel } from "@/components/ui/panel";
import { SegmentedControl } from "@/components/ui/segmented-control";
import { Select } from "@/components/ui/select";
import { Time } from "@/components/ui/time";
import { api } from "@/lib/api/client";
import { placesWithIntervals } from "@/lib/competitions/bound-rules";
import type { CompetitionView, EvaluationView, LeaderboardRow, Split } from "@/lib/competitions/model";
import { LeaderboardTable } from "./leaderboard-table";
import { directionWords, metricLabel } from "./metrics";
import { type InitialPlace, OwnPlace } from "./own-place";
import { leaderboardFilePath } from "./paths";
import { type InitialCompetition, useCompetition } from "./use-competition";

export interface LeaderboardProps {
  competition: InitialCompetition;
  /** The public board under the current evaluation, and the viewer's place on it; null before one is ready. */
  initial: { board: ListPage<LeaderboardRow>; place: InitialPlace } | null;
  /** Newest first. */
  evaluations: { data: EvaluationView[]; meta: Record<string, never> };
}

const splitLabels: Record<Split, string> = { public: "Public", private: "Private" };

/** One board per split and evaluation: everybody's best. */
export function Leaderboard({ competition: initialCompetition, initial, ...given }: LeaderboardProps) {
  const competition = useCompetition(initialCompetition);
  const { slug } = competition;
  const evaluations = useQuery(
    api.competitions.evaluations.queryOptions({ input: { slug }, initialData: given.evaluations }),
  ).data.data;
  const [split, setSplit] = useState<Split>("public");
  const [chosen, setChosen] = useState<string | undefined>();
  const current = competition.evaluation;
  const evaluation = evaluations.find(({ id }) => id === chosen) ?? current;
  if (evaluation === null) return <NotReady />;
  const older = evaluation.id !== current?.id;
  const sealed = split === "private" && !evaluation.privateVisible;
  const board = { slug: competition.slug, split, evaluationId: older ? evaluation.id : undefined };
  return (
    <Panel
      inset="flush"
      title={`${splitLabels[split]} leaderboard`}
      description={`Everybody's best by ${metricLabel(evaluation.primary.metric)}, ${directionWords[evaluation.primary.direction]}`}
      actions={
        <div className="flex flex-wrap items-center gap-2">
          {evaluations.length > 1 ? (
            <EvaluationSelect evaluations={evaluations} value={evaluation.id} onChange={setChosen} />
          ) : null}
          {evaluation.hasPrivate ? (
            <SegmentedControl
              label="Which split"
              value={split}
              onValueChange={setSplit}
              options={(["public", "private"] as const).map((value) => ({
                value,
                label: splitLabels[value],
              }))}
            />
          ) : null}
          <FileLink {...board} hidden={sealed} />
        </div>
      }
    >
      {sealed ? (
        <Sealed competition={competition} />
      ) : (
        <Board
          key={`${split} ${evaluation.id}`}
          {...board}
          initial={split === "public" && !older ? initial : null}
          evaluation={evaluation}
        />
      )}
    </Panel>
  );
}

function EvaluationSelect({
  evaluations,
  value,
  onChange,
}: {
  evaluations: readonly EvaluationView[];
  value: string;
  onChange: (id: string) => void;
}) {
  return (
    <Select
      aria-label="Which evaluation"
      className="w-44"
      value={value}
      onChange={(event) => onChange(event.target.value)}
    >
      {evaluations.map(({ id, number, current }) => (
        <option key={id} value={id}>
          Evaluation {number}
          {current ? ", current" : ""}
        </option>
      ))}
    </Select>
  );
}

interface BoardAddress {
  slug: string;
  split: Split;
  /** Undefined for the current one. */
  evaluationId: string | undefined;
}

function FileLink({ slug, split, evaluationId, hidden }: BoardAddress & { hidden: boolean }) {
  const { surface } = useSurface();
  if (hidden) return null;
  return (
    <Button asChild size="sm">
      <a href={leaderboardFilePath(surface, slug, split, evaluationId)} download>
        <Download aria-hidden />
        CSV
      </a>
    </Button>
  );
}

interface BoardProps extends BoardAddress {
  initial: LeaderboardProps["initial"];
  evaluation: EvaluationView;
}

function Board({ initial, evaluation, ...board }: BoardProps) {
  const listRefetch = useListRefetch();
  const query = useInfiniteQuery(
    api.competitions.leaderboard.infiniteOptions({
      input: (cursor: string | undefined) => ({ ...board, limit: listPageSize, cursor }),
      initialPageParam: undefined,
      getNextPageParam: (last) => last.meta.nextCursor ?? undefined,
      ...(initial ? { initialData: { pages: [initial.board], pageParams: [undefined] } } : {}),
      refetchInterval: listRefetch,
    }),
  );
  const rows = query.data ? itemsOf(query.data.pages, (row) => row.submissionId) : null;
  if (rows === null) return <ListPending what="The leaderboard" query={query} />;
  if (rows.length === 0) {
    return (
      <EmptyState
        title="Nobody is ranked yet"
        action={
          <Button asChild variant="primary">
            <Link href={`/competitions/${board.slug}/submit`}>Submit the first</Link>
          </Button>
        }
      >
        The first submission that is scored has rank 1. It takes about a second.
      </EmptyState>
    );
  }
  return (
    <>
      <OwnPlace {...board} shown={rows} initial={initial?.place ?? null} />
      <LeaderboardTable slug={board.slug} rows={rows} metric={evaluation.primary.metric} />
      <LoadMore shown={rows.length} query={query} />
      <IntervalNote rows={rows} />
    </>
  );
}

/** What the intervals are, and as of when. */
function IntervalNote({ rows }: { rows: readonly LeaderboardRow[] }) {
  const computedAt = rows.find(({ interval }) => interval !== null)?.interval?.computedAt;
  if (computedAt === undefined) return null;
  return (
    <p className="border-border border-t px-4 py-2 text-muted-foreground text-xs">
      Intervals hold 95 % of a bootstrap: score and rank on the same cases drawn anew for all of the best{" "}
      {placesWithIntervals}. Computed <Time value={computedAt} />.
    </p>
  );
}

function Sealed({ competition }: { competition: CompetitionView }) {
  return (
    <EmptyState title="Revealed at the end">
      <p>
        Final places are by cases whose truth and scores nobody is told before an administrator reveals them
        {competition.closesAt === null ? "." : ", after submissions have closed."}
      </p>
      <p className="mt-2">Every submission is scored on them already; nothing needs to be sent again.</p>
    </EmptyState>
  );
}

function NotReady() {
  return (
    <Panel inset="flush" aria-label="Leaderboard">
      <EmptyState title="No evaluation is ready">
        Its truth and metrics are being checked. The board begins with the first submission after that.
      </EmptyState>
    </Panel>
  );
}
