"use client";

import type { InfiniteQueryObserverResult } from "@tanstack/react-query";
import { Button } from "@/components/ui/button";

/** What of an infinite query the end of its list shows. */
export type MorePages = Pick<
  InfiniteQueryObserverResult,
  | "error"
  | "fetchNextPage"
  | "hasNextPage"
  | "isFetchingNextPage"
  | "isFetchNextPageError"
  | "isRefetchError"
  | "refetch"
>;

export interface LoadMoreProps {
  shown: number;
  query: MorePages;
}

/** The end of a list: how many are shown, a way to the next page while there is one, and what could not be fetched. */
export function LoadMore({ shown, query }: LoadMoreProps) {
  const { hasNextPage, isFetchingNextPage, isRefetchError, isFetchNextPageError } = query;
  const failed = isFetchNextPageError ? "More could not be loaded" : "This list may be out of date";
  return (
    <div className="flex min-h-11 items-center justify-between gap-4 border-border border-t px-4 py-2 text-muted-foreground text-xs">
      <span className="tabular-nums">
        {hasNextPage ? `${shown} shown, there are more` : `${shown} in all`}
        <span role="status" className="text-bad">
          {isRefetchError || isFetchNextPageError ? `. ${failed}: ${query.error?.message}` : null}
        </span>
      </span>
      {isRefetchError ? (
        <Button size="sm" onClick={() => void query.refetch()}>
          Try again
        </Button>
      ) : hasNextPage ? (
        <Button size="sm" busy={isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
          {isFetchingNextPage ? "Loading" : isFetchNextPageError ? "Try again" : "Load more"}
        </Button>
      ) : null}
    </div>
  );
}
