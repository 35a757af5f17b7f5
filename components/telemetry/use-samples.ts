"use client";

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { api } from "@/lib/api/client";
import { sampleSeconds } from "@/lib/telemetry/rules";
import { mergeSamples } from "./samples";

/** What a session used in the last hour; while it is active, each round asks only for what came since the last. */
export function useSamples(slug: string, active: boolean) {
  const queryClient = useQueryClient();
  const { queryKey } = api.sessions.samples.queryOptions({ input: { slug } });
  return useQuery({
    queryKey,
    queryFn: async ({ signal }) => {
      const known = queryClient.getQueryData(queryKey);
      const since = known?.data.at.at(-1);
      const fresh = await api.sessions.samples.call({ slug, since }, { signal });
      return known ? { ...fresh, data: mergeSamples(known.data, fresh.data) } : fresh;
    },
    refetchInterval: active ? sampleSeconds * 1_000 : false,
    // Comparing thousands of figures with what was known would only find that the newest is new.
    structuralSharing: false,
  });
}
