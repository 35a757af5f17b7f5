"use client";

import dynamic from "next/dynamic";
import { OpensDialog } from "@/components/forms/opens-dialog";
import { Button } from "@/components/ui/button";
import { Panel } from "@/components/ui/panel";
import type { OperationView, WorkspaceView } from "@/lib/workspaces/model";

const DeleteDialog = dynamic(() => import("./delete-dialog").then((module) => module.DeleteDialog));

export interface DeletePanelProps {
  workspace: WorkspaceView;
  possible: boolean;
  onStarted: (operation: OperationView) => void;
}

/** The one thing that can't be undone: asked for by typing the workspace's name. */
export function DeletePanel({ workspace, possible, onStarted }: DeletePanelProps) {
  const snapshots = `${workspace.snapshotCount} ${workspace.snapshotCount === 1 ? "snapshot" : "snapshots"}`;
  return (
    <Panel title="Delete this workspace" tone="danger">
      <div className="flex flex-wrap items-center justify-between gap-3 text-sm">
        <p className="max-w-prose text-muted-foreground">
          Its files and {snapshots} are destroyed. Nobody can bring them back, not even an admin.
        </p>
        <OpensDialog
          button={
            <Button variant="danger-outline" disabled={!possible}>
              Delete
            </Button>
          }
        >
          {(state) => <DeleteDialog {...state} workspace={workspace} onStarted={onStarted} />}
        </OpensDialog>
      </div>
    </Panel>
  );
}
