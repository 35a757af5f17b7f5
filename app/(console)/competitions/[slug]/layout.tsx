import { loadCompetition } from "./load";

/** Above the loading states, so that a competition that isn't there answers 404. */
export default async function CompetitionLayout({ children, params }: LayoutProps<"/competitions/[slug]">) {
  await loadCompetition((await params).slug);
  return children;
}
