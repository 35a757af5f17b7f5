import type { Metadata } from "next";
import { auditFilterOf, choiceIn, queryOf } from "@/components/admin/audit-choice";
import { AuditList } from "@/components/admin/audit-list";
import { listPageSize } from "@/components/live/pages";
import { PageHeader } from "@/components/ui/page-header";
import { getServerApi, getServerContext } from "@/lib/api/server";
import { requireAdmin } from "../../require-admin";

export const metadata: Metadata = { title: "Audit log" };

/** What the page's filters say stands in its address, so that a link shows the same. */
export default async function AuditPage({ searchParams }: PageProps<"/admin/audit">) {
  await requireAdmin();
  const [api, { settings }, given] = await Promise.all([getServerApi(), getServerContext(), searchParams]);
  const filter = auditFilterOf(choiceIn(queryOf(given)), settings.zone);
  const initial = await api.admin.audit.list({ limit: listPageSize, ...filter });
  return (
    <>
      <PageHeader title="Audit log" description="Every change that somebody, or the lab itself, made." />
      <AuditList initial={initial} initialFilter={filter} />
    </>
  );
}
