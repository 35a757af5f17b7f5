import { Notice } from "@/components/ui/notice";
import type { WorkspaceView } from "@/lib/workspaces/model";
import { type DiskUse, diskWarning } from "./disk-warning";
import { spaceUse } from "./size";

/** Says when little is left of a workspace's quota, or of what its snapshots may hold with it. */
export function DiskNotice({ workspace }: { workspace: DiskUse | WorkspaceView }) {
  const space = "spaceBytes" in workspace ? spaceUse(workspace) : null;
  const warning = diskWarning(workspace, space);
  if (warning === null) return null;
  return (
    <Notice tone={warning.tone} title={warning.title}>
      {warning.text}
    </Notice>
  );
}
