"use client";

import { useInfiniteQuery } from "@tanstack/react-query";
import Link from "next/link";
import { LoadMore } from "@/components/live/load-more";
import { itemsOf, type ListPage } from "@/components/live/pages";
import { useListRefetch } from "@/components/live/use-list-refetch";
import { EmptyState } from "@/components/ui/empty-state";
import { Panel } from "@/components/ui/panel";
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "@/components/ui/table";
import { Time } from "@/components/ui/time";
import { api } from "@/lib/api/client";
import type { WorkspaceView } from "@/lib/workspaces/model";
import { UsageBar } from "./usage-bar";
import { WorkspaceStatus } from "./workspace-status";

/** Every workspace of the actor's, newest first. */
export function WorkspaceList({ initial, perPage }: { initial: ListPage<WorkspaceView>; perPage: number }) {
  const listRefetch = useListRefetch();
  const query = useInfiniteQuery(
    api.workspaces.list.infiniteOptions({
      input: (cursor: string | undefined) => ({ limit: perPage, cursor }),
      initialPageParam: undefined,
      getNextPageParam: (last) => last.meta.nextCursor ?? undefined,
      initialData: { pages: [initial], pageParams: [undefined] },
      refetchInterval: listRefetch,
    }),
  );
  const workspaces = itemsOf(query.data.pages, (workspace) => workspace.id);
  if (workspaces.length === 0) {
    return (
      <Panel inset="flush" aria-label="Workspaces">
        <EmptyState title="No workspace yet">
          A workspace is where your files live: mounted at /workspace in each session, kept and snapshotted
          when the session stops. Launch makes one if you have none, or make one here.
        </EmptyState>
      </Panel>
    );
  }
  return (
    <Panel inset="flush" aria-label="Workspaces">
      <Table aria-label="My workspaces">
        <TableHeader>
          <tr>
            <TableHead>Name</TableHead>
            <TableHead>Used</TableHead>
            <TableHead>State</TableHead>
            <TableHead numeric>Snapshots</TableHead>
            <TableHead>Last used</TableHead>
          </tr>
        </TableHeader>
        <TableBody>
          {workspaces.map((workspace) => (
            <TableRow key={workspace.id}>
              <TableCell>
                <Link
                  href={`/workspaces/${workspace.id}`}
                  className="focus-ring block max-w-56 truncate rounded-sm font-medium text-link underline-offset-4 hover:underline max-sm:max-w-32"
                >
                  {workspace.name}
                </Link>
              </TableCell>
              <TableCell>
                <UsageBar workspace={workspace} />
              </TableCell>
              <TableCell>
                <WorkspaceStatus workspace={workspace} />
              </TableCell>
              <TableCell numeric className="font-mono text-xs">
                {workspace.snapshotCount}
              </TableCell>
              <TableCell className="whitespace-nowrap">
                {workspace.lastUsedAt ? (
                  <Time value={workspace.lastUsedAt} />
                ) : (
                  <span className="text-muted-foreground">never</span>
                )}
              </TableCell>
            </TableRow>
          ))}
        </TableBody>
      </Table>
      <LoadMore shown={workspaces.length} query={query} />
    </Panel>
  );
}
