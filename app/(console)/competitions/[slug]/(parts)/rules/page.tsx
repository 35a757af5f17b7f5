import type { Metadata } from "next";
import { RulesView } from "@/components/competitions/rules-view";
import { loadCompetition } from "../../load";

export async function generateMetadata({ params }: PageProps<"/competitions/[slug]">): Promise<Metadata> {
  return { title: `Rules of ${(await loadCompetition((await params).slug)).data.title}` };
}

export default async function RulesPage({ params }: PageProps<"/competitions/[slug]/rules">) {
  const { data } = await loadCompetition((await params).slug);
  return <RulesView competition={data} />;
}
