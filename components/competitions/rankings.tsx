"use client";

import { useInfiniteQuery } from "@tanstack/react-query";
import Link from "next/link";
import { LoadMore } from "@/components/live/load-more";
import { itemsOf, type ListPage, listPageSize } from "@/components/live/pages";
import { useListRefetch } from "@/components/live/use-list-refetch";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { cn } from "@/components/ui/cn";
import { EmptyState } from "@/components/ui/empty-state";
import { Panel } from "@/components/ui/panel";
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "@/components/ui/table";
import { api } from "@/lib/api/client";
import type { RankingRow } from "@/lib/competitions/model";

export interface RankingsProps {
  initial: ListPage<RankingRow>;
  username: string;
}

/** Everybody's places across competitions. */
export function Rankings({ initial, username }: RankingsProps) {
  const listRefetch = useListRefetch();
  const query = useInfiniteQuery(
    api.rankings.infiniteOptions({
      input: (cursor: string | undefined) => ({ limit: listPageSize, cursor }),
      initialPageParam: undefined,
      getNextPageParam: (last) => last.meta.nextCursor ?? undefined,
      initialData: { pages: [initial], pageParams: [undefined] },
      refetchInterval: listRefetch,
    }),
  );
  const rows = itemsOf(query.data.pages, (row) => row.username);
  return (
    <Panel inset="flush">
      {rows.length === 0 ? (
        <EmptyState
          title="Nobody is ranked yet"
          action={
            <Button asChild variant="primary">
              <Link href="/competitions">Competitions</Link>
            </Button>
          }
        >
          The first scored submission of any competition begins this list.
        </EmptyState>
      ) : (
        <>
          <Table aria-label="Everybody's places">
            <TableHeader>
              <tr>
                <TableHead numeric className="w-14">
                  Rank
                </TableHead>
                <TableHead>Who</TableHead>
                <TableHead numeric>Points</TableHead>
                <TableHead numeric className="max-sm:hidden">
                  Competitions
                </TableHead>
                <TableHead numeric>Best place</TableHead>
              </tr>
            </TableHeader>
            <TableBody>
              {rows.map((row) => (
                <TableRow key={row.username} className={cn(row.username === username && "bg-accent")}>
                  <TableCell numeric className="font-mono text-xs">
                    {row.rank}
                  </TableCell>
                  <TableCell>
                    <span className="inline-flex items-center gap-2 font-medium">
                      {row.username}
                      {row.username === username ? <Badge>you</Badge> : null}
                    </span>
                  </TableCell>
                  <TableCell numeric className="font-mono text-xs">
                    {row.points.toFixed(1)}
                  </TableCell>
                  <TableCell numeric className="font-mono text-xs max-sm:hidden">
                    {row.competitions}
                  </TableCell>
                  <TableCell numeric className="font-mono text-xs">
                    {row.bestRank}
                  </TableCell>
                </TableRow>
              ))}
            </TableBody>
          </Table>
          <LoadMore shown={rows.length} query={query} />
          <p className="border-border border-t px-4 py-2 text-muted-foreground text-xs">
            Points: each board of n people gives its rank r 100 · r<sup>−0.75</sup> · log₁₀(1 + log₁₀ n); 100
            people give the first 47.7 and the tenth 8.5, and who is alone gets none. Places are counted
            without baselines.
          </p>
        </>
      )}
    </Panel>
  );
}
