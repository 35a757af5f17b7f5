"use server";

import { type ActionResult, runAction } from "@/lib/api/action";
import type { OperationView, WorkspaceView } from "@/lib/workspaces/model";

export async function createWorkspace(input: {
  name: string;
  quotaGb?: number;
}): Promise<ActionResult<WorkspaceView>> {
  return runAction("workspaces.create", (api) => api.workspaces.create(input));
}

export async function takeSnapshot(input: {
  id: string;
  name?: string;
}): Promise<ActionResult<OperationView>> {
  return runAction("workspaces.createSnapshot", (api) => api.workspaces.createSnapshot(input));
}

export async function restoreSnapshot(input: {
  id: string;
  snapshotId: string;
}): Promise<ActionResult<OperationView>> {
  return runAction("workspaces.restore", (api) => api.workspaces.restore(input));
}

export async function deleteSnapshot(input: {
  id: string;
  snapshotId: string;
}): Promise<ActionResult<OperationView>> {
  return runAction("workspaces.removeSnapshot", (api) => api.workspaces.removeSnapshot(input));
}

/** Destroys the workspace with its snapshots; the page asked for its name first. */
export async function removeWorkspace(input: { id: string }): Promise<ActionResult<OperationView>> {
  return runAction("workspaces.remove", (api) => api.workspaces.remove(input));
}
