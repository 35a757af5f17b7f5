"use client";

import { useInfiniteQuery } from "@tanstack/react-query";
import Link from "next/link";
import type { ReactNode } from "react";
import { LoadMore } from "@/components/live/load-more";
import { itemsOf, type ListPage, listPageSize } from "@/components/live/pages";
import { useListRefetch } from "@/components/live/use-list-refetch";
import { Badge } from "@/components/ui/badge";
import { EmptyState } from "@/components/ui/empty-state";
import { Panel } from "@/components/ui/panel";
import { api } from "@/lib/api/client";
import type { CompetitionListItem } from "@/lib/competitions/model";
import { Deadline, PhaseBadge } from "./closes";
import { metricLabel } from "./metrics";
import { CompetitionPicture } from "./picture";
import { scoreText } from "./score-text";
import { taskName } from "./state";

export interface CatalogueProps {
  initial: ListPage<CompetitionListItem>;
  /** An admin is told how to make the first. */
  isAdmin: boolean;
}

/** Every competition that the viewer may see, newest first. */
export function Catalogue({ initial, isAdmin }: CatalogueProps) {
  const listRefetch = useListRefetch();
  const query = useInfiniteQuery(
    api.competitions.list.infiniteOptions({
      input: (cursor: string | undefined) => ({ limit: listPageSize, cursor }),
      initialPageParam: undefined,
      getNextPageParam: (last) => last.meta.nextCursor ?? undefined,
      initialData: { pages: [initial], pageParams: [undefined] },
      refetchInterval: listRefetch,
    }),
  );
  const competitions = itemsOf(query.data.pages, ({ slug }) => slug);
  return (
    <Panel inset="flush" aria-label="Competitions">
      {competitions.length === 0 ? (
        <EmptyState title="No competition yet">
          <p>
            In a competition everybody predicts the same unseen cases, and the lab scores each submission in
            about a second.
          </p>
          {isAdmin ? (
            <p className="mt-2">
              An administrator brings one in from a folder:{" "}
              <code className="font-mono text-foreground">./medforge competition import DIR</code>
            </p>
          ) : (
            <p className="mt-2">
              An administrator brings them in; they are here as soon as one is published.
            </p>
          )}
        </EmptyState>
      ) : (
        <>
          <ul>
            {competitions.map((competition) => (
              <CompetitionRow key={competition.slug} competition={competition} />
            ))}
          </ul>
          <LoadMore shown={competitions.length} query={query} />
        </>
      )}
    </Panel>
  );
}

/** The whole row leads to the competition; its name is the link. */
function CompetitionRow({ competition }: { competition: CompetitionListItem }) {
  const { slug, title, summary, task, primary, entrants, mine } = competition;
  return (
    <li className="relative flex gap-4 border-border border-b px-4 py-3 transition-colors duration-100 last:border-0 hover:bg-hover">
      <CompetitionPicture
        competition={competition}
        className="w-24 self-start border border-border max-sm:w-16"
      />
      <div className="grid min-w-0 flex-1 gap-x-6 gap-y-2 md:grid-cols-[minmax(0,1fr)_10rem_8rem_7rem]">
        <div className="min-w-0">
          <div className="flex flex-wrap items-center gap-x-2.5 gap-y-1">
            <Link
              href={`/competitions/${slug}`}
              className="focus-ring rounded-sm font-semibold after:absolute after:inset-0"
            >
              {title}
            </Link>
            <PhaseBadge competition={competition} />
            {competition.visibility === "invite" ? <Badge tone="outline">by invitation</Badge> : null}
          </div>
          {summary === title ? null : (
            <p className="mt-0.5 line-clamp-2 text-muted-foreground text-sm">{summary}</p>
          )}
        </div>
        <Aside label={taskName(task)}>{primary ? metricLabel(primary.metric) : "not checked yet"}</Aside>
        <Aside label="Submissions">
          <Deadline competition={competition} show="relative" />
        </Aside>
        <Aside label={entrants === 1 ? "1 ranked" : `${entrants} ranked`}>
          {mine ? (
            <span className="font-medium">
              You: {mine.rank}
              <span className="font-mono font-normal text-muted-foreground text-xs">
                {" "}
                {scoreText(mine.score)}
              </span>
            </span>
          ) : (
            <span className="text-muted-foreground">you: not yet</span>
          )}
        </Aside>
      </div>
    </li>
  );
}

/** Two lines beside the name; on a phone one below it. */
function Aside({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="flex min-w-0 gap-x-2 text-sm tabular-nums max-md:flex-wrap md:flex-col">
      <span className="text-muted-foreground text-xs max-md:leading-5">{label}</span>
      <span className="min-w-0">{children}</span>
    </div>
  );
}
