"use client";

import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { Button } from "@/components/ui/button";
import { api } from "@/lib/api/client";
import type { LeaderboardRow, OwnPlaceView, Split } from "@/lib/competitions/model";
import { ownRowId } from "./leaderboard-table";
import { exactScore, scoreText } from "./score-text";

export interface InitialPlace {
  data: OwnPlaceView;
  meta: Record<string, never>;
}

export interface OwnPlaceProps {
  slug: string;
  split: Split;
  evaluationId: string | undefined;
  /** The rows below it. */
  shown: readonly LeaderboardRow[];
  /** What the server knew; null for boards that it was not asked for. */
  initial: InitialPlace | null;
}

/** Above the board: where the viewer is on it, however far down, with the way to the row or to the submission. */
export function OwnPlace({ shown, initial, ...board }: OwnPlaceProps) {
  const { data } = useQuery(
    api.competitions.place.queryOptions({ input: board, ...(initial ? { initialData: initial } : {}) }),
  );
  const place = data?.data;
  // As high as it will be, so that the board stays where it is.
  if (!place) return <div className="min-h-11 border-border border-b bg-sunken" />;
  const { row: mine, total } = place;
  const inSight = shown.some((row) => row.mine);
  return (
    <div className="flex min-h-11 flex-wrap items-center justify-between gap-x-4 gap-y-1 border-border border-b bg-sunken px-4 py-2 text-sm">
      {mine ? (
        <p>
          You have <span className="font-semibold">rank {mine.rank}</span> of {total} with{" "}
          <span className="font-mono text-xs" title={exactScore(mine.score)}>
            {scoreText(mine.score)}
          </span>
        </p>
      ) : (
        <p className="text-muted-foreground">
          {total === 1 ? "One is" : `${total} are`} ranked; you are not among them yet.
        </p>
      )}
      {mine ? (
        <span className="flex items-center gap-2">
          {inSight ? (
            <Button asChild size="sm" variant="ghost">
              <a href={`#${ownRowId}`}>Show my row</a>
            </Button>
          ) : null}
          <Button asChild size="sm">
            <Link href={`/competitions/${board.slug}/submissions/${mine.submissionId}`}>
              My best submission
            </Link>
          </Button>
        </span>
      ) : (
        <Button asChild size="sm">
          <Link href={`/competitions/${board.slug}/submit`}>Submit</Link>
        </Button>
      )}
    </div>
  );
}
