import "server-only";
import { cache } from "react";
import { getServerApi } from "@/lib/api/server";
import { orNotFound } from "../../or-not-found";
import { requireViewer } from "../../require-viewer";

/** The viewer's workspace; once per request, for layout, title and page alike. */
export const loadWorkspace = cache(async (id: string) => {
  await requireViewer();
  const api = await getServerApi();
  return orNotFound(api.workspaces.get({ id }));
});
