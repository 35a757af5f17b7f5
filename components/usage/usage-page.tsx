"use client";

import { useQuery } from "@tanstack/react-query";
import { Download } from "lucide-react";
import { useCallback, useMemo, useState } from "react";
import { layoutOf, type WeekLayout } from "@/components/schedule/hours";
import { Button } from "@/components/ui/button";
import { EmptyState } from "@/components/ui/empty-state";
import { PageHeader } from "@/components/ui/page-header";
import { Panel } from "@/components/ui/panel";
import { api } from "@/lib/api/client";
import { apiPrefix } from "@/lib/api/prefix";
import { dayText } from "@/lib/kernel/zoned-time";
import type { UsageView } from "@/lib/usage/model";
import { MisfitTable } from "./misfit-table";
import { TotalsTable } from "./totals-table";
import { hoursIn, lookOf, misfitsOf, slotsOf, type UsedSlot } from "./usage";
import { UsageLegend, UsageMap } from "./usage-map";
import { gpuText, slotText } from "./words";

/** Hours are counted by the minute, and nobody waits for one. */
const refetchMs = 60_000;

export interface UsagePageProps {
  initial: { data: UsageView; meta: Record<string, never> };
}

/** Who held which GPU in each hour of a week, and who was on it. */
export function UsagePage({ initial }: UsagePageProps) {
  const { week } = initial.data;
  const view = useQuery(
    api.admin.usage.week.queryOptions({
      input: { week },
      initialData: initial,
      refetchInterval: refetchMs,
    }),
  ).data.data;
  const { first, count } = view.hours;
  const layout = useMemo(() => layoutOf(first, count, view.zone), [first, count, view.zone]);
  const slots = useMemo(() => slotsOf(view), [view]);
  const misfits = useMemo(() => misfitsOf(slots), [slots]);
  return (
    <>
      <PageHeader
        parent={{ href: "/admin/weeks", label: "Weeks" }}
        title={`Usage from ${dayText(week)}`}
        description={`Who held each GPU, and who was on it, in hours of ${view.zone}.`}
        actions={
          <Button asChild size="sm">
            <a href={`${apiPrefix}/admin/export-usage?week=${week}`} download>
              <Download aria-hidden />
              Export CSV
            </a>
          </Button>
        }
      />
      <div className="flex flex-col gap-4">
        {view.gpus.length === 0 ? (
          <Panel inset="flush">
            <EmptyState title="No GPU yet">A GPU appears when its host’s agent first reports it.</EmptyState>
          </Panel>
        ) : (
          <Maps view={view} slots={slots} layout={layout} />
        )}
        <TotalsTable totals={view.totals} />
        <MisfitTable misfits={misfits} gpus={view.gpus} layout={layout} />
      </div>
    </>
  );
}

interface MapsProps {
  view: UsageView;
  slots: readonly (readonly (UsedSlot | null)[])[];
  layout: WeekLayout;
}

interface Pointed {
  readonly gpu: number;
  readonly hour: number;
}

/** Every GPU's week, and in words the hour that is pointed at. */
function Maps({ view, slots, layout }: MapsProps) {
  const now = hoursIn(view, Date.parse(view.now));
  const [pointed, setPointed] = useState<Pointed | null>(null);
  return (
    // Not clipped, or the line below would not stay in sight.
    <Panel inset="flush" aria-label="GPUs" className="overflow-visible">
      <div className="flex min-h-11 items-center border-border border-b px-4 py-2">
        <UsageLegend />
      </div>
      <div className="p-4">
        <div className="grid grid-cols-[repeat(auto-fit,minmax(min(100%,22rem),1fr))] gap-x-8 gap-y-6">
          {view.gpus.map(({ id }, gpu) => (
            <GpuWeek
              key={id}
              gpu={gpu}
              name={gpuText(view.gpus, gpu)}
              slots={slots[gpu] ?? []}
              layout={layout}
              now={now}
              pointed={pointed?.gpu === gpu ? pointed.hour : null}
              onPoint={setPointed}
            />
          ))}
        </div>
      </div>
      <p className="sticky bottom-[calc(3.5rem+env(safe-area-inset-bottom))] z-1 flex min-h-10 items-center rounded-b-lg border-border border-t bg-surface px-4 py-2 text-muted-foreground text-sm md:bottom-0">
        {pointed
          ? pointedText(pointed, { view, slots, layout }, now)
          : "Point at an hour, or tap it, to see whose it was."}
      </p>
    </Panel>
  );
}

function pointedText({ gpu, hour }: Pointed, { view, slots, layout }: MapsProps, now: number): string {
  const slot = slots[gpu]?.[hour] ?? null;
  return `${gpuText(view.gpus, gpu)}, ${layout.names[hour]}: ${slotText(slot, lookOf(slot, hour, now))}`;
}

interface GpuWeekProps {
  gpu: number;
  name: string;
  slots: readonly (UsedSlot | null)[];
  layout: WeekLayout;
  now: number;
  pointed: number | null;
  onPoint: (pointed: Pointed) => void;
}

/** What it is given stays the same while another GPU is pointed at. */
function GpuWeek({ gpu, onPoint, ...props }: GpuWeekProps) {
  const point = useCallback((hour: number) => onPoint({ gpu, hour }), [gpu, onPoint]);
  return <UsageMap {...props} onPoint={point} />;
}
