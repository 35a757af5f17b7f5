import type { Metadata } from "next";
import { ScoringView } from "@/components/competitions/scoring-view";
import { PageHeader } from "@/components/ui/page-header";
import { getServerApi } from "@/lib/api/server";
import { requireAdmin } from "../../require-admin";

export const metadata: Metadata = { title: "Scoring" };

export default async function ScoringPage() {
  await requireAdmin();
  const api = await getServerApi();
  const initial = await api.admin.scoring();
  return (
    <>
      <PageHeader
        title="Scoring"
        description="What waits to be scored, what runs now, and what the lab failed to score."
      />
      <ScoringView initial={initial} />
    </>
  );
}
