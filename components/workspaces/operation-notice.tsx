"use client";

import { useQuery } from "@tanstack/react-query";
import { Notice } from "@/components/ui/notice";
import { Elapsed } from "@/components/ui/time";
import { api } from "@/lib/api/client";
import type { OperationView } from "@/lib/workspaces/model";
import { isUnderWay, operationLook } from "./words";

/** Operations take seconds; should the live stream be cut, this is soon enough to follow one. */
const operationPollMs = 2_000;

/** The operation to show: the one under way, else the last one that this page saw. */
export function useOperation(id: string | null): OperationView | null {
  const query = useQuery(
    api.operations.get.queryOptions({
      input: { id: id ?? "" },
      enabled: id !== null,
      refetchInterval: ({ state }) => (state.data && !isUnderWay(state.data.data) ? false : operationPollMs),
    }),
  );
  return query.data?.data ?? null;
}

/** How the operation goes, and what came of it. */
export function OperationNotice({ operation }: { operation: OperationView }) {
  const { tone, title, detail } = operationLook(operation);
  return (
    <Notice
      live
      tone={tone}
      title={title}
      action={
        isUnderWay(operation) ? (
          <Elapsed since={operation.createdAt} className="text-muted-foreground text-xs" />
        ) : undefined
      }
    >
      {detail}
    </Notice>
  );
}
