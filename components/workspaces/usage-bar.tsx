import { Progress } from "@/components/ui/progress";
import type { Fullness } from "@/lib/kernel/fullness";
import type { WorkspaceView } from "@/lib/workspaces/model";
import { exactBytes, type QuotaUse, quotaUse } from "./size";

const tones = { fine: "idle", high: "warn", urgent: "bad" } as const satisfies Record<Fullness, string>;

/** A share of something, in figures and as a bar, with a word once it is nearly used up. */
export function UseBar({ use, exact }: { use: QuotaUse; exact?: string | undefined }) {
  return (
    <div className="flex min-w-36 flex-col gap-1" title={exact}>
      <span className="whitespace-nowrap text-xs tabular-nums">
        {use.text}
        {use.level === "high" ? <span className="font-medium text-warn"> · {use.percent} %</span> : null}
        {use.level === "urgent" ? <span className="font-medium text-bad"> · nearly full</span> : null}
      </span>
      <Progress value={use.percent} label={`Used ${use.text}`} tone={tones[use.level]} />
    </div>
  );
}

/** How much of its quota a workspace uses, as last measured. */
export function UsageBar({ workspace }: { workspace: WorkspaceView }) {
  const unmeasured = {
    text: `not measured yet, of ${workspace.quotaGb} GB`,
    percent: 0,
    level: "fine",
  } as const;
  return (
    <UseBar
      use={quotaUse(workspace.usedBytes, workspace.quotaGb) ?? unmeasured}
      exact={workspace.usedBytes === null ? undefined : exactBytes(workspace.usedBytes)}
    />
  );
}
