"use client";

import { Button } from "@/components/ui/button";

export interface LoadMoreProps {
  shown: number;
  hasMore: boolean;
  busy: boolean;
  onMore: () => void;
}

/** The end of a list: how many are shown, and a way to the next page while there is one. */
export function LoadMore({ shown, hasMore, busy, onMore }: LoadMoreProps) {
  return (
    <div className="flex min-h-11 items-center justify-between gap-4 border-border border-t px-4 py-2 text-muted-foreground text-xs">
      <span className="tabular-nums">{hasMore ? `${shown} shown, there are more` : `${shown} in all`}</span>
      {hasMore ? (
        <Button size="sm" busy={busy} onClick={onMore}>
          {busy ? "Loading" : "Load more"}
        </Button>
      ) : null}
    </div>
  );
}
