import type { StateTone } from "@/components/ui/state-badge";
import type { OperationKind, OperationView, SnapshotReason } from "@/lib/workspaces/model";

export const snapshotReasonWords: Record<SnapshotReason, string> = {
  manual: "Taken by hand",
  stop: "Session stopped",
  pre_restore: "Before a restore",
  recovery: "Recovery",
};

const kindWords: Record<OperationKind, { doing: string; done: string; failed: string }> = {
  snapshot: { doing: "Taking a snapshot", done: "Snapshot taken", failed: "The snapshot was not taken" },
  restore: { doing: "Restoring", done: "Restored", failed: "The restore failed" },
  delete: {
    doing: "Deleting the workspace",
    done: "Workspace deleted",
    failed: "The workspace was not deleted",
  },
  delete_snapshot: {
    doing: "Deleting a snapshot",
    done: "Snapshot deleted",
    failed: "The snapshot was not deleted",
  },
};

export interface OperationLook {
  readonly tone: StateTone;
  readonly title: string;
  readonly detail: string;
}

/** What an operation says of itself while it runs and once it is over. */
export function operationLook(operation: OperationView): OperationLook {
  const words = kindWords[operation.kind];
  switch (operation.state) {
    case "QUEUED":
      return {
        tone: "working",
        title: words.doing,
        detail: operation.condition ?? "Waiting for the worker to take it up.",
      };
    case "RUNNING":
      return { tone: "working", title: words.doing, detail: operation.condition ?? "Under way on the host." };
    case "SUCCEEDED":
      return { tone: "ok", title: words.done, detail: doneDetail[operation.kind] };
    case "FAILED":
      return { tone: "bad", title: words.failed, detail: operation.error ?? "No reason was given." };
  }
}

const doneDetail: Record<OperationKind, string> = {
  snapshot: "It is in the list below.",
  restore: "The state before it is in the list as a snapshot of its own.",
  delete: "Its data and snapshots are gone.",
  delete_snapshot: "What only it held is free again.",
};

/** Neither finished well nor badly. */
export function isUnderWay(operation: Pick<OperationView, "state">): boolean {
  return operation.state === "QUEUED" || operation.state === "RUNNING";
}
