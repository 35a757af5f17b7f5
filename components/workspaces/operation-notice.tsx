"use client";

import { useQuery } from "@tanstack/react-query";
import { Announcement } from "@/components/ui/announcement";
import { Notice } from "@/components/ui/notice";
import { Elapsed } from "@/components/ui/time";
import { api } from "@/lib/api/client";
import type { OperationView } from "@/lib/workspaces/model";
import { isUnderWay, operationLook } from "./words";

/** Operations take seconds; should the live stream be cut, this is soon enough to follow one. */
const operationPollMs = 2_000;

export interface WatchedOperation {
  readonly id: string;
  /** As it was when this page began it; null for one that the page found under way. */
  readonly started: OperationView | null;
}

/** The operation to show: the one under way, else the last one that this page saw. */
export function useOperation(watched: WatchedOperation | null): OperationView | null {
  const query = useQuery(
    api.operations.get.queryOptions({
      input: { id: watched?.id ?? "" },
      enabled: watched !== null,
      initialData: watched?.started ? { data: watched.started, meta: {} } : undefined,
      refetchInterval: ({ state }) => (state.data && !isUnderWay(state.data.data) ? false : operationPollMs),
    }),
  );
  return query.data?.data ?? null;
}

/** How the operation goes, and what came of it. */
export function OperationNotice({ operation }: { operation: OperationView | null }) {
  const look = operation && operationLook(operation);
  return (
    <>
      <Announcement>{look ? `${look.title}. ${look.detail}` : null}</Announcement>
      {operation && look ? (
        <Notice
          tone={look.tone}
          title={look.title}
          action={
            isUnderWay(operation) ? (
              <Elapsed since={operation.createdAt} className="text-muted-foreground text-xs" />
            ) : undefined
          }
        >
          {look.detail}
        </Notice>
      ) : null}
    </>
  );
}
