import type { Metadata } from "next";
import { Overview } from "@/components/competitions/overview";
import { loadCompetition } from "../../load";

export async function generateMetadata({ params }: PageProps<"/competitions/[slug]">): Promise<Metadata> {
  return { title: (await loadCompetition((await params).slug)).data.title };
}

export default async function OverviewPage({ params }: PageProps<"/competitions/[slug]">) {
  const { data } = await loadCompetition((await params).slug);
  return <Overview competition={data} />;
}
