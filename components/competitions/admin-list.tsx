"use client";

import { useInfiniteQuery } from "@tanstack/react-query";
import Link from "next/link";
import { LoadMore } from "@/components/live/load-more";
import { itemsOf, type ListPage, listPageSize } from "@/components/live/pages";
import { useListRefetch } from "@/components/live/use-list-refetch";
import { useSurface } from "@/components/surface/surface-provider";
import { Badge } from "@/components/ui/badge";
import { cn } from "@/components/ui/cn";
import { CodeBlock } from "@/components/ui/code-block";
import { EmptyState } from "@/components/ui/empty-state";
import { Panel } from "@/components/ui/panel";
import {
  Table,
  TableBody,
  TableCell,
  TableHead,
  TableHeader,
  TableRow,
  TableSecondLine,
} from "@/components/ui/table";
import { api } from "@/lib/api/client";
import type { ManagedCompetition } from "@/lib/competitions/admin-model";
import { ManagedState, managedText } from "./admin-state";
import { Deadline } from "./closes";
import { metricLabel } from "./metrics";
import { CompetitionPicture } from "./picture";
import { taskName } from "./state";

/** Every competition, with what it waits for. */
export function AdminCompetitionList({ initial }: { initial: ListPage<ManagedCompetition> }) {
  const listRefetch = useListRefetch();
  const query = useInfiniteQuery(
    api.admin.competitions.list.infiniteOptions({
      input: (cursor: string | undefined) => ({ limit: listPageSize, cursor }),
      initialPageParam: undefined,
      getNextPageParam: (last) => last.meta.nextCursor ?? undefined,
      initialData: { pages: [initial], pageParams: [undefined] },
      refetchInterval: listRefetch,
    }),
  );
  const competitions = itemsOf(query.data.pages, ({ slug }) => slug);
  return (
    <Panel inset="flush">
      {competitions.length === 0 ? (
        <EmptyState
          title="No competition yet"
          action={<CodeBlock code="./medforge competition import DIR" label="import command" prompt />}
        >
          A competition comes from a folder with its texts, its data, its truth and a sample submission:
          upload it as a zip under New competition, or import it on the host. All of it is checked first, and
          the sample is scored.
        </EmptyState>
      ) : (
        <>
          <Table aria-label="Competitions and their states">
            <TableHeader>
              <tr>
                <TableHead>Competition</TableHead>
                <TableHead>State</TableHead>
                <TableHead className="max-lg:hidden">Ranked by</TableHead>
                <TableHead className="max-md:hidden">Submissions</TableHead>
                <TableHead className="max-lg:hidden">Deadline</TableHead>
              </tr>
            </TableHeader>
            <TableBody>
              {competitions.map((competition) => (
                <CompetitionRow key={competition.slug} competition={competition} />
              ))}
            </TableBody>
          </Table>
          <LoadMore shown={competitions.length} query={query} />
        </>
      )}
    </Panel>
  );
}

/** Its page is on its own surface; of the other one the link leads to the other address. */
function CompetitionLink({ competition }: { competition: ManagedCompetition }) {
  const { surface, otherUrl } = useSurface();
  const { slug, title, exposure } = competition;
  const path = `/admin/competitions/${slug}`;
  const look =
    "focus-ring block truncate rounded-sm font-medium text-link underline-offset-4 hover:underline";
  if (exposure === surface) {
    return (
      <Link href={path} className={look}>
        {title}
      </Link>
    );
  }
  return (
    <a href={`${otherUrl ?? ""}${path}`} className={look}>
      {title}
    </a>
  );
}

function CompetitionRow({ competition }: { competition: ManagedCompetition }) {
  const { surface } = useSurface();
  const { slug, task, picture, primary, exposure, visibility, submissions, entrants } = competition;
  const text = managedText(competition);
  const refused = competition.newestEvaluation?.state === "REFUSED";
  return (
    <TableRow>
      <TableCell className="w-full max-w-0">
        <span className="flex items-center gap-3">
          <CompetitionPicture
            competition={{ slug, task, picture: exposure === surface ? picture : null }}
            className="w-12 border border-border max-sm:hidden"
          />
          <span className="min-w-0">
            <CompetitionLink competition={competition} />
            <TableSecondLine className="truncate">
              <span className="font-mono">{slug}</span> · {taskName(task)}
              <span className="md:hidden"> · {submissions} submissions</span>
            </TableSecondLine>
            {text ? (
              <p
                className={cn("wrap-anywhere mt-0.5 text-xs", refused ? "text-bad" : "text-muted-foreground")}
              >
                {text}
              </p>
            ) : null}
          </span>
        </span>
      </TableCell>
      <TableCell>
        <span className="inline-flex flex-wrap gap-1.5">
          <ManagedState competition={competition} />
          {exposure === "internal" ? <Badge>internal</Badge> : null}
          {visibility === "invite" ? <Badge tone="outline">by invitation</Badge> : null}
        </span>
      </TableCell>
      <TableCell className="whitespace-nowrap max-lg:hidden">
        {primary ? metricLabel(primary.metric) : "–"}
      </TableCell>
      <TableCell className="whitespace-nowrap tabular-nums max-md:hidden">
        {submissions}, {entrants} ranked
      </TableCell>
      <TableCell className="whitespace-nowrap max-lg:hidden">
        <Deadline competition={competition} show="relative" />
      </TableCell>
    </TableRow>
  );
}
