"use client";

import { LoadFailure } from "@/components/live/load-failure";
import { Button } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";
import type { NoticeView } from "@/lib/notices/model";
import { NoticeItem } from "./item";
import { useMarkRead, type useNotices } from "./use-notices";

export const noticePanelId = "notices";
const titleId = "notices-title";

interface NoticePanelProps extends ReturnType<typeof useNotices> {
  notices: NoticeView[] | undefined;
}

/** All notices under the bell. The browser opens and closes it, and gives the focus back. */
export function NoticePanel({ query, notices, unread }: NoticePanelProps) {
  const mark = useMarkRead();
  const newest = notices?.[0];
  return (
    <section
      id={noticePanelId}
      popover="auto"
      aria-labelledby={titleId}
      className="inset-auto top-13 right-2 left-2 max-h-[min(36rem,calc(100dvh-8rem))] w-auto flex-col overflow-hidden rounded-lg border border-border bg-popover text-popover-foreground shadow-overlay open:flex sm:right-6 sm:left-auto sm:w-96"
    >
      <header className="flex min-h-11 items-center justify-between gap-4 border-border border-b px-4 py-2">
        <h2 id={titleId} className="font-semibold text-sm">
          Notices
        </h2>
        {unread > 0 && newest ? (
          <Button size="sm" variant="ghost" onClick={() => void mark.all(newest.id)}>
            Mark all read
          </Button>
        ) : null}
      </header>
      <div className="min-h-0 overflow-y-auto">
        <List query={query} notices={notices} onRead={(id) => void mark.one(id)} />
      </div>
    </section>
  );
}

interface ListProps extends Pick<NoticePanelProps, "query" | "notices"> {
  onRead: (id: string) => void;
}

function List({ query, notices, onRead }: ListProps) {
  if (!notices) {
    return query.isError ? (
      <div className="p-3">
        <LoadFailure what="Your notices" error={query.error} onRetry={() => void query.refetch()} />
      </div>
    ) : (
      <Rows />
    );
  }
  if (notices.length === 0) {
    return (
      <p className="px-4 py-6 text-muted-foreground text-sm">
        Nothing yet. Told here: a session that failed, was interrupted or is about to end, a workspace that
        fills up, and what an administrator changes for you.
      </p>
    );
  }
  return (
    <>
      <ul aria-label="Notices">
        {notices.map((notice) => (
          <NoticeItem key={notice.id} notice={notice} onRead={onRead} />
        ))}
      </ul>
      {query.hasNextPage ? (
        <div className="p-2">
          <Button
            size="sm"
            variant="ghost"
            className="w-full"
            busy={query.isFetchingNextPage}
            onClick={() => void query.fetchNextPage()}
          >
            {query.isFetchingNextPage ? "Loading" : "Show older"}
          </Button>
        </div>
      ) : null}
    </>
  );
}

function Rows() {
  return (
    <div aria-hidden="true">
      {[1, 2, 3].map((row) => (
        <div key={row} className="flex flex-col gap-2 border-border border-b px-4 py-3 last:border-0">
          <Skeleton className="h-4 w-2/3" />
          <Skeleton className="h-3 w-full" />
        </div>
      ))}
    </div>
  );
}
