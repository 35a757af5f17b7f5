import type { Metadata } from "next";
import { AdminSessionList } from "@/components/admin/session-list";
import { listPageSize } from "@/components/live/pages";
import { PageHeader } from "@/components/ui/page-header";
import { getServerApi } from "@/lib/api/server";
import { requireAdmin } from "../../require-admin";

export const metadata: Metadata = { title: "All sessions" };

export default async function AdminSessionsPage() {
  await requireAdmin();
  const api = await getServerApi();
  const initial = await api.admin.sessions.list({ limit: listPageSize, active: true });
  return (
    <>
      <PageHeader title="All sessions" description="Everybody's, with what they wait for." />
      <AdminSessionList initial={initial} />
    </>
  );
}
