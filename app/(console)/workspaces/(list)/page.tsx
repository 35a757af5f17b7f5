import type { Metadata } from "next";
import { listPageSize } from "@/components/live/pages";
import { PageHeader } from "@/components/ui/page-header";
import { CreateWorkspace } from "@/components/workspaces/create-workspace";
import { WorkspaceList } from "@/components/workspaces/workspace-list";
import { getServerApi } from "@/lib/api/server";
import { defaultQuotaGb } from "@/lib/workspaces/model";
import { requireViewer } from "../../require-viewer";

export const metadata: Metadata = { title: "Workspaces" };

export default async function WorkspacesPage() {
  await requireViewer();
  const api = await getServerApi();
  const initial = await api.workspaces.list({ limit: listPageSize });
  return (
    <>
      <PageHeader
        title="Workspaces"
        description="Your files, mounted at /workspace in a session and kept when it stops."
        actions={<CreateWorkspace defaultQuotaGb={defaultQuotaGb} />}
      />
      <WorkspaceList initial={initial} perPage={listPageSize} />
    </>
  );
}
