"use client";

import { useQuery } from "@tanstack/react-query";
import dynamic from "next/dynamic";
import { LoadFailure } from "@/components/live/load-failure";
import { fallbackRefetchMs } from "@/components/live/pages";
import { useLabZone, useNow } from "@/components/ui/lab-clock";
import { Panel } from "@/components/ui/panel";
import { Skeleton } from "@/components/ui/skeleton";
import { api } from "@/lib/api/client";
import type { TransactionView } from "@/lib/wallet/model";
import { spendingFrom, spendingHeight, spendingOf } from "./spending";

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

/** A statement's pages are followed this far: more lines than anybody's weeks have. */
const mostPages = 25;
const pageSize = 200;
/** Saturday begins on such an instant in every zone. ms */
const quarterMs = 15 * 60_000;

/** All of a statement since then. @param from ISO 8601 */
async function transactionsSince(from: string): Promise<TransactionView[]> {
  const found: TransactionView[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < mostPages; page++) {
    const { data, meta } = await api.wallet.transactions.call({
      currency: "CREDIT",
      from,
      limit: pageSize,
      cursor,
    });
    found.push(...data);
    if (meta.nextCursor === null) break;
    cursor = meta.nextCursor;
  }
  return found;
}

/** What GPU time cost week by week. */
export function SpendingPanel() {
  const zone = useLabZone();
  const now = useNow(quarterMs);
  const from = spendingFrom(now).toISOString();
  const query = useQuery({
    queryKey: [...api.wallet.key(), "spending", from],
    queryFn: () => transactionsSince(from),
    refetchInterval: fallbackRefetchMs * 4,
  });
  return (
    <Panel
      title="Spent on GPU time"
      description="By week, from Saturday; what was given back counts against it"
    >
      {query.data ? (
        <SpendingPlot weeks={spendingOf(query.data, now, zone)} />
      ) : query.isError ? (
        <LoadFailure what="The spending" error={query.error} onRetry={() => void query.refetch()} />
      ) : (
        loading
      )}
    </Panel>
  );
}
