"use client";

import { useEffect, useRef, useState } from "react";
import uPlot from "uplot";
import { accentLine, axisLook, drawIn, token } from "@/components/plots/canvas";
import { useLabZone, useNow } from "@/components/ui/lab-clock";
import type { HistoryPoint } from "@/lib/competitions/model";
import { absoluteText } from "@/lib/kernel/zoned-time";
import { historyData, historyHeight, rangeOf, timeLabel } from "./history";
import { scoreText } from "./score-text";

/** Width of "0.9999" in the small face, in CSS pixels. */
const labelWidth = 52;
const labelHeight = 20;
const hour = 3_600;
const day = 24 * hour;
/** Distances of the times below, in s. */
const timeSteps = [
  ...[60, 300, 900, hour, 3 * hour, 6 * hour, 12 * hour],
  ...[day, 2 * day, 7 * day, 14 * day, 30 * day, 91 * day, 365 * day],
];
/** Days go by slowly on this axis. */
const resolutionMs = 60_000;

function optionsOf(
  element: HTMLElement,
  zone: string,
  greatest: number | undefined,
): Omit<uPlot.Options, "width" | "height"> {
  const axis = axisLook(element);
  return {
    // The last time stands below its line, half of it to the right.
    padding: [8, 28, 0, 0],
    legend: { show: false },
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1_000), zone),
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 6 } },
    scales: { y: { range: (_plot, least, most) => rangeOf(least, most, greatest) } },
    axes: [
      {
        ...axis,
        size: labelHeight,
        space: 72,
        incrs: timeSteps,
        values: (_plot, at, _axis, _space, step) => at.map((seconds) => timeLabel(seconds, step, zone)),
      },
      { ...axis, size: labelWidth, space: 32 },
    ],
    series: [
      {},
      {
        ...accentLine,
        paths: uPlot.paths.stepped?.({ align: 1 }),
        // All but the last, which is no submission but now.
        points: {
          show: true,
          filter: (plot) => [...plot.data[0].keys()].slice(0, -1),
          size: 5,
          stroke: () => token("--primary"),
          fill: () => token("--surface"),
        },
      },
    ],
  };
}

export interface HistoryPlotProps {
  /** Oldest first, each better than the one before. */
  points: readonly HistoryPoint[];
  /** What is drawn, in words. */
  metric: string;
  /** The greatest value that there can be; undefined without one. */
  greatest: number | undefined;
}

/** A step for each submission that was better than all before it, up to now. */
export function HistoryPlot({ points, metric, greatest }: HistoryPlotProps) {
  const zone = useLabZone();
  const now = useNow(resolutionMs);
  const element = useRef<HTMLDivElement>(null);
  const [pointed, setPointed] = useState<number | null>(null);
  useEffect(() => {
    const box = element.current;
    if (!box) return;
    const setCursor = ({ cursor }: uPlot) => setPointed(cursor.idx ?? null);
    const options = { ...optionsOf(box, zone, greatest), hooks: { setCursor: [setCursor] } };
    return drawIn(box, options, historyData(points, now)).remove;
  }, [points, zone, now, greatest]);
  const shown = points[Math.min(pointed ?? points.length - 1, points.length - 1)];
  const [first, last] = [points[0], points.at(-1)];
  const at = ({ acceptedAt }: HistoryPoint) => absoluteText(new Date(acceptedAt), new Date(now), zone);
  if (!first || !last || !shown) return null;
  return (
    <figure data-slot="plot" data-plot="history">
      <figcaption className="flex h-5 items-center justify-end text-xs" suppressHydrationWarning>
        <span className="font-mono tabular-nums">{scoreText(shown.score)}</span>
        <span className="text-muted-foreground">
          {" "}
          {shown === last ? ", best since" : "since"} {at(shown)}
        </span>
      </figcaption>
      <div
        ref={element}
        role="img"
        aria-label={`${metric}: ${points.length} steps, from ${scoreText(first.score)} at ${at(first)} to ${scoreText(last.score)} at ${at(last)}.`}
        className={historyHeight}
      />
    </figure>
  );
}
