"use client";

import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { useEffect, useState } from "react";
import { LoadMore } from "@/components/live/load-more";
import { fallbackRefetchMs, itemsOf, type ListPage, listPageSize } from "@/components/live/pages";
import { useListRefetch } from "@/components/live/use-list-refetch";
import { useMayBegin } from "@/components/surface/may-begin";
import { Button } from "@/components/ui/button";
import { EmptyState } from "@/components/ui/empty-state";
import { PageHeader } from "@/components/ui/page-header";
import { Fact, Facts, Panel } from "@/components/ui/panel";
import { Time } from "@/components/ui/time";
import { toast } from "@/components/ui/toast-store";
import { api } from "@/lib/api/client";
import { size } from "@/lib/kernel/size";
import type { OperationView, SnapshotView, WorkspaceView } from "@/lib/workspaces/model";
import { DeletePanel } from "./delete-panel";
import { DeleteSnapshot } from "./delete-snapshot";
import { DiskNotice } from "./disk-notice";
import { OperationNotice, useOperation, type WatchedOperation } from "./operation-notice";
import { RestoreDialog } from "./restore-dialog";
import { exactBytes, spaceUse } from "./size";
import { SnapshotButton } from "./snapshot-button";
import { SnapshotTable } from "./snapshot-table";
import { UsageBar, UseBar } from "./usage-bar";
import { WorkspaceStatus } from "./workspace-status";

export interface WorkspacePageProps {
  initial: {
    workspace: { data: WorkspaceView; meta: Record<string, never> };
    snapshots: ListPage<SnapshotView>;
  };
}

export function WorkspacePage({ initial }: WorkspacePageProps) {
  // What is being deleted answers 404 soon: no use asking for it.
  const [leaving, setLeaving] = useState(false);
  const { workspace, snapshots } = useWorkspace(initial, !leaving);
  const { operation, watch } = useWatchedOperation(workspace);
  if (leaving && operation?.kind === "delete" && operation.state === "FAILED") setLeaving(false);
  const mayBegin = useMayBegin();
  const free = workspace.activeOperation === null && (!operation || operation.finishedAt !== null);
  const atRest = free && workspace.activeSession === null;
  return (
    <>
      <PageHeader
        parent={{ href: "/workspaces", label: "Workspaces" }}
        title={workspace.name}
        state={<WorkspaceStatus workspace={workspace} />}
        actions={
          <>
            <SnapshotButton workspaceId={workspace.id} possible={free && mayBegin} onStarted={watch} />
            <LaunchHere workspace={workspace} />
          </>
        }
      />
      <div className="flex flex-col gap-4">
        <OperationNotice operation={operation} />
        <DiskNotice workspace={workspace} />
        <Figures workspace={workspace} />
        <Panel
          title="Snapshots"
          inset="flush"
          description={
            workspace.activeSession
              ? `To restore one, first stop session ${workspace.activeSession}, which uses the workspace.`
              : "One is taken at every stop. Restoring one keeps the present state as another."
          }
        >
          {snapshots.items.length === 0 ? (
            <EmptyState title="No snapshot yet">
              The first one is taken when a session on this workspace stops, or now if you ask for it.
            </EmptyState>
          ) : (
            <>
              <SnapshotTable
                snapshots={snapshots.items}
                action={(snapshot) => (
                  <SnapshotActions workspace={workspace} snapshot={snapshot} free={free} onStarted={watch} />
                )}
              />
              <p className="border-border border-t px-4 py-2 text-muted-foreground text-xs">
                "Takes up alone" is what deleting that one snapshot frees. It is 0 B while the files, or other
                snapshots, still hold all that it holds.
              </p>
              <LoadMore shown={snapshots.items.length} query={snapshots.query} />
            </>
          )}
        </Panel>
        <DeletePanel
          workspace={workspace}
          possible={atRest}
          onStarted={(started) => {
            setLeaving(true);
            watch(started);
          }}
        />
      </div>
    </>
  );
}

interface SnapshotActionsProps {
  workspace: WorkspaceView;
  snapshot: SnapshotView;
  /** No operation is under way. */
  free: boolean;
  onStarted: (operation: OperationView) => void;
}

