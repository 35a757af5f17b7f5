"use client";

import { useQuery } from "@tanstack/react-query";
import { useMemo, useRef, useState } from "react";
import { fallbackRefetchMs, type ListPage } from "@/components/live/pages";
import { DayStrip } from "@/components/schedule/day-strip";
import { slotNumber } from "@/components/schedule/hour-table";
import { layoutOf } from "@/components/schedule/hours";
import { Legend, type Mark, startsMark } from "@/components/schedule/legend";
import { NoGpus } from "@/components/schedule/no-gpus";
import { type SoldMode, TimeTabs } from "@/components/schedule/time-tabs";
import { aheadOf, useLabNow } from "@/components/schedule/use-lab-now";
import { WeekGrid } from "@/components/schedule/week-grid";
import { PageHeader } from "@/components/ui/page-header";
import { Panel } from "@/components/ui/panel";
import { api } from "@/lib/api/client";
import type { BookingsView } from "@/lib/schedule/calendar-model";
import type { SlotInput, StartView, SummaryView } from "@/lib/schedule/model";
import type { ReservationView } from "@/lib/schedule/reservation-model";
import type { WalletView } from "@/lib/wallet/model";
import { BookingBar } from "./booking-bar";
import { calendarOf, numberingOf } from "./calendar";
import { hourNow } from "./choice";
import { pointedText } from "./choice-text";
import { DayPager } from "./day-pager";
import { pagesAhead, shownDays } from "./days";
import { Rates } from "./rates";
import { ReservationList } from "./reservation-list";
import { useBooking } from "./use-booking";
import { useChoice } from "./use-choice";
import { limitsText } from "./words";

interface Answer<Data> {
  data: Data;
  meta: Record<string, never>;
}

export interface ReserveViewProps {
  username: string;
  isAdmin: boolean;
  /** How the lab sells hours. */
  modes: readonly SoldMode[];
  /** The first day that is shown, as the address names it; undefined for today. */
  from: string | undefined;
  /** The hour that a link led to. */
  at: SlotInput | null;
  initial: {
    bookings: Answer<BookingsView>;
    wallet: Answer<WalletView>;
    summary: Answer<SummaryView>;
    reservations: ListPage<ReservationView>;
  };
}

/** Days of GPU hours at fixed rates: what is free, what is mine, and what the reader can book. */
export function ReserveView({ username, isAdmin, modes, from, at, initial }: ReserveViewProps) {
  const refetchInterval = fallbackRefetchMs;
  const input = { from, days: shownDays };
  const bookings = useQuery(
    api.reservations.calendar.queryOptions({ input, initialData: initial.bookings, refetchInterval }),
  );
  const wallet = useQuery(api.wallet.get.queryOptions({ initialData: initial.wallet, refetchInterval })).data
    .data;
  const { starts } = useQuery(api.schedule.me.queryOptions({ initialData: initial.summary, refetchInterval }))
    .data.data;
  const view = bookings.data.data;
  return (
    <>
      <PageHeader
        title="GPU time"
        description={`Hours of ${view.zone} at a fixed rate. Cancelling is free until an hour before they begin; from then on it costs the next hour.`}
      />
      <TimeTabs modes={modes} here="reservation" />
      <div className="flex flex-col gap-4">
        {view.gpus.length === 0 ? (
          <NoGpus
            label="Calendar"
            title="No GPU can be reserved"
            action={isAdmin ? "Choose GPUs to reserve" : null}
          >
            Once an administrator gives a GPU an hourly rate, its hours are booked here, some days ahead.
          </NoGpus>
        ) : (
          <DaysPanel
            // Its choice is by number of slots.
            key={numberingOf(view)}
            view={view}
            ahead={aheadOf(view.now, bookings.dataUpdatedAt)}
            wallet={wallet}
            starts={starts}
            at={at}
          />
        )}
        <ReservationList
          initial={initial.reservations}
          username={username}
          isAdmin={isAdmin}
          maxHours={view.limits.maxHours}
          starts={starts}
          bookable={view.gpus.length > 0}
        />
      </div>
    </>
  );
}

const marks: readonly Mark[] = [
  { look: "mine", text: "yours" },
  { look: "others", text: "others’" },
  { text: "free" },
  { look: "closed", text: "over, or not to be booked" },
];

interface DaysPanelProps {
  view: BookingsView;
  /** How far the lab's clock is ahead of the browser's. ms */
  ahead: number;
  wallet: WalletView;
  /** What starts by itself. */
  starts: readonly StartView[];
  at: SlotInput | null;
}

function DaysPanel({ view, ahead, wallet, starts, at }: DaysPanelProps) {
  const { first, count } = view.hours;
  const layout = useMemo(() => layoutOf(first, count, view.zone), [first, count, view.zone]);
  const calendar = useMemo(() => calendarOf(view, starts), [view, starts]);
  const now = useLabNow(ahead, 15_000);
  const running = hourNow(calendar, now);
  const hereAndNow = running >= 0 && running < count ? running : 0;
  const led = at === null ? null : slotNumber(calendar, at);
  const [focused, setFocused] = useState(led ?? hereAndNow * calendar.gpus.length);
  // A GPU may have gone since.
  const active = Math.min(focused, calendar.slots.length - 1);
  const [day, setDay] = useState(layout.places[Math.floor(focused / calendar.gpus.length)]?.day ?? 0);
  const [pointed, setPointed] = useState<number | null>(null);
  const { span, choice, grid, letGo } = useChoice(calendar, now, led);
  const panel = useRef<HTMLElement>(null);
  const mainButton = useRef<HTMLButtonElement>(null);
  const booking = useBooking(calendar, span, (booked) => {
    letGo(booked);
    // The button that was pressed has nothing to do any more.
    panel.current
      ?.querySelector<HTMLElement>("[role=gridcell][tabindex='0']")
      ?.focus({ preventScroll: true });
  });
  const [firstDay, lastDay] = [layout.days[0], layout.days.at(-1)];
  const pages = pagesAhead(view.today, view.limits.aheadDays);
  const describe = (slot: number) => {
    const { title, detail } = pointedText(calendar, slot, now);
    return `${title}: ${detail}`;
  };
  return (
    // Not clipped, or the bar would not stay in sight.
    <Panel ref={panel} inset="flush" aria-label="Calendar" className="overflow-visible">
      <div className="flex min-h-12 flex-wrap items-center justify-between gap-x-6 gap-y-2 border-border border-b px-4 py-2">
        <Rates gpus={calendar.gpus} />
        <DayPager pages={pages} first={firstDay?.date ?? ""} last={lastDay?.date ?? ""} />
      </div>
      <div className="flex flex-wrap items-center justify-between gap-x-6 gap-y-1 border-border border-b px-4 py-2">
        <Legend marks={calendar.slots.some((slot) => slot.starts) ? [...marks, startsMark] : marks} />
        <p className="text-muted-foreground text-xs tabular-nums">{limitsText(view.limits)}</p>
      </div>
      <DayStrip table={calendar} layout={layout} day={day} onDay={setDay} />
      <WeekGrid
        table={calendar}
        layout={layout}
        now={now}
        textOf={describe}
        label={`GPU hours from ${firstDay?.label} to ${lastDay?.label}`}
        selection={grid}
        active={active}
        onActive={setFocused}
        onPoint={setPointed}
        onEnter={() => mainButton.current?.click()}
        day={day}
        onDay={setDay}
        failed={null}
      />
      <BookingBar
        calendar={calendar}
        now={now}
        choice={choice}
        pointed={pointed}
        wallet={wallet}
        booking={booking}
        mainButton={mainButton}
      />
    </Panel>
  );
}
