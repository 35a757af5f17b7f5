import Link from "next/link";
import { StateBadge } from "@/components/ui/state-badge";
import type { WorkspaceView } from "@/lib/workspaces/model";

/** What a workspace is doing: in use by a session, worked on, or nothing. */
export function WorkspaceStatus({ workspace }: { workspace: WorkspaceView }) {
  if (workspace.activeSession) {
    return (
      <Link
        href={`/sessions/${workspace.activeSession}`}
        className="focus-ring inline-flex items-center gap-2 rounded-sm"
      >
        <StateBadge tone="ok">In use</StateBadge>
        <span className="font-mono text-link text-xs underline-offset-4 hover:underline">
          {workspace.activeSession}
        </span>
      </Link>
    );
  }
  if (workspace.activeOperation) return <StateBadge tone="working">Being worked on</StateBadge>;
  return <StateBadge tone="idle">Not in use</StateBadge>;
}
