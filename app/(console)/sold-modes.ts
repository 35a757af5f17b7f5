import "server-only";
import { cache } from "react";
import type { SoldMode } from "@/components/schedule/time-tabs";
import { getServerApi } from "@/lib/api/server";

/** How hours of GPUs are sold rather than given to whoever launches first; once per request. */
export const soldModes = cache(async (): Promise<SoldMode[]> => {
  const api = await getServerApi();
  const modes = (await api.gpus.list()).data.map(({ mode }) => mode);
  return [...new Set(modes)].filter((mode) => mode !== "on-demand");
});
