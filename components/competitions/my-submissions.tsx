"use client";

import { useInfiniteQuery } from "@tanstack/react-query";
import { Download } from "lucide-react";
import Link from "next/link";
import { useEffect, useRef, useState } from "react";
import { LoadMore } from "@/components/live/load-more";
import { itemsOf, type ListPage, listPageSize } from "@/components/live/pages";
import { useListRefetch } from "@/components/live/use-list-refetch";
import { useSurface } from "@/components/surface/surface-provider";
import { Announcement } from "@/components/ui/announcement";
import { Button } from "@/components/ui/button";
import { EmptyState } from "@/components/ui/empty-state";
import { Panel } from "@/components/ui/panel";
import { api } from "@/lib/api/client";
import type { HistoryPoint, SubmissionView } from "@/lib/competitions/model";
import { leftText } from "./competition-header";
import { HistoryPanel } from "./history-panel";
import { mySubmissionsFilePath } from "./paths";
import { changesText, isPending } from "./state";
import { SubmissionTable } from "./submission-table";
import { type InitialCompetition, useCompetition } from "./use-competition";

export interface MySubmissionsProps {
  competition: InitialCompetition;
  initial: ListPage<SubmissionView>;
  history: { data: HistoryPoint[]; meta: Record<string, never> };
}

/** What the viewer sent in, newest first, as it is scored; and how their best went. */
export function MySubmissions({ competition: initialCompetition, initial, history }: MySubmissionsProps) {
  const competition = useCompetition(initialCompetition);
  const { slug, primary } = competition;
  const { surface } = useSurface();
  const listRefetch = useListRefetch();
  const query = useInfiniteQuery(
    api.competitions.submissions.infiniteOptions({
      input: (cursor: string | undefined) => ({ slug, limit: listPageSize, cursor }),
      initialPageParam: undefined,
      getNextPageParam: (last) => last.meta.nextCursor ?? undefined,
      initialData: { pages: [initial], pageParams: [undefined] },
      refetchInterval: listRefetch,
    }),
  );
  const submissions = itemsOf(query.data.pages, ({ id }) => id);
  const pending = submissions.filter(isPending).length;
  const changes = <Announcement>{useChanges(submissions)}</Announcement>;
  if (submissions.length === 0) {
    return (
      <div>
        {changes}
        <NoneYet slug={slug} />
      </div>
    );
  }
  return (
    <div className="flex flex-col gap-4">
      {changes}
      <HistoryPanel slug={slug} initial={history} primary={primary} />
      <Panel
        inset="flush"
        title="My submissions"
        description={`${pending === 0 ? "All have a verdict" : `${pending} waiting for a verdict`} · left to you: ${leftText(competition.quota)}`}
        actions={
          <>
            <Button asChild size="sm">
              <a href={mySubmissionsFilePath(surface, slug)} download>
                <Download aria-hidden />
                CSV
              </a>
            </Button>
            <Button asChild size="sm" variant="primary">
              <Link href={`/competitions/${slug}/submit`}>Submit</Link>
            </Button>
          </>
        }
      >
        <SubmissionTable
          submissions={submissions}
          primary={primary}
          withPrivate={competition.privateVisible && competition.evaluation?.hasPrivate === true}
        />
        <LoadMore shown={submissions.length} query={query} />
      </Panel>
    </div>
  );
}

/** What changed last among the submissions, whichever it was; null before anything did. */
function useChanges(submissions: readonly SubmissionView[]): string | null {
  const [said, say] = useState<string | null>(null);
  const before = useRef(submissions);
  useEffect(() => {
    const text = changesText(before.current, submissions);
    before.current = submissions;
    if (text !== null) say(text);
  }, [submissions]);
  return said;
}

function NoneYet({ slug }: { slug: string }) {
  return (
    <Panel inset="flush" aria-label="My submissions">
      <EmptyState
        title="Nothing submitted yet"
        action={
          <Button asChild variant="primary">
            <Link href={`/competitions/${slug}/submit`}>Submit</Link>
          </Button>
        }
      >
        Send in the sample submission as it is, to see the whole way once: it is scored in about a second, and
        shows here with its score.
      </EmptyState>
    </Panel>
  );
}
