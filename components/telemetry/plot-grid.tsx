"use client";

import { useNow } from "@/components/ui/lab-clock";
import type { SamplesView } from "@/lib/telemetry/model";
import { sampleSeconds } from "@/lib/telemetry/rules";
import { Plot } from "./plot";
import { gridStyles } from "./plot-card";
import { plots } from "./plots";

export interface PlotGridProps {
  view: SamplesView;
  simulated: boolean;
  active: boolean;
}

/** All plots, on one time axis. Loaded only where there is something to draw. */
export function PlotGrid({ view, simulated, active }: PlotGridProps) {
  const now = useNow(sampleSeconds * 1_000);
  const last = Date.parse(view.at.at(-1) ?? "");
  // What is silent for a while shows as an empty end.
  const until = active ? Math.max(last, now) : last;
  return (
    <div className={gridStyles}>
      {plots.map((spec) => (
        <Plot key={spec.id} spec={spec} view={view} simulated={simulated} until={until} />
      ))}
    </div>
  );
}
