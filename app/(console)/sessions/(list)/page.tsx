import type { Metadata } from "next";
import { listPageSize } from "@/components/live/pages";
import { SessionList } from "@/components/sessions/session-list";
import { PageHeader } from "@/components/ui/page-header";
import { getServerApi } from "@/lib/api/server";
import { requireViewer } from "../../require-viewer";

export const metadata: Metadata = { title: "Sessions" };

export default async function SessionsPage() {
  await requireViewer();
  const api = await getServerApi();
  const initial = await api.sessions.list({ limit: listPageSize });
  return (
    <>
      <PageHeader
        title="Sessions"
        description="What runs, and what ran. Files are in the workspaces, which stay."
      />
      <SessionList initial={initial} perPage={listPageSize} />
    </>
  );
}
