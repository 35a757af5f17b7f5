"use client";

import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { ListPending } from "@/components/live/list-pending";
import { LoadMore } from "@/components/live/load-more";
import { itemsOf, type ListPage, listPageSize } from "@/components/live/pages";
import { useListRefetch } from "@/components/live/use-list-refetch";
import { SessionTable } from "@/components/sessions/session-table";
import { isActive } from "@/components/sessions/state";
import { Button } from "@/components/ui/button";
import { EmptyState } from "@/components/ui/empty-state";
import { Panel } from "@/components/ui/panel";
import { SegmentedControl } from "@/components/ui/segmented-control";
import { api } from "@/lib/api/client";
import type { SessionView } from "@/lib/sessions/model";
import { ExportLink } from "./export-link";
import { AdminStopDialog } from "./stop-dialog";

const filters = [
  { value: "active", label: "Active" },
  { value: "all", label: "All" },
] as const;
type Filter = (typeof filters)[number]["value"];

/** Everyone's sessions; those that hold a GPU now come first, as the filter's default. */
export function AdminSessionList({ initial }: { initial: ListPage<SessionView> }) {
  const [filter, setFilter] = useState<Filter>("active");
  const listRefetch = useListRefetch();
  const query = useInfiniteQuery(
    api.admin.sessions.list.infiniteOptions({
      input: (cursor: string | undefined) => ({ limit: listPageSize, cursor, active: filter === "active" }),
      initialPageParam: undefined,
      getNextPageParam: (last) => last.meta.nextCursor ?? undefined,
      // What the server rendered is the active ones; the rest is asked for when it is wanted.
      ...(filter === "active" ? { initialData: { pages: [initial], pageParams: [undefined] } } : {}),
      refetchInterval: listRefetch,
    }),
  );
  const sessions = query.data ? itemsOf(query.data.pages, (session) => session.slug) : null;
  return (
    <Panel
      inset="flush"
      aria-label="All sessions"
      title={filter === "active" ? "Using a GPU now" : "Everything that ran"}
      actions={
        <>
          <SegmentedControl
            label="Which sessions"
            value={filter}
            onValueChange={setFilter}
            options={filters}
          />
          <ExportLink what="sessions" filter={{ active: String(filter === "active") }} />
        </>
      }
    >
      {sessions === null ? (
        <ListPending what="The sessions" query={query} />
      ) : sessions.length === 0 ? (
        <EmptyState
          title={filter === "active" ? "No session uses a GPU" : "Nobody has launched a session yet"}
        >
          When people launch, their sessions are here as they start, and can be stopped.
        </EmptyState>
      ) : (
        <>
          <SessionTable
            label="Everyone's sessions"
            sessions={sessions}
            withOwner
            action={(session) =>
              isActive(session) && session.state !== "STOPPING" ? (
                <AdminStopDialog session={session}>
                  <Button size="sm" variant="danger-outline" aria-label={`Stop session ${session.slug}`}>
                    Stop
                  </Button>
                </AdminStopDialog>
              ) : null
            }
          />
          <LoadMore shown={sessions.length} query={query} />
        </>
      )}
    </Panel>
  );
}
