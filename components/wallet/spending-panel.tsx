"use client";

import { useQuery } from "@tanstack/react-query";
import dynamic from "next/dynamic";
import Link from "next/link";
import { LoadFailure } from "@/components/live/load-failure";
import { fallbackRefetchMs } from "@/components/live/pages";
import { Button } from "@/components/ui/button";
import { EmptyState } from "@/components/ui/empty-state";
import { Panel } from "@/components/ui/panel";
import { Skeleton } from "@/components/ui/skeleton";
import { api } from "@/lib/api/client";
import { spendingHeight, type WeekSpending } from "./spending";

const loading = (
  <div className="pt-5">
    <Skeleton className={spendingHeight} />
  </div>
);

/** The drawing comes after the page: nobody waits for it to see what they have. */
const SpendingPlot = dynamic(() => import("./spending-plot").then((module) => module.SpendingPlot), {
  ssr: false,
  loading: () => loading,
});

/** What GPU time cost week by week. */
export function SpendingPanel() {
  const query = useQuery(api.wallet.spending.queryOptions({ refetchInterval: fallbackRefetchMs * 4 }));
  return (
    <Panel
      title="Spent on GPU time"
      description="By week, from Saturday; what was given back counts against it"
    >
      {query.data ? (
        <Weeks weeks={query.data.data.weeks} />
      ) : query.isError ? (
        <LoadFailure what="The spending" error={query.error} onRetry={() => void query.refetch()} />
      ) : (
        loading
      )}
    </Panel>
  );
}

function Weeks({ weeks }: { weeks: readonly WeekSpending[] }) {
  if (weeks.some(({ spent }) => spent !== "0")) return <SpendingPlot weeks={weeks} />;
  return (
    <EmptyState
      title="Nothing spent in these weeks"
      // As high as what stands there before, and the drawing.
      className="min-h-45 justify-center p-0"
      action={
        <Button asChild>
          <Link href="/schedule">Get GPU time</Link>
        </Button>
      }
    >
      Hours that you win, take or book are paid from what is available here.
    </EmptyState>
  );
}
