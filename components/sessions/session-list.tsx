"use client";

import { useInfiniteQuery } from "@tanstack/react-query";
import Link from "next/link";
import { LoadMore } from "@/components/live/load-more";
import { itemsOf, type ListPage } from "@/components/live/pages";
import { useListRefetch } from "@/components/live/use-list-refetch";
import { Button } from "@/components/ui/button";
import { EmptyState } from "@/components/ui/empty-state";
import { Panel } from "@/components/ui/panel";
import { api } from "@/lib/api/client";
import type { SessionView } from "@/lib/sessions/model";
import { SessionTable } from "./session-table";

/** Every session of the actor's, running ones and history, newest first. */
export function SessionList({ initial, perPage }: { initial: ListPage<SessionView>; perPage: number }) {
  const listRefetch = useListRefetch();
  const query = useInfiniteQuery(
    api.sessions.list.infiniteOptions({
      input: (cursor: string | undefined) => ({ limit: perPage, cursor }),
      initialPageParam: undefined,
      getNextPageParam: (last) => last.meta.nextCursor ?? undefined,
      initialData: { pages: [initial], pageParams: [undefined] },
      refetchInterval: listRefetch,
    }),
  );
  const sessions = itemsOf(query.data.pages, (session) => session.slug);
  return (
    <Panel inset="flush" aria-label="Sessions">
      {sessions.length === 0 ? (
        <EmptyState
          title="No session yet"
          action={
            <Button asChild variant="primary">
              <Link href="/home#launch">Launch one</Link>
            </Button>
          }
        >
          A session is a container with one GPU that you ssh into. Its files are in a workspace that stays
          when it stops.
        </EmptyState>
      ) : (
        <>
          <SessionTable label="My sessions" sessions={sessions} />
          <LoadMore shown={sessions.length} query={query} />
        </>
      )}
    </Panel>
  );
}
