"use client";

import type { InfiniteQueryObserverResult } from "@tanstack/react-query";
import { Skeleton } from "@/components/ui/skeleton";
import { LoadFailure } from "./load-failure";

export interface ListPendingProps {
  /** What has not come: "The sessions". */
  what: string;
  query: Pick<InfiniteQueryObserverResult, "error" | "isError" | "refetch">;
}

/** Stands for a list of which nothing is known: it is on its way, or could not be loaded. Neither is an empty list. */
export function ListPending({ what, query }: ListPendingProps) {
  if (query.isError) {
    return (
      <div className="p-4">
        <LoadFailure what={what} error={query.error} onRetry={() => void query.refetch()} />
      </div>
    );
  }
  return (
    <div className="flex flex-col gap-3 p-4" aria-busy="true">
      <Skeleton className="h-4 w-full" />
      <Skeleton className="h-4 w-11/12" />
      <Skeleton className="h-4 w-full" />
    </div>
  );
}
