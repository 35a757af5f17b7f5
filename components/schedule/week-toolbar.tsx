"use client";

import { Button } from "@/components/ui/button";
import { SegmentedControl } from "@/components/ui/segmented-control";
import { Legend, type Mark, startsMark } from "./legend";
import type { Shape } from "./selection";
import type { Phase } from "./week";
import { hoursText } from "./words";

const shapeOptions = [
  { value: "through", label: "Through" },
  { value: "daily", label: "Same hours daily" },
] as const;

export interface WeekToolbarProps {
  phase: Phase;
  /** In some of the hours a session starts by itself. */
  starts: boolean;
  shape: Shape;
  onShape: (shape: Shape) => void;
  /** On how many hours nobody has looked at being outbid. */
  unseen: number;
  onSelectUnseen: () => void;
  onSeen: () => void;
}

/** Above the grid: what its marks mean, how a drag reaches, and what was lost since the last look. */
export function WeekToolbar(props: WeekToolbarProps) {
  const { phase, starts, shape, onShape, unseen, onSelectUnseen, onSeen } = props;
  return (
    <div className="flex min-h-12 flex-wrap items-center justify-between gap-x-6 gap-y-2 border-border border-b px-4 py-2">
      <Legend marks={starts ? [...legends[phase], startsMark] : legends[phase]} />
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

const legends: Record<Phase, readonly Mark[]> = {
  bidding: [
    { look: "mine", sample: "3", text: "you lead" },
    { look: "outbid", sample: "3", text: "outbid" },
    { look: "others", sample: "3", text: "others lead" },
    { text: "no bid yet" },
  ],
  settling: [
    { look: "mine", sample: "3", text: "yours" },
    { look: "others", sample: "3", text: "others’" },
    { text: "unsold" },
  ],
  settled: [
    { look: "mine", sample: "3", text: "yours" },
    { look: "others", sample: "3", text: "others’" },
    { text: "to take" },
    { over: true, text: "over" },
  ],
};
