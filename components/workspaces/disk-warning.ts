import type { WorkspaceView } from "@/lib/workspaces/model";
import { type QuotaUse, quotaUse } from "./size";

export type DiskUse = Pick<WorkspaceView, "name" | "quotaGb" | "usedBytes">;

export interface DiskWarning {
  readonly tone: "warn" | "bad";
  readonly title: string;
  readonly text: string;
}

/** What to say of a workspace's disk; null while there is room. The files come first: they can be deleted from within. */
export function diskWarning(workspace: DiskUse, space: QuotaUse | null): DiskWarning | null {
  const files = quotaUse(workspace.usedBytes, workspace.quotaGb);
  if (files !== null && files.level !== "fine") {
    return {
      tone: files.level === "urgent" ? "bad" : "warn",
      title: `Workspace ${workspace.name} is ${files.percent} % full`,
      text: `It holds ${files.text}. At 100 % nothing more can be written: delete files in /workspace that you don't need.`,
    };
  }
  if (space === null || space.level === "fine") return null;
  return {
    tone: space.level === "urgent" ? "bad" : "warn",
    title: `Workspace ${workspace.name} with its snapshots is ${space.percent} % full`,
    text: `They hold ${space.text}. At 100 % nothing more can be written, whatever its quota. Deleting files frees nothing that a snapshot still holds: delete snapshots that you don't need.`,
  };
}
