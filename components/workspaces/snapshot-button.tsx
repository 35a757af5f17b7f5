"use client";

import dynamic from "next/dynamic";
import { OpensDialog } from "@/components/forms/opens-dialog";
import { Button } from "@/components/ui/button";
import type { OperationView } from "@/lib/workspaces/model";

const SnapshotDialog = dynamic(() => import("./snapshot-dialog").then((module) => module.SnapshotDialog));

export interface SnapshotButtonProps {
  workspaceId: string;
  possible: boolean;
  onStarted: (operation: OperationView) => void;
}

/** Takes a snapshot now, with a name if one is given; works under a running session too. */
export function SnapshotButton({ workspaceId, possible, onStarted }: SnapshotButtonProps) {
  return (
    <OpensDialog button={<Button disabled={!possible}>Take a snapshot</Button>}>
      {(state) => <SnapshotDialog {...state} workspaceId={workspaceId} onStarted={onStarted} />}
    </OpensDialog>
  );
}
