import type { Metadata } from "next";
import Link from "next/link";
import { AdminCompetitionList } from "@/components/competitions/admin-list";
import { listPageSize } from "@/components/live/pages";
import { Button } from "@/components/ui/button";
import { PageHeader } from "@/components/ui/page-header";
import { getServerApi } from "@/lib/api/server";
import { requireAdmin } from "../../../require-admin";

export const metadata: Metadata = { title: "All competitions" };

export default async function AdminCompetitionsPage() {
  await requireAdmin();
  const api = await getServerApi();
  const initial = await api.admin.competitions.list({ limit: listPageSize });
  return (
    <>
      <PageHeader
        title="All competitions"
        description="What is shown, what is being checked, and what was refused."
        actions={
          <Button asChild variant="primary">
            <Link href="/admin/competitions/new">New competition</Link>
          </Button>
        }
      />
      <AdminCompetitionList initial={initial} />
    </>
  );
}
