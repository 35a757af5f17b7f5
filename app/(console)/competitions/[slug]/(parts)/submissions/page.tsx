import type { Metadata } from "next";
import { MySubmissions } from "@/components/competitions/my-submissions";
import { listPageSize } from "@/components/live/pages";
import { getServerApi } from "@/lib/api/server";
import { loadCompetition } from "../../load";

export async function generateMetadata({ params }: PageProps<"/competitions/[slug]">): Promise<Metadata> {
  return { title: `My submissions to ${(await loadCompetition((await params).slug)).data.title}` };
}

export default async function MySubmissionsPage({ params }: PageProps<"/competitions/[slug]/submissions">) {
  const { slug } = await params;
  const competition = await loadCompetition(slug);
  const api = await getServerApi();
  const [initial, history] = await Promise.all([
    api.competitions.submissions({ slug, limit: listPageSize }),
    // Where nothing is ready there is no board, and so no way on it.
    competition.data.evaluation ? api.competitions.history({ slug }) : { data: [], meta: {} },
  ]);
  return <MySubmissions competition={competition} initial={initial} history={history} />;
}
