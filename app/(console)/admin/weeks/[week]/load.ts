import "server-only";
import { cache } from "react";
import { getServerApi } from "@/lib/api/server";
import { orNotFound } from "../../../or-not-found";
import { requireAdmin } from "../../../require-admin";

/** A week's usage, by its Saturday's date; once per request, for layout and page alike. */
export const loadUsage = cache(async (week: string) => {
  await requireAdmin();
  const api = await getServerApi();
  return orNotFound(api.admin.usage.week({ week }));
});
