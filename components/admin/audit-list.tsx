"use client";

import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { useDeferredValue } from "react";
import { ListPending } from "@/components/live/list-pending";
import { LoadMore } from "@/components/live/load-more";
import { fallbackRefetchMs, itemsOf, type ListPage, listPageSize } from "@/components/live/pages";
import { EmptyState } from "@/components/ui/empty-state";
import { useLabZone } from "@/components/ui/lab-clock";
import { Panel } from "@/components/ui/panel";
import { api } from "@/lib/api/client";
import type { AuditEntryView, AuditFilter } from "@/lib/audit/model";
import { auditFilterOf } from "./audit-choice";
import { AuditFilters } from "./audit-filters";
import { AuditTable } from "./audit-table";
import { ExportLink } from "./export-link";
import { useAuditChoice } from "./use-audit-choice";

export interface AuditListProps {
  initial: ListPage<AuditEntryView>;
  /** What `initial` is narrowed to. */
  initialFilter: AuditFilter;
}

/** The audit log, newest first, as narrow as one likes. */
export function AuditList({ initial, initialFilter }: AuditListProps) {
  const zone = useLabZone();
  const { choice, type, narrowTo } = useAuditChoice();
  const filter = auditFilterOf(useDeferredValue(choice), zone);
  const query = useAudit(initial, initialFilter, filter);
  const entries = query.data ? itemsOf(query.data.pages, (entry) => String(entry.id)) : null;
  return (
    <div className="flex flex-col gap-4">
      <AuditFilters choice={choice} onType={type} onClear={() => narrowTo({})} />
      <Panel inset="flush" title="Entries" actions={<ExportLink what="audit" filter={filter} />}>
        {entries === null ? (
          <ListPending what="The entries" query={query} />
        ) : (
          <>
            {entries.length === 0 ? (
              <EmptyState title="Nothing fits">
                No entry has all of that. Leave something out, or widen the days.
              </EmptyState>
            ) : (
              <AuditTable entries={entries} onNarrow={narrowTo} />
            )}
            <LoadMore shown={entries.length} query={query} />
          </>
        )}
      </Panel>
    </div>
  );
}

function useAudit(initial: ListPage<AuditEntryView>, initialFilter: AuditFilter, filter: AuditFilter) {
  const unchanged = JSON.stringify(filter) === JSON.stringify(initialFilter);
  return useInfiniteQuery(
    api.admin.audit.list.infiniteOptions({
      input: (cursor: string | undefined) => ({ limit: listPageSize, cursor, ...filter }),
      initialPageParam: undefined,
      getNextPageParam: (last) => last.meta.nextCursor ?? undefined,
      ...(unchanged
        ? { initialData: { pages: [initial], pageParams: [undefined] } }
        : { placeholderData: keepPreviousData }),
      // Entries never change: once older ones are loaded too, asking for all of them again would bring only what is new.
      refetchInterval: ({ state }) => (state.data && state.data.pages.length > 1 ? false : fallbackRefetchMs),
    }),
  );
}
