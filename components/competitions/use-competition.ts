"use client";

import { useQuery } from "@tanstack/react-query";
import { fallbackRefetchMs } from "@/components/live/pages";
import { api } from "@/lib/api/client";
import type { CompetitionView } from "@/lib/competitions/model";

export interface InitialCompetition {
  data: CompetitionView;
  meta: Record<string, never>;
}

/** A competition as it is now: its quota, its dates and what is revealed change while the page is open. */
export function useCompetition(initial: InitialCompetition): CompetitionView {
  const { slug } = initial.data;
  return useQuery(
    api.competitions.get.queryOptions({
      input: { slug },
      initialData: initial,
      refetchInterval: fallbackRefetchMs,
    }),
  ).data.data;
}