function SnapshotActions({ free, ...props }: SnapshotActionsProps) {
  const mayBegin = useMayBegin();
  return (
    <span className="inline-flex items-center gap-1">
      <RestoreDialog {...props} possible={free && mayBegin && props.workspace.activeSession === null} />
      <DeleteSnapshot {...props} possible={free} />
    </span>
  );
}

function LaunchHere({ workspace }: { workspace: WorkspaceView }) {
  const mayBegin = useMayBegin();
  if (workspace.activeSession) {
    return (
      <Button asChild variant="primary">
        <Link href={`/sessions/${workspace.activeSession}`}>Open its session</Link>
      </Button>
    );
  }
  if (!mayBegin) return null;
  return (
    <Button asChild variant="primary">
      <Link href={`/home?workspace=${workspace.id}#launch`}>Launch on it</Link>
    </Button>
  );
}

function Figures({ workspace }: { workspace: WorkspaceView }) {
  const space = spaceUse(workspace);
  return (
    <Panel aria-label="Figures">
      <Facts>
        <Fact label="Files">
          <UsageBar workspace={workspace} />
        </Fact>
        <Fact label="Snapshots hold">
          {workspace.snapshotBytes === null ? (
            <span className="text-muted-foreground">not measured yet</span>
          ) : (
            <span title={exactBytes(workspace.snapshotBytes)}>{size(workspace.snapshotBytes)}</span>
          )}
        </Fact>
        <Fact label="With snapshots, in all">
          {space === null ? (
            <span className="text-muted-foreground">not measured yet</span>
          ) : (
            <UseBar use={space} />
          )}
        </Fact>
        <Fact label="Last used">
          {workspace.lastUsedAt ? (
            <Time value={workspace.lastUsedAt} />
          ) : (
            <span className="text-muted-foreground">never</span>
          )}
        </Fact>
        <Fact label="Created">
          <Time value={workspace.createdAt} />
        </Fact>
      </Facts>
    </Panel>
  );
}

function useWorkspace(initial: WorkspacePageProps["initial"], enabled: boolean) {
  const id = initial.workspace.data.id;
  const workspace = useQuery(
    api.workspaces.get.queryOptions({
      input: { id },
      initialData: initial.workspace,
      enabled,
      refetchInterval: fallbackRefetchMs,
    }),
  );
  const listRefetch = useListRefetch();
  const query = useInfiniteQuery(
    api.workspaces.snapshots.infiniteOptions({
      input: (cursor: string | undefined) => ({ id, limit: listPageSize, cursor }),
      initialPageParam: undefined,
      getNextPageParam: (last) => last.meta.nextCursor ?? undefined,
      initialData: { pages: [initial.snapshots], pageParams: [undefined] },
      enabled,
      refetchInterval: listRefetch,
    }),
  );
  return {
    workspace: workspace.data.data,
    snapshots: {
      items: itemsOf(query.data.pages, (snapshot) => snapshot.id),
      query,
    },
  };
}

/** Follows the operation this page began, or finds under way, to its end; after a delete there is no page to stay on. */
function useWatchedOperation(workspace: WorkspaceView) {
  const router = useRouter();
  const [watched, setWatched] = useState<WatchedOperation | null>(underWay(workspace));
  const [found, setFound] = useState(workspace.activeOperation);
  if (workspace.activeOperation !== found) {
    setFound(workspace.activeOperation);
    if (workspace.activeOperation && workspace.activeOperation !== watched?.id)
      setWatched(underWay(workspace));
  }
  const operation = useOperation(watched);
  const deleted = operation?.kind === "delete" && operation.state === "SUCCEEDED";
  useEffect(() => {
    if (!deleted) return;
    toast.success(`Workspace ${workspace.name} deleted`);
    router.replace("/workspaces");
  }, [deleted, router, workspace.name]);
  return { operation, watch: (started: OperationView) => setWatched({ id: started.id, started }) };
}

function underWay({ activeOperation }: WorkspaceView): WatchedOperation | null {
  return activeOperation === null ? null : { id: activeOperation, started: null };
}
