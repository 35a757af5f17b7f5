import "server-only";
import { notFound } from "next/navigation";
import { cache } from "react";
import { getServerApi } from "@/lib/api/server";
import { orNotFound } from "../../or-not-found";
import { requireViewer } from "../../require-viewer";

/**
 * The week that an address names, by its Saturday's date, or the one that is bid on; null before there is any. Once per
 * request, for layout and page alike.
 * @param path joined by `/`, since what is remembered is told apart by value
 */
export const loadWeek = cache(async (path: string) => {
  await requireViewer();
  if (path.includes("/")) notFound();
  const api = await getServerApi();
  const week = path || (await api.schedule.overview()).data.weeks.at(-1)?.week;
  return week === undefined ? null : orNotFound(api.schedule.week({ week }));
});
