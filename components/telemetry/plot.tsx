"use client";

import { useEffect, useRef, useState } from "react";
import uPlot from "uplot";
import { accentLine, axisLook, drawIn, token } from "@/components/plots/canvas";
import { useLabZone } from "@/components/ui/lab-clock";
import { zonedParts } from "@/lib/kernel/zoned-time";
import type { SamplesView } from "@/lib/telemetry/model";
import { samplesKeptMs } from "@/lib/telemetry/rules";
import { drawingHeight, PlotCard } from "./plot-card";
import { axisTop, type PlotSpec } from "./plots";
import { extentOf, plotData } from "./samples";
import { factOf, limitText, summaryOf, valueText } from "./words";

/** Width of the labels at the left, in CSS pixels: "2.00 CPUs" in the small face. */
const labelWidth = 66;
const labelHeight = 20;
/** Distances of the times below, in s. */
const timeSteps = [300, 600, 900, 1800, 3600];
/** All plots of a page have one crosshair. */
const crosshair = "session";

/** What changes from drawing to drawing without the plot being made anew. */
interface Scales {
  from: number;
  to: number;
  top: number;
}

function optionsOf(
  spec: PlotSpec,
  element: HTMLElement,
  zone: string,
  scales: Scales,
): Omit<uPlot.Options, "width" | "height"> {
  const axis = axisLook(element);
  const clock = (seconds: number) => {
    const { hour, minute } = zonedParts(new Date(seconds * 1_000), zone);
    return `${hour}:${minute}`;
  };
  return {
    padding: [6, 8, 0, 0],
    legend: { show: false },
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1_000), zone),
    cursor: { sync: { key: crosshair }, y: false, drag: { x: false, y: false }, points: { size: 5 } },
    scales: {
      x: { range: () => [scales.from, scales.to] },
      y: { range: () => [0, scales.top] },
    },
    axes: [
      { ...axis, size: labelHeight, incrs: timeSteps, space: 64, values: (_plot, at) => at.map(clock) },
      {
        ...axis,
        size: labelWidth,
        splits: () => [0, scales.top / 2, scales.top],
        values: (_plot, at) => at.map((value) => (value === 0 ? "0" : spec.format(value))),
      },
    ],
    series: [{}, ...spec.series.map((_series, index) => seriesStyle(index))],
  };
}

/** The first of a plot's series is filled and in the accent; a second is told from it by dashes, not by colour alone. */
function seriesStyle(index: number): uPlot.Series {
  if (index > 0)
    return { stroke: () => token("--foreground"), width: 1, dash: [3, 3], points: { show: false } };
  return { ...accentLine, points: { show: false } };
}

export interface PlotProps {
  spec: PlotSpec;
  view: SamplesView;
  simulated: boolean;
  /** The right end of the time axis, in ms: now, or the last sample of a session that has ended. */
  until: number;
}

/** One figure of a session over the last hour; drawn on a canvas, told in words to who does not see it. */
export function Plot({ spec, view, simulated, until }: PlotProps) {
  const zone = useLabZone();
  const element = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(null);
  const scales = useRef<Scales>({ from: 0, to: 1, top: 1 });
  const [pointed, setPointed] = useState<number | null>(null);

  useEffect(() => {
    const box = element.current;
    if (!box) return;
    const options = optionsOf(spec, box, zone, scales.current);
    const setCursor = ({ cursor, data }: uPlot) =>
      setPointed(typeof cursor.idx === "number" ? (data[0][cursor.idx] ?? null) : null);
    const { plot: made, remove } = drawIn(box, { ...options, hooks: { setCursor: [setCursor] } }, [
      [],
      ...spec.series.map(() => []),
    ]);
    plot.current = made;
    return remove;
  }, [spec, zone]);

  useEffect(() => {
    const data = plotData(
      view,
      spec.series.map(({ key }) => key),
    );
    const most = Math.max(...data.slice(1).map((column) => extentOf(column)?.most ?? 0));
    Object.assign(scales.current, {
      from: (until - samplesKeptMs) / 1_000,
      to: until / 1_000,
      top: axisTop(spec, view.limits, most),
    });
    plot.current?.setData(data);
  }, [spec, view, until]);

  const at = pointed === null ? -1 : view.at.findIndex((one) => Date.parse(one) / 1_000 === pointed);
  return (
    <PlotCard
      spec={spec}
      simulated={simulated}
      value={
        at === -1
          ? valueText(spec, view)
          : `${valueText(spec, view, at)} at ${secondsClock(view.at[at], zone)}`
      }
      limit={at === -1 ? limitText(spec, view) : null}
      fact={factOf(spec, view)}
    >
      <div ref={element} role="img" aria-label={summaryOf(spec, view)} className={drawingHeight} />
    </PlotCard>
  );
}

function secondsClock(iso: string | undefined, zone: string): string {
  if (iso === undefined) return "";
  const { hour, minute, second } = zonedParts(new Date(iso), zone);
  return `${hour}:${minute}:${second}`;
}
