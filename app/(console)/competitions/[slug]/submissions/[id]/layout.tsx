import { loadSubmission } from "./load";

/** Above the loading state, so that a submission that isn't there answers 404. */
export default async function SubmissionLayout({
  children,
  params,
}: LayoutProps<"/competitions/[slug]/submissions/[id]">) {
  const { slug, id } = await params;
  await loadSubmission(slug, id);
  return children;
}
