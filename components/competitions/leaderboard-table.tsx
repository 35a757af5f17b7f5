"use client";

import Link from "next/link";
import { Badge } from "@/components/ui/badge";
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
import type { LeaderboardRow } from "@/lib/competitions/model";
import { intervalWords, noIntervalWords, rankRange, type Scale, scaleOf, scoreRange } from "./interval";
import { IntervalPlot } from "./interval-plot";
import { metricLabel } from "./metrics";
import { digitsOf, exactScore, scoreText } from "./score-text";

export interface LeaderboardTableProps {
  slug: string;
  rows: readonly LeaderboardRow[];
  metric: string;
}

/**
 * Places in their order. Scores have the decimals that tell a row from its neighbours; all of them on hover. Intervals are
 * drawn on one scale where there is room, and written where there is not.
 */
export function LeaderboardTable({ slug, rows, metric }: LeaderboardTableProps) {
  const digits = digitsOf(rows.map(({ score }) => score));
  const scale = scaleOf(rows);
  const whole = Math.max(...rows.map(({ score }) => wholeDigits(score)));
  return (
    <Table aria-label="Leaderboard">
      <TableHeader>
        <tr>
          <TableHead numeric className="w-14">
            Rank
          </TableHead>
          <TableHead>Who</TableHead>
          <TableHead>{metricLabel(metric)}</TableHead>
          {scale ? <IntervalHead scale={scale} /> : null}
          <TableHead className="max-sm:hidden">Submitted</TableHead>
        </tr>
      </TableHeader>
      <TableBody>
        {rows.map((row, index) => (
          <TableRow
            key={row.submissionId}
            id={row.mine ? ownRowId : undefined}
            className={cn(row.mine && "scroll-mt-16 bg-accent")}
          >
            <TableCell numeric className="font-mono text-xs">
              {row.rank}
            </TableCell>
            <TableCell>
              <span className="inline-flex items-center gap-2">
                {row.baseline ? <Badge>Baseline</Badge> : null}
                {row.mine ? (
                  <>
                    <Link
                      href={`/competitions/${slug}/submissions/${row.submissionId}`}
                      className="focus-ring rounded-sm font-medium text-link underline-offset-4 hover:underline"
                    >
                      {row.username}
                    </Link>
                    <Badge>you</Badge>
                  </>
                ) : (
                  <span className="font-medium">{row.username}</span>
                )}
              </span>
              {row.baseline ? (
                <TableSecondLine>came with the competition, counts in no ranking</TableSecondLine>
              ) : null}
              <TableSecondLine className="sm:hidden">
                <Time value={row.acceptedAt} />
              </TableSecondLine>
            </TableCell>
            <TableCell className="whitespace-pre font-mono text-xs" title={exactScore(row.score)}>
              {/* Figure spaces: decimal points stand below each other whatever follows them. */}
              {"\u2007".repeat(whole - wholeDigits(row.score))}
              {scoreText(row.score, digits[index])}
              {row.interval ? (
                <TableSecondLine
                  className="whitespace-normal font-sans lg:hidden"
                  title={intervalWords(row.interval)}
                >
                  <span className="block">{scoreRange(row.interval)}</span>
                  <span className="block">{rankRange(row.interval)}</span>
                </TableSecondLine>
              ) : null}
              {row.tie ? <Tied tie={row.tie} /> : null}
            </TableCell>
            {scale ? <IntervalCell row={row} scale={scale} /> : null}
            <TableCell className="max-sm:hidden">
              <Time value={row.acceptedAt} />
            </TableCell>
          </TableRow>
        ))}
      </TableBody>
    </Table>
  );
}

function IntervalHead({ scale }: { scale: Scale }) {
  return (
    <TableHead className="max-lg:hidden">
      <span className="flex items-center gap-3">
        <span className="flex w-48 items-baseline justify-between">
          <span aria-hidden className="font-mono font-normal">
            {scoreText(scale.from, axisDigits)}
          </span>
          95 % interval
          <span aria-hidden className="font-mono font-normal">
            {scoreText(scale.to, axisDigits)}
          </span>
        </span>
        of rank
      </span>
    </TableHead>
  );
}

const axisDigits = 3;

/** From 1024 px on: the drawing, with all of it on hover and for who does not see it. */
function IntervalCell({ row, scale }: { row: LeaderboardRow; scale: Scale }) {
  const { interval, score } = row;
  if (interval === null) {
    return (
      <TableCell className="text-subtle-foreground text-xs max-lg:hidden" title={noIntervalWords(row)}>
        <span aria-hidden>–</span>
        <span className="sr-only">{noIntervalWords(row)}</span>
      </TableCell>
    );
  }
  const [low, high] = interval.rank;
  return (
    <TableCell
      className="max-lg:hidden"
      title={`${scoreRange(interval)}, ${rankRange(interval)}: ${intervalWords(interval)}`}
    >
      <span className="flex items-center gap-3">
        <IntervalPlot interval={interval} score={score} scale={scale} />
        <span aria-hidden className="font-mono text-xs">
          {low === high ? low : `${low}–${high}`}
        </span>
        <span className="sr-only">
          {scoreRange(interval)}, {rankRange(interval)}
        </span>
      </span>
    </TableCell>
  );
}

/** Why equals are in this order. */
function Tied({ tie: { metric, value } }: { tie: NonNullable<LeaderboardRow["tie"]> }) {
  return (
    <TableSecondLine className="font-sans">
      {metric === null ? "tied: by who was first" : `tied: ${metricLabel(metric)} ${scoreText(value)}`}
    </TableSecondLine>
  );
}

/** Where "show my row" leads. */
export const ownRowId = "own-row";

/** Characters before the point. */
function wholeDigits(score: number): number {
  return scoreText(score, 1).indexOf(".");
}
