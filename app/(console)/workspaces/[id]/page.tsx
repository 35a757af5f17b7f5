import type { Metadata } from "next";
import { listPageSize } from "@/components/live/pages";
import { WorkspacePage } from "@/components/workspaces/workspace-page";
import { getServerApi } from "@/lib/api/server";
import { orNotFound } from "../../or-not-found";
import { requireViewer } from "../../require-viewer";

export const metadata: Metadata = { title: "Workspace" };

export default async function OneWorkspacePage({ params }: PageProps<"/workspaces/[id]">) {
  await requireViewer();
  const { id } = await params;
  const api = await getServerApi();
  const [workspace, snapshots] = await orNotFound(
    Promise.all([api.workspaces.get({ id }), api.workspaces.snapshots({ id, limit: listPageSize })]),
  );
  return <WorkspacePage initial={{ workspace, snapshots }} />;
}
