"use client";

import { Button } from "@/components/ui/button";
import { SegmentedControl } from "@/components/ui/segmented-control";
import type { Shape } from "./selection";
import type { Phase } from "./week";
import { hoursText } from "./words";

const shapeOptions = [
  { value: "through", label: "Through" },
  { value: "daily", label: "Same hours daily" },
] as const;

export interface WeekToolbarProps {
  phase: Phase;
  shape: Shape;
  onShape: (shape: Shape) => void;
  /** On how many hours nobody has looked at being outbid. */
  unseen: number;
  onSelectUnseen: () => void;
  onSeen: () => void;
}

/** Above the grid: what its marks mean, how a drag reaches, and what was lost since the last look. */
export function WeekToolbar({ phase, shape, onShape, unseen, onSelectUnseen, onSeen }: WeekToolbarProps) {
  return (
    <div className="flex min-h-12 flex-wrap items-center justify-between gap-x-6 gap-y-2 border-border border-b px-4 py-2">
      <Legend phase={phase} />
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        {unseen > 0 ? (
          <p role="status" className="flex items-center gap-2 text-sm text-warn">
            <span
              aria-hidden
              className="size-0 border-[5px] border-warn border-b-transparent border-l-transparent"
            />
            Outbid on {hoursText(unseen)}
            <Button size="sm" onClick={onSelectUnseen}>
              Select
            </Button>
            <Button size="sm" variant="ghost" onClick={onSeen}>
              Seen
            </Button>
          </p>
        ) : null}
        <SegmentedControl
          className="max-md:hidden"
          label="How a drag over several days reaches"
          value={shape}
          onValueChange={onShape}
          options={shapeOptions}
        />
      </div>
    </div>
  );
}

/** Samples are cells as the grid draws them. */
const legends: Record<Phase, readonly { look?: string; over?: boolean; text: string }[]> = {
  bidding: [
    { look: "mine", text: "you lead" },
    { look: "outbid", text: "outbid" },
    { look: "others", text: "others lead" },
    { text: "no bid yet" },
  ],
  settling: [{ look: "mine", text: "yours" }, { look: "others", text: "others’" }, { text: "unsold" }],
  settled: [
    { look: "mine", text: "yours" },
    { look: "others", text: "others’" },
    { text: "to take" },
    { over: true, text: "over" },
  ],
};

function Legend({ phase }: { phase: Phase }) {
  return (
    <ul
      aria-label="Marks"
      className="slot-legend flex flex-wrap gap-x-4 gap-y-1 text-muted-foreground text-xs"
    >
      {legends[phase].map(({ look, over, text }) => (
        <li key={text} className="flex items-center gap-1.5">
          <span aria-hidden className="slot" data-look={look} data-over={over ? "" : undefined}>
            {look ? "3" : ""}
          </span>
          {text}
        </li>
      ))}
    </ul>
  );
}
