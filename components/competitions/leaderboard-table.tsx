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
import { metricLabel } from "./metrics";
import { digitsOf, exactScore, scoreText } from "./score-text";

export interface LeaderboardTableProps {
  slug: string;
  rows: readonly LeaderboardRow[];
  metric: string;
}

/** Places in their order. Scores have the decimals that tell a row from its neighbours; all of them on hover. */
export function LeaderboardTable({ slug, rows, metric }: LeaderboardTableProps) {
  const digits = digitsOf(rows.map(({ score }) => score));
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
              <TableSecondLine className="sm:hidden">
                <Time value={row.acceptedAt} />
              </TableSecondLine>
            </TableCell>
            <TableCell className="whitespace-pre font-mono text-xs" title={exactScore(row.score)}>
              {/* Figure spaces: decimal points stand below each other whatever follows them. */}
              {"\u2007".repeat(whole - wholeDigits(row.score))}
              {scoreText(row.score, digits[index])}
            </TableCell>
            <TableCell className="max-sm:hidden">
              <Time value={row.acceptedAt} />
            </TableCell>
          </TableRow>
        ))}
      </TableBody>
    </Table>
  );
}

/** Where "show my row" leads. */
export const ownRowId = "own-row";

/** Characters before the point. */
function wholeDigits(score: number): number {
  return scoreText(score, 1).indexOf(".");
}
