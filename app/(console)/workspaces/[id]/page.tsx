import type { Metadata } from "next";
import { listPageSize } from "@/components/live/pages";
import { WorkspacePage } from "@/components/workspaces/workspace-page";
import { getServerApi } from "@/lib/api/server";
import { loadWorkspace } from "./load";

export async function generateMetadata({ params }: PageProps<"/workspaces/[id]">): Promise<Metadata> {
  return { title: (await loadWorkspace((await params).id)).data.name };
}

export default async function OneWorkspacePage({ params }: PageProps<"/workspaces/[id]">) {
  const { id } = await params;
  const api = await getServerApi();
  // First by itself: what isn't there has no snapshots either, and must be answered with 404 rather than with that.
  const workspace = await loadWorkspace(id);
  const snapshots = await api.workspaces.snapshots({ id, limit: listPageSize });
  return <WorkspacePage initial={{ workspace, snapshots }} />;
}
