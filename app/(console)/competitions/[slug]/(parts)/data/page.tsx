import type { Metadata } from "next";
import { DatasetPart } from "@/components/competitions/dataset-part";
import { getServerApi, getSurface } from "@/lib/api/server";
import { urlOfSurface } from "@/lib/kernel/surface";
import { loadCompetition } from "../../load";

export async function generateMetadata({ params }: PageProps<"/competitions/[slug]">): Promise<Metadata> {
  return { title: `Data of ${(await loadCompetition((await params).slug)).data.title}` };
}

export default async function DataPage({ params }: PageProps<"/competitions/[slug]/data">) {
  const { data: competition } = await loadCompetition((await params).slug);
  const [api, { surface, urls }] = await Promise.all([getServerApi(), getSurface()]);
  const { slug, number } = competition.dataset;
  const { data: dataset } = await api.datasets.get({ slug, number });
  return (
    <DatasetPart
      competition={competition}
      dataset={dataset}
      surface={surface}
      labUrl={urlOfSurface(surface, urls) ?? urls.url}
    />
  );
}
