"use client";

import { useQuery } from "@tanstack/react-query";
import dynamic from "next/dynamic";
import { fallbackRefetchMs } from "@/components/live/pages";
import { Panel } from "@/components/ui/panel";
import { Skeleton } from "@/components/ui/skeleton";
import { api } from "@/lib/api/client";
import type { HistoryPoint, Ranking } from "@/lib/competitions/model";
import { historyHeight } from "./history";
import { directionWords, greatestOf, metricLabel } from "./metrics";

/** The drawing comes after the page: nobody waits for it to see the submissions. */
const HistoryPlot = dynamic(() => import("./history-plot").then((module) => module.HistoryPlot), {
  ssr: false,
  loading: () => (
    <div className="pt-5">
      <Skeleton className={historyHeight} />
    </div>
  ),
});

export interface HistoryPanelProps {
  slug: string;
  initial: { data: HistoryPoint[]; meta: Record<string, never> };
  primary: Ranking | null;
}

/** How the viewer's best score went over time. */
export function HistoryPanel({ slug, initial, primary }: HistoryPanelProps) {
  const points = useQuery(
    api.competitions.history.queryOptions({
      input: { slug },
      initialData: initial,
      refetchInterval: fallbackRefetchMs,
    }),
  ).data.data;
  if (points.length === 0 || primary === null) return null;
  return (
    <Panel
      title="My best over time"
      description={`${metricLabel(primary.metric)} on the public cases, ${directionWords[primary.direction]}`}
    >
      <HistoryPlot
        points={points}
        metric={metricLabel(primary.metric)}
        greatest={greatestOf(primary.metric)}
      />
    </Panel>
  );
}
