"use client";

import { useEffect, useRef, useState } from "react";
import uPlot from "uplot";
import { axisLook, drawIn, token } from "@/components/plots/canvas";
import { creditsText } from "@/components/schedule/words";
import { dayText } from "@/lib/kernel/zoned-time";
import { spendingHeight, type WeekSpending } from "./spending";

const labelWidth = 44;
const labelHeight = 20;
/** Distances of the amounts at the left, in whole credits. */
const creditSteps = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 50_000];
/** What a week's name takes at the foot. CSS pixels */
const nameWidth = 48;
/** What the axis reaches to in weeks of little. */
const leastTop = 10;
/** Share of a week's place that its bar fills, and its most, in CSS pixels. */
const barSize: [number, number] = [0.6, 56];
function optionsOf(
  element: HTMLElement,
  weeks: readonly WeekSpending[],
): Omit<uPlot.Options, "width" | "height"> {
  const axis = axisLook(element);
  return {
    padding: [8, 8, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { show: false } },
    scales: {
      x: { time: false, range: [-0.6, weeks.length - 0.4] },
      y: { range: (_plot, _least, most) => [0, Math.max(most * 1.1, leastTop)] },
    },
    axes: [
      {
        ...axis,
        grid: { show: false },
        size: labelHeight,
        splits: () => [...weeks.keys()],
        values: ({ bbox }, at) => {
          const place = bbox.width / devicePixelRatio / weeks.length;
          const every = Math.ceil(nameWidth / Math.max(1, place));
          // The last is the week that runs: it has its name however few there is room for.
          return at.map((index) =>
            (weeks.length - 1 - index) % every === 0 ? dayText(weeks[index]?.week ?? "") : null,
          );
        },
      },
      { ...axis, size: labelWidth, space: 32, incrs: creditSteps },
    ],
    series: [
      {},
      {
        paths: uPlot.paths.bars?.({ size: barSize }),
        points: { show: false },
        width: 0,
        fill: () => token("--primary"),
      },
    ],
  };
}

/** A bar for each week. */
export function SpendingPlot({ weeks }: { weeks: readonly WeekSpending[] }) {
  const element = useRef<HTMLDivElement>(null);
  const [pointed, setPointed] = useState<number | null>(null);
  useEffect(() => {
    const box = element.current;
    if (!box) return;
    const setCursor = ({ cursor }: uPlot) => setPointed(cursor.idx ?? null);
    const data: uPlot.AlignedData = [[...weeks.keys()], weeks.map(({ spent }) => Math.max(0, Number(spent)))];
    return drawIn(box, { ...optionsOf(box, weeks), hooks: { setCursor: [setCursor] } }, data).remove;
  }, [weeks]);
  const shown = weeks[pointed ?? weeks.length - 1];
  const words = weeks.map(({ week, spent }) => `week of ${dayText(week)}: ${creditsText(spent)}`).join("; ");
  return (
    <figure data-slot="plot" data-plot="spending">
      <figcaption className="flex h-5 items-center justify-end gap-1 text-xs">
        <span className="font-mono tabular-nums">{creditsText(shown?.spent ?? "0")}</span>
        <span className="text-muted-foreground">in the week of {dayText(shown?.week ?? "")}</span>
      </figcaption>
      <div ref={element} role="img" aria-label={`Spent on GPU time, ${words}.`} className={spendingHeight} />
    </figure>
  );
}
