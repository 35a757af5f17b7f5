import "server-only";
import { cache } from "react";
import { getServerApi } from "@/lib/api/server";
import { orNotFound } from "../../../or-not-found";
import { requireAdmin } from "../../../require-admin";

/** The competition as an admin sees it; once per request. */
export const loadManaged = cache(async (slug: string) => {
  await requireAdmin();
  const api = await getServerApi();
  return orNotFound(api.competitions.get({ slug }));
});
