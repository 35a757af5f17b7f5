import "server-only";
import { notFound } from "next/navigation";
import { cache } from "react";
import { shownDays } from "@/components/reservations/days";
import { getServerApi } from "@/lib/api/server";
import { orNotFound } from "../../../or-not-found";
import { requireViewer } from "../../../require-viewer";

/**
 * The days from the one on that an address names, or from today. Once per request, for layout and page alike.
 * @param path joined by `/`, since what is remembered is told apart by value
 */
export const loadDays = cache(async (path: string) => {
  await requireViewer();
  if (path.includes("/")) notFound();
  const api = await getServerApi();
  return orNotFound(api.reservations.calendar({ from: path || undefined, days: shownDays }));
});
