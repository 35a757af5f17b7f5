import type { Metadata } from "next";
import { SubmissionPage } from "@/components/competitions/submission/submission-page";
import { requireViewer } from "../../../../require-viewer";
import { loadCompetition } from "../../load";
import { loadSubmission } from "./load";

type Props = PageProps<"/competitions/[slug]/submissions/[id]">;

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const { slug, id } = await params;
  return { title: (await loadSubmission(slug, id)).data.filename };
}

export default async function OneSubmissionPage({ params }: Props) {
  const { username } = await requireViewer();
  const { slug, id } = await params;
  const [competition, submission] = await Promise.all([loadCompetition(slug), loadSubmission(slug, id)]);
  return (
    <SubmissionPage
      competition={competition}
      initial={submission}
      own={submission.data.submitter === username}
    />
  );
}
