import "server-only";
import { cache } from "react";
import { getServerApi } from "@/lib/api/server";
import { orNotFound } from "../../or-not-found";
import { requireViewer } from "../../require-viewer";

/** The viewer's session; once per request, for layout and page alike. */
export const loadSession = cache(async (slug: string) => {
  await requireViewer();
  const api = await getServerApi();
  return orNotFound(api.sessions.get({ slug }));
});
