import "server-only";
import { notFound } from "next/navigation";
import { cache } from "react";
import { getServerApi } from "@/lib/api/server";
import { orNotFound } from "../../../../or-not-found";

/** The submission, if it is one to this competition and the viewer may see it; once per request. */
export const loadSubmission = cache(async (slug: string, id: string) => {
  const api = await getServerApi();
  const submission = await orNotFound(api.submissions.get({ id }));
  if (submission.data.competition !== slug) notFound();
  return submission;
});
