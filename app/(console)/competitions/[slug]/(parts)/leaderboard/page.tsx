import type { Metadata } from "next";
import { Leaderboard } from "@/components/competitions/leaderboard";
import { listPageSize } from "@/components/live/pages";
import { getServerApi } from "@/lib/api/server";
import { loadCompetition } from "../../load";

export async function generateMetadata({ params }: PageProps<"/competitions/[slug]">): Promise<Metadata> {
  return { title: `Leaderboard of ${(await loadCompetition((await params).slug)).data.title}` };
}

export default async function LeaderboardPage({ params }: PageProps<"/competitions/[slug]/leaderboard">) {
  const { slug } = await params;
  const competition = await loadCompetition(slug);
  const api = await getServerApi();
  const ready = competition.data.evaluation !== null;
  const [evaluations, board, place] = await Promise.all([
    api.competitions.evaluations({ slug }),
    ready ? api.competitions.leaderboard({ slug, limit: listPageSize }) : null,
    ready ? api.competitions.place({ slug }) : null,
  ]);
  const initial = board && place && { board, place };
  return <Leaderboard competition={competition} initial={initial} evaluations={evaluations} />;
}
