import "server-only";
import { cache } from "react";
import { getServerApi } from "@/lib/api/server";
import { orNotFound } from "../../or-not-found";
import { requireViewer } from "../../require-viewer";

/** The competition as the viewer sees it; once per request, for layouts, title and page alike. */
export const loadCompetition = cache(async (slug: string) => {
  await requireViewer();
  const api = await getServerApi();
  return orNotFound(api.competitions.get({ slug }));
});
