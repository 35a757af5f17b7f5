import { CompetitionHeader } from "@/components/competitions/competition-header";
import { loadCompetition } from "../load";

/** What stands above every part, and stays when one goes from part to part. */
export default async function CompetitionPartsLayout({
  children,
  params,
}: LayoutProps<"/competitions/[slug]">) {
  const initial = await loadCompetition((await params).slug);
  return (
    <>
      <CompetitionHeader initial={initial} />
      {children}
    </>
  );
}
