"use client";

import { type ReactNode, useState } from "react";
import { Panel } from "@/components/ui/panel";
import { SegmentedControl } from "@/components/ui/segmented-control";
import { Select } from "@/components/ui/select";
import type { Split } from "@/lib/competitions/model";
import { type Point, pathOf, recallPoints, rocPoints } from "./curves";
import type { Curve, Explained } from "./explanation";

/** Of the drawing, in its own units. */
const side = 200;

const splitLabels: Record<Split, string> = { public: "Public", private: "Private" };

export type CurvePanelProps = Readonly<Record<Split, Explained | null>>;

/** What the ranking of the cases makes of every threshold: ROC and precision-recall curve of a class against the rest. */
export function CurvePanel(explained: CurvePanelProps) {
  const splits = (["public", "private"] as const).filter(
    (split) => Object.keys(explained[split]?.curves ?? {}).length > 0,
  );
  const [chosenSplit, setSplit] = useState<Split>("public");
  const [chosenClass, setClass] = useState<string | null>(null);
  const split = splits.includes(chosenSplit) ? chosenSplit : splits[0];
  const curves = split === undefined ? {} : (explained[split]?.curves ?? {});
  const names = Object.keys(curves);
  const name = chosenClass !== null && names.includes(chosenClass) ? chosenClass : names[0];
  const curve = name === undefined ? undefined : curves[name];
  if (split === undefined || name === undefined || curve === undefined) return null;
  return (
    <Panel
      title="Curves"
      description={`“${name}” against ${names.length > 1 ? "all others" : "the rest"}: ${curve.positives} of ${curve.positives + curve.negatives} ${split} cases`}
      actions={
        <div className="flex flex-wrap items-center gap-2">
          {names.length > 1 ? (
            <Select
              aria-label="Which class"
              className="w-44"
              value={name}
              onChange={(event) => setClass(event.target.value)}
            >
              {names.map((each) => (
                <option key={each}>{each}</option>
              ))}
            </Select>
          ) : null}
          {splits.length > 1 ? (
            <SegmentedControl
              label="Which split's curves"
              value={split}
              onValueChange={setSplit}
              options={splits.map((value) => ({ value, label: splitLabels[value] }))}
            />
          ) : null}
        </div>
      }
    >
      <div className="grid gap-6 sm:grid-cols-2">
        <RocPlot curve={curve} />
        <RecallPlot curve={curve} />
      </div>
    </Panel>
  );
}

const percent = (share: number) => `${(share * 100).toFixed(0)} %`;

/** The y of a curve at the first point that is as far right as `x`. */
function heightAt(points: readonly Point[], x: number): number {
  return points.find(([at]) => at >= x)?.[1] ?? 0;
}

function RocPlot({ curve }: { curve: Curve }) {
  const points = rocPoints(curve);
  // The last of those that are no further right: what so many alarms buy.
  const hits = (alarms: number) => points.findLast(([x]) => x <= alarms)?.[1] ?? 0;
  return (
    <Square
      title="ROC"
      x="false positive rate"
      y="true positive rate"
      points={points}
      words={`True positive rate ${percent(hits(0.05))} at a false positive rate of 5 %, ${percent(hits(0.1))} at 10 %, ${percent(hits(0.2))} at 20 %.`}
    >
      <path d={`M0 ${side}L${side} 0`} className="stroke-border-strong" strokeDasharray="4 4" />
    </Square>
  );
}

function RecallPlot({ curve }: { curve: Curve }) {
  const points = recallPoints(curve);
  const chance = curve.positives / (curve.positives + curve.negatives);
  const level = ((1 - chance) * side).toFixed(1);
  return (
    <Square
      title="Precision-recall"
      x="recall"
      y="precision"
      points={points}
      words={`Precision ${percent(heightAt(points, 0.5))} at a recall of 50 %, ${percent(heightAt(points, 0.9))} at 90 %; by chance ${percent(chance)}.`}
    >
      <path d={`M0 ${level}H${side}`} className="stroke-border-strong" strokeDasharray="4 4" />
    </Square>
  );
}

interface SquareProps {
  title: string;
  x: string;
  y: string;
  points: readonly Point[];
  /** The same for who does not see it, and below it. */
  words: string;
  /** What chance alone would give. */
  children: ReactNode;
}

/** A curve from 0 to 1 on both axes. */
function Square({ title, x, y, points, words, children }: SquareProps) {
  return (
    <figure data-slot="curve" className="flex min-w-0 flex-col">
      <figcaption className="flex justify-between gap-4 text-muted-foreground text-xs">
        <span>
          <span className="font-medium text-foreground">{title}</span>, {y}
        </span>
        <span aria-hidden className="font-mono">
          1
        </span>
      </figcaption>
      <svg
        role="img"
        aria-label={`${title}. ${words}`}
        viewBox={`0 0 ${side} ${side}`}
        className="mt-1 block aspect-square w-full border-border-strong border-b border-l"
      >
        <path
          d={[0.25, 0.5, 0.75].map((at) => `M0 ${at * side}H${side}M${at * side} 0V${side}`).join("")}
          className="stroke-border"
          vectorEffect="non-scaling-stroke"
        />
        {children}
        <path
          d={pathOf(points, side)}
          className="fill-none stroke-primary"
          strokeWidth="1.75"
          strokeLinejoin="round"
          vectorEffect="non-scaling-stroke"
        />
      </svg>
      <div aria-hidden className="mt-1 flex justify-between font-mono text-muted-foreground text-xs">
        <span>0</span>
        <span className="font-sans">{x}</span>
        <span>1</span>
      </div>
      <p className="mt-2 text-muted-foreground text-xs">{words}</p>
    </figure>
  );
}
