import { Progress } from "@/components/ui/progress";
import type { WorkspaceView } from "@/lib/workspaces/model";
import { exactBytes, quotaUse } from "./size";

/** How much of its quota a workspace uses, as last measured. */
export function UsageBar({ workspace }: { workspace: WorkspaceView }) {
  const use = quotaUse(workspace.usedBytes, workspace.quotaGb);
  const text = use?.text ?? `not measured yet, of ${workspace.quotaGb} GB`;
  return (
    <div
      className="flex min-w-36 flex-col gap-1"
      title={workspace.usedBytes === null ? undefined : exactBytes(workspace.usedBytes)}
    >
      <span className="whitespace-nowrap text-xs tabular-nums">
        {text}
        {use?.nearlyFull ? <span className="font-medium text-warn"> · nearly full</span> : null}
      </span>
      <Progress value={use?.percent ?? 0} label={`Used ${text}`} tone={use?.nearlyFull ? "warn" : "idle"} />
    </div>
  );
}
