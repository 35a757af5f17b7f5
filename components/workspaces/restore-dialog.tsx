"use client";

import { restoreSnapshot } from "@/app/(console)/workspaces/actions";
import { ConfirmAction } from "@/components/forms/confirm-action";
import { Button } from "@/components/ui/button";
import { useLabZone, useNow } from "@/components/ui/lab-clock";
import { absoluteText } from "@/lib/kernel/zoned-time";
import type { OperationView, SnapshotView, WorkspaceView } from "@/lib/workspaces/model";

export interface RestoreDialogProps {
  workspace: WorkspaceView;
  snapshot: SnapshotView;
  /** False while a session or an operation holds the workspace. */
  possible: boolean;
  onStarted: (operation: OperationView) => void;
}

/** Asks before a restore, and says what becomes of what is there now. */
export function RestoreDialog({ workspace, snapshot, possible, onStarted }: RestoreDialogProps) {
  const zone = useLabZone();
  const when = absoluteText(new Date(snapshot.createdAt), new Date(useNow(60_000)), zone);
  return (
    <ConfirmAction
      title={`Bring ${workspace.name} back to ${when}?`}
      confirm="Snapshot and restore"
      cancel="Leave as it is"
      description={
        <>
          <p>
            Every file becomes what it was then. What was made or changed since is no longer in /workspace.
          </p>
          <p className="mt-2">
            The present state is snapshotted first and listed as “Before a restore”, so you can go back to it
            the same way. Newer snapshots stay.
          </p>
        </>
      }
      act={async () => {
        const result = await restoreSnapshot({ id: workspace.id, snapshotId: snapshot.id });
        if (result.ok) onStarted(result.data);
        return result;
      }}
    >
      <Button
        size="sm"
        disabled={!possible}
        aria-label={`Restore the snapshot of ${when}`}
        // Zone names come from each side's own ICU data, which may differ by version.
        suppressHydrationWarning
      >
        Restore
      </Button>
    </ConfirmAction>
  );
}
