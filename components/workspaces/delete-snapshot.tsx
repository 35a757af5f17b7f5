"use client";

import { Trash2 } from "lucide-react";
import { deleteSnapshot } from "@/app/(console)/workspaces/actions";
import { ConfirmAction } from "@/components/forms/confirm-action";
import { Button } from "@/components/ui/button";
import { useLabZone, useNow } from "@/components/ui/lab-clock";
import { size } from "@/lib/kernel/size";
import { absoluteText } from "@/lib/kernel/zoned-time";
import type { RestoreDialogProps } from "./restore-dialog";

export type DeleteSnapshotProps = RestoreDialogProps;

/** Makes room: deletes one snapshot, after saying what goes with it. */
export function DeleteSnapshot({ workspace, snapshot, possible, onStarted }: DeleteSnapshotProps) {
  const zone = useLabZone();
  const when = absoluteText(new Date(snapshot.createdAt), new Date(useNow(60_000)), zone);
  return (
    <ConfirmAction
      title={`Delete the snapshot of ${when}?`}
      confirm="Delete it"
      cancel="Keep it"
      description={
        <p>
          {workspace.name} can't be brought back to that moment any more. Its files stay as they are, and at
          least {size(snapshot.usedBytes)} become free.
        </p>
      }
      act={async () => {
        const result = await deleteSnapshot({ id: workspace.id, snapshotId: snapshot.id });
        if (result.ok) onStarted(result.data);
        return result;
      }}
    >
      <Button
        size="icon-sm"
        variant="ghost"
        disabled={!possible}
        aria-label={`Delete the snapshot of ${when}`}
        // Zone names come from each side's own ICU data, which may differ by version.
        suppressHydrationWarning
      >
        <Trash2 aria-hidden />
      </Button>
    </ConfirmAction>
  );
}
