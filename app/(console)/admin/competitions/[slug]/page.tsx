import type { Metadata } from "next";
import { AdminCompetitionPage } from "@/components/competitions/admin-page";
import { getServerApi } from "@/lib/api/server";
import { loadManaged } from "./load";

export async function generateMetadata({
  params,
}: PageProps<"/admin/competitions/[slug]">): Promise<Metadata> {
  return { title: `Run ${(await loadManaged((await params).slug)).data.title}` };
}

export default async function ManagedCompetitionPage({ params }: PageProps<"/admin/competitions/[slug]">) {
  const { slug } = await params;
  const competition = await loadManaged(slug);
  const api = await getServerApi();
  const evaluations = await api.competitions.evaluations({ slug });
  return <AdminCompetitionPage competition={competition} evaluations={evaluations} />;
}
