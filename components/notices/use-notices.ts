"use client";

import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { markAllNoticesRead, markNoticeRead } from "@/app/(console)/notices/actions";
import { itemsOf } from "@/components/live/pages";
import { useListRefetch } from "@/components/live/use-list-refetch";
import { toast } from "@/components/ui/toast-store";
import type { ActionResult } from "@/lib/api/action-result";
import { api } from "@/lib/api/client";

/** A panel's height of notices; older ones come when asked for. */
const perPage = 15;

/** The viewer's notices, newest first, and how many in all are unread. */
export function useNotices() {
  const listRefetch = useListRefetch();
  const query = useInfiniteQuery(
    api.me.notices.list.infiniteOptions({
      input: (cursor: string | undefined) => ({ limit: perPage, cursor }),
      initialPageParam: undefined,
      getNextPageParam: (last) => last.meta.nextCursor ?? undefined,
      refetchInterval: listRefetch,
    }),
  );
  const pages = query.data?.pages;
  return {
    query,
    notices: pages && itemsOf(pages, (notice) => notice.id),
    unread: pages?.[0]?.meta.unread ?? 0,
  };
}

/** Marks as read, here at once and on the viewer's other devices through the live stream. */
export function useMarkRead() {
  const queryClient = useQueryClient();
  const settle = async (marking: Promise<ActionResult<unknown>>) => {
    const result = await marking;
    if (!result.ok) toast.error("Not marked as read", { description: result.problem.detail });
    await queryClient.invalidateQueries({ queryKey: api.me.notices.key() });
  };
  return {
    one: (id: string) => settle(markNoticeRead({ id })),
    all: (upTo: string) => settle(markAllNoticesRead({ upTo })),
  };
}
