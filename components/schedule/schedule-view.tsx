"use client";

import { useQuery } from "@tanstack/react-query";
import { useMemo, useRef, useState } from "react";
import { fallbackRefetchMs } from "@/components/live/pages";
import { PageHeader } from "@/components/ui/page-header";
import { Panel } from "@/components/ui/panel";
import { api } from "@/lib/api/client";
import { hourMs } from "@/lib/fleet/rules";
import type { GridView, OverviewView, SlotInput, SummaryView } from "@/lib/schedule/model";
import { ActionBar } from "./action-bar";
import { Closes } from "./closes";
import { DayStrip } from "./day-strip";
import { beginsAt, slotNumber } from "./hour-table";
import { layoutOf } from "./hours";
import { NoGpus } from "./no-gpus";
import { type SoldMode, TimeTabs } from "./time-tabs";
import { useCommands } from "./use-commands";
import { aheadOf, useLabNow } from "./use-lab-now";
import { useOutbidSeen } from "./use-outbid-seen";
import { useSelection } from "./use-selection";
import { phaseOf, weekOf } from "./week";
import { WeekGrid } from "./week-grid";
import { WeekSwitch } from "./week-switch";
import { WeekToolbar } from "./week-toolbar";
import { slotName, slotText } from "./words";

interface Answer<Data> {
  data: Data;
  meta: Record<string, never>;
}

export interface ScheduleViewProps {
  username: string;
  isAdmin: boolean;
  /** How the lab sells hours. */
  modes: readonly SoldMode[];
  /** The hour that a link led to. */
  at: SlotInput | null;
  initial: { overview: Answer<OverviewView>; grid: Answer<GridView>; summary: Answer<SummaryView> };
}

/** A week of GPU hours: who leads or holds which, and what the reader can do about it. */
export function ScheduleView({ username, isAdmin, modes, at, initial }: ScheduleViewProps) {
  const { week: key } = initial.grid.data;
  const refetchInterval = fallbackRefetchMs;
  const overview = useQuery(
    api.schedule.overview.queryOptions({ initialData: initial.overview, refetchInterval }),
  ).data.data;
  const grid = useQuery(
    api.schedule.week.queryOptions({ input: { week: key }, initialData: initial.grid, refetchInterval }),
  );
  const summary = useQuery(api.schedule.me.queryOptions({ initialData: initial.summary, refetchInterval }))
    .data.data;
  const view = grid.data.data;
  return (
    <>
      <PageHeader
        title="GPU time"
        state={
          view.gpus.length === 0 ? null : <Closes week={view} ahead={aheadOf(view.now, grid.dataUpdatedAt)} />
        }
        description={`Hours of ${overview.zone}, in whole credits. A bid raises an hour's price by one.`}
        actions={<WeekSwitch weeks={overview.weeks} shown={view} />}
      />
      <TimeTabs modes={modes} here="auction" />
      {view.gpus.length === 0 ? (
        <NoGpus label="Week" title="No GPU is auctioned" action={isAdmin ? "Choose GPUs to auction" : null}>
          No hour of this week is bid on. Once an administrator has a GPU auctioned, its hours of the coming
          week are bid on here.
        </NoGpus>
      ) : (
        <WeekPanel
          // What is selected is counted in these GPUs: of others the same numbers would be other hours.
          key={view.gpus.map(({ id }) => id).join()}
          view={view}
          ahead={aheadOf(view.now, grid.dataUpdatedAt)}
          terms={overview.terms}
          summary={summary}
          username={username}
          at={at}
        />
      )}
    </>
  );
}

interface WeekPanelProps {
  view: GridView;
  /** How far the lab's clock is ahead of the browser's. ms */
  ahead: number;
  terms: OverviewView["terms"];
  summary: SummaryView;
  username: string;
  at: SlotInput | null;
}

function WeekPanel({ view, ahead, terms, summary, username, at }: WeekPanelProps) {
  const { first, count } = view.hours;
  const layout = useMemo(() => layoutOf(first, count, view.zone), [first, count, view.zone]);
  const week = useMemo(() => weekOf(view, username, summary.starts), [view, username, summary.starts]);
  const now = useLabNow(ahead, 15_000);
  const running = Math.floor((now - beginsAt(week, 0)) / hourMs);
  const hereAndNow = running >= 0 && running < count ? running : 0;
  const led = at === null ? null : slotNumber(week, at);
  const [chosen, setChosen] = useState(led ?? hereAndNow * week.gpus.length);
  // A GPU may have gone since.
  const active = Math.min(chosen, week.slots.length - 1);
  const [day, setDay] = useState(layout.places[Math.floor(chosen / week.gpus.length)]?.day ?? 0);
  const [pointed, setPointed] = useState<number | null>(null);
  const selection = useSelection(week.gpus.length, layout, led);
  const panel = useRef<HTMLElement>(null);
  const mainButton = useRef<HTMLButtonElement>(null);
  const commands = useCommands(week, selection.selection, (verb, slots) => {
    // What is the reader's now stays selected: the bar has what undoes it.
    if (verb === "bid" || verb === "take") selection.keep(slots);
    else selection.letGo();
    // The button that was pressed has nothing to do any more.
    panel.current
      ?.querySelector<HTMLElement>("[role=gridcell][tabindex='0']")
      ?.focus({ preventScroll: true });
  });
  const outbid = useOutbidSeen(week, username);
  const unseen = useMemo(() => new Set(outbid.unseen), [outbid.unseen]);
  return (
    // Not clipped, or the bar would not stay in sight.
    <Panel ref={panel} inset="flush" aria-label={`Week of ${view.week}`} className="overflow-visible">
      <WeekToolbar
        phase={phaseOf(view, now)}
        starts={week.slots.some(({ starts }) => starts)}
        shape={selection.shape}
        onShape={selection.setShape}
        unseen={unseen.size}
        onSelectUnseen={() => selection.select(unseen)}
        onSeen={outbid.markSeen}
      />
      <DayStrip table={week} layout={layout} day={day} onDay={setDay} />
      <WeekGrid
        table={week}
        layout={layout}
        now={now}
        textOf={(slot) => `${slotName(week, layout, slot)}: ${slotText(week, slot, now, terms)}`}
        label={`GPU hours of the week of ${layout.days[0]?.label}`}
        selection={selection}
        active={active}
        onActive={setChosen}
        onPoint={setPointed}
        onEnter={() => mainButton.current?.click()}
        day={day}
        onDay={setDay}
        unseen={unseen}
        failed={commands.refusal?.slot ?? null}
      />
      <ActionBar
        week={week}
        layout={layout}
        now={now}
        terms={terms}
        summary={summary}
        selection={selection}
        commands={commands}
        pointed={pointed}
        mainButton={mainButton}
      />
    </Panel>
  );
}
