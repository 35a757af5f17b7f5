import type { Metadata } from "next";
import { NewCompetition } from "@/components/competitions/new-competition";
import { NoGrant } from "@/components/surface/internal-notes";
import { PageHeader } from "@/components/ui/page-header";
import { getServerApi, getSurface } from "@/lib/api/server";
import { importId } from "@/lib/competitions/import-model";
import { requireAdmin } from "../../../require-admin";

export const metadata: Metadata = { title: "New competition" };

/** Data that a competition made by hand can rest on; older ones are rarely wanted. */
const shownDatasets = 100;

export default async function NewCompetitionPage({ searchParams }: PageProps<"/admin/competitions/new">) {
  const { username, canUseInternal } = await requireAdmin();
  const { surface, urls } = await getSurface();
  if (surface === "internal" && !canUseInternal)
    return <NoGrant username={username} externalUrl={urls.url} />;
  const api = await getServerApi();
  const datasets = await api.datasets.list({ limit: shownDatasets });
  const named = importId.safeParse((await searchParams).import);
  return (
    <>
      <PageHeader
        parent={{ href: "/admin/competitions", label: "All competitions" }}
        title="New competition"
        description="From a folder that has everything, or by hand on data that are there."
      />
      <NewCompetition importId={named.success ? named.data : null} datasets={datasets.data} />
    </>
  );
}
