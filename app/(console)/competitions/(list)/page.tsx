import type { Metadata } from "next";
import Link from "next/link";
import { Catalogue } from "@/components/competitions/catalogue";
import { listPageSize } from "@/components/live/pages";
import { Button } from "@/components/ui/button";
import { PageHeader } from "@/components/ui/page-header";
import { getServerApi } from "@/lib/api/server";
import { requireViewer } from "../../require-viewer";

export const metadata: Metadata = { title: "Competitions" };

export default async function CompetitionsPage() {
  const { role } = await requireViewer();
  const api = await getServerApi();
  const initial = await api.competitions.list({ limit: listPageSize });
  return (
    <>
      <PageHeader
        title="Competitions"
        description="The same unseen cases for everybody, scored in a second and reproducible to the last bit."
        actions={
          <Button asChild>
            <Link href="/competitions/rankings">Rankings</Link>
          </Button>
        }
      />
      <Catalogue initial={initial} isAdmin={role === "admin"} />
    </>
  );
}
