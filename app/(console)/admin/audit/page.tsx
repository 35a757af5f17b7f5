import type { Metadata } from "next";
import { AuditList } from "@/components/admin/audit-list";
import { listPageSize } from "@/components/live/pages";
import { PageHeader } from "@/components/ui/page-header";
import { getServerApi } from "@/lib/api/server";
import { requireAdmin } from "../../require-admin";

export const metadata: Metadata = { title: "Audit log" };

/** `?resource=` and `?who=` narrow it, as links from elsewhere do. */
export default async function AuditPage({ searchParams }: PageProps<"/admin/audit">) {
  await requireAdmin();
  const api = await getServerApi();
  const { resource, who } = await searchParams;
  const filter = {
    ...(typeof resource === "string" ? { resource: resource.slice(0, 64) } : {}),
    ...(typeof who === "string" ? { who: who.slice(0, 32) } : {}),
  };
  const initial = await api.admin.audit.list({ limit: listPageSize, ...filter });
  return (
    <>
      <PageHeader title="Audit log" description="Every change that somebody, or the lab itself, made." />
      <AuditList initial={initial} initialFilter={filter} />
    </>
  );
}
