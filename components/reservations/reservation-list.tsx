"use client";

import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { ListPending } from "@/components/live/list-pending";
import { LoadMore } from "@/components/live/load-more";
import { itemsOf, type ListPage, listPageSize } from "@/components/live/pages";
import { useListRefetch } from "@/components/live/use-list-refetch";
import { EmptyState } from "@/components/ui/empty-state";
import { Panel } from "@/components/ui/panel";
import { SegmentedControl } from "@/components/ui/segmented-control";
import { api } from "@/lib/api/client";
import type { StartView } from "@/lib/schedule/model";
import type { ReservationView } from "@/lib/schedule/reservation-model";
import { ReservationTable } from "./reservation-table";

const whose = [
  { value: "mine", label: "Mine" },
  { value: "all", label: "Everybody’s" },
] as const;
type Whose = (typeof whose)[number]["value"];

export interface ReservationListProps {
  /** The reader's own. */
  initial: ListPage<ReservationView>;
  username: string;
  isAdmin: boolean;
  /** How many hours one reservation may have. */
  maxHours: number;
  /** What starts by itself. */
  starts: readonly StartView[];
  /** There is a calendar to book in. */
  bookable: boolean;
}

/** One's own reservations, newest first; for administrators everybody's too. */
export function ReservationList({ initial, isAdmin, bookable, ...of }: ReservationListProps) {
  const [shown, setShown] = useState<Whose>("mine");
  const query = useReservations(initial, shown);
  const reservations = query.data ? itemsOf(query.data.pages, ({ id }) => id) : null;
  return (
    <Panel
      inset="flush"
      title={shown === "mine" ? "My reservations" : "Everybody’s reservations"}
      actions={
        isAdmin ? (
          <SegmentedControl label="Whose" value={shown} onValueChange={setShown} options={whose} />
        ) : null
      }
    >
      {reservations === null ? (
        <ListPending what="The reservations" query={query} />
      ) : reservations.length === 0 ? (
        <EmptyState title="Nothing booked yet">
          {bookable ? "Draw over free hours in the calendar and press Book. " : null}
          What hours cost is held, and paid hour by hour as they begin.
        </EmptyState>
      ) : (
        <>
          <ReservationTable reservations={reservations} people={shown === "all"} {...of} />
          <LoadMore shown={reservations.length} query={query} />
        </>
      )}
    </Panel>
  );
}

function useReservations(initial: ListPage<ReservationView>, shown: Whose) {
  const listRefetch = useListRefetch();
  return useInfiniteQuery(
    api.reservations.list.infiniteOptions({
      input: (cursor: string | undefined) => ({
        limit: listPageSize,
        cursor,
        ...(shown === "all" ? { all: true } : {}),
      }),
      initialPageParam: undefined,
      getNextPageParam: (last) => last.meta.nextCursor ?? undefined,
      ...(shown === "mine"
        ? { initialData: { pages: [initial], pageParams: [undefined] } }
        : { placeholderData: keepPreviousData }),
      refetchInterval: listRefetch,
    }),
  );
}
