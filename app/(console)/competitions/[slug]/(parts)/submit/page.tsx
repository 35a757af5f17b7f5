import type { Metadata } from "next";
import { SubmitView } from "@/components/competitions/submit-view";
import { getSurface } from "@/lib/api/server";
import { urlOfSurface } from "@/lib/kernel/surface";
import { loadCompetition } from "../../load";

export async function generateMetadata({ params }: PageProps<"/competitions/[slug]">): Promise<Metadata> {
  return { title: `Submit to ${(await loadCompetition((await params).slug)).data.title}` };
}

export default async function SubmitPage({ params }: PageProps<"/competitions/[slug]/submit">) {
  const competition = await loadCompetition((await params).slug);
  const { surface, urls } = await getSurface();
  return <SubmitView competition={competition} labUrl={urlOfSurface(surface, urls) ?? urls.url} />;
}
