import { SubmissionUpload } from "@/components/competitions/upload/upload-provider";
import { loadCompetition } from "./load";

/** Above the loading states, so that a competition that isn't there answers 404; and above what an upload outlives. */
export default async function CompetitionLayout({ children, params }: LayoutProps<"/competitions/[slug]">) {
  const { slug } = await params;
  await loadCompetition(slug);
  return (
    <SubmissionUpload key={slug} slug={slug}>
      {children}
    </SubmissionUpload>
  );
}
