"use client";

import { memo, useSyncExternalStore } from "react";
import { cn } from "@/components/ui/cn";
import { hourMs } from "@/lib/fleet/rules";
import { GpuColumn, type NowPart } from "./gpu-column";
import { beginsAt, gpuName, type HourTable } from "./hour-table";
import type { GridDay } from "./hours";
import { patchesOf, type Selection } from "./selection";

export interface DayBlockProps {
  table: HourTable;
  day: GridDay;
  /** As it is drawn. */
  selection: Selection;
  /** As it is read. */
  read: Selection;
  unseen: ReadonlySet<number>;
  failed: number | null;
  /** How many hours are over. */
  over: number;
  /** ms */
  now: number;
  active: number;
  activeText: string;
  className?: string;
}

/** A day of all GPUs. */
export function DayBlock({ table, day, selection, failed, now, className, ...of }: DayBlockProps) {
  const gpus = table.gpus.length;
  const isHere = day.hours.includes(Math.floor(of.active / gpus));
  const present = presentIn(table, day, now);
  return (
    <div className={cn("slot-day", className)}>
      <p
        aria-hidden
        className="sticky left-9 flex h-7 w-fit max-w-full items-center truncate px-2 font-medium text-xs"
      >
        {day.label}
      </p>
      <DayColumns
        table={table}
        day={day}
        read={of.read}
        unseen={of.unseen}
        over={overIn(day, of.over)}
        nowRow={present?.row ?? -1}
        nowPart={present && present.part >= 0.5 ? "late" : "early"}
        active={isHere ? of.active : -1}
        activeText={isHere ? of.activeText : ""}
      />
      <div aria-hidden className="slot-patches">
        <Patches selection={selection} day={day} gpus={gpus} failed={failed} />
      </div>
      {present ? <NowLine {...present} /> : null}
    </div>
  );
}

interface DayColumnsProps
  extends Pick<DayBlockProps, "table" | "day" | "read" | "unseen" | "over" | "active" | "activeText"> {
  nowRow: number;
  nowPart: NowPart;
}

/** While somebody drags, nothing of this changes. */
const DayColumns = memo(function DayColumns({
  table,
  day,
  read,
  unseen,
  active,
  activeText,
  ...of
}: DayColumnsProps) {
  const gpus = table.gpus.length;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a table's rows can't stand upright
    <div role="rowgroup" aria-label={day.label} className="slot-columns">
      {table.gpus.map((gpu, place) => {
        const here = active % gpus === place;
        return (
          <GpuColumn
            key={gpu.id}
            gpu={place}
            gpus={gpus}
            head={String(gpu.index)}
            name={`${gpuName(table, place)}, ${day.label}`}
            trouble={table.troubles[place] ?? null}
            hours={day.hours}
            slots={day.hours.map((hour) =>
              hour === null ? null : (table.slots[hour * gpus + place] ?? null),
            )}
            {...of}
            active={here ? active : -1}
            activeText={here ? activeText : ""}
            selected={rowsOf(day, place, gpus, read)}
            unseen={rowsOf(day, place, gpus, unseen)}
          />
        );
      })}
    </div>
  );
});

/** Of a day that is over or to come it stays the same, so that its columns do. */
function overIn({ hours }: GridDay, over: number): number {
  const own = hours.filter((hour) => hour !== null);
  const [first = 0, last = 0] = [own[0], own.at(-1)];
  return Math.min(Math.max(over, first), last + 1);
}

function rowsOf({ hours }: GridDay, place: number, gpus: number, slots: ReadonlySet<number>): string {
  if (slots.size === 0) return "";
  return hours
    .flatMap((hour, row) => (hour !== null && slots.has(hour * gpus + place) ? [row] : []))
    .join(",");
}

/** Above the first row: the day's name and the GPUs' numbers. */
const headHeight = "3rem";

interface PatchesProps {
  selection: Selection;
  day: GridDay;
  gpus: number;
  failed: number | null;
}

/** What is selected, drawn over the cells: dragging moves a few boxes and no cell is drawn anew. */
function Patches({ selection, day, gpus, failed }: PatchesProps) {
  const of = (slots: Selection, refused: boolean) =>
    slots.size === 0
      ? []
      : patchesOf(slots, day.hours, gpus).map((patch) => ({ ...patch, refused, key: JSON.stringify(patch) }));
  const patches = [...of(selection, false), ...(failed === null ? [] : of(new Set([failed]), true))];
  return patches.map(({ key, gpus: [left, right], rows: [top, bottom], refused }) => (
    <div
      key={`${key}${refused}`}
      className="slot-patch"
      data-failed={refused ? "" : undefined}
      style={{
        left: `${(left / gpus) * 100}%`,
        width: `${((right - left) / gpus) * 100}%`,
        top: `calc(${headHeight} + var(--slot-height) * ${top})`,
        height: `calc(var(--slot-height) * ${bottom - top})`,
      }}
    />
  ));
}

const never = () => () => {};
const isThere = () => true;
const isNot = () => false;

/** Where the present is on a day: its row, and how much of that is over. */
interface Present {
  readonly row: number;
  readonly part: number;
}

function presentIn(table: HourTable, { hours }: GridDay, now: number): Present | null {
  const since = (now - beginsAt(table, 0)) / hourMs;
  const row = hours.indexOf(Math.floor(since));
  return row < 0 ? null : { row, part: since % 1 };
}

/** A line over the hours; what stands in them makes room for it. */
function NowLine({ row, part }: Present) {
  // Its place is a style, which the page's policy takes from scripts and not from a document.
  const drawn = useSyncExternalStore(never, isThere, isNot);
  if (!drawn) return null;
  return (
    <div
      aria-hidden
      className="slot-now"
      style={{ top: `calc(${headHeight} + var(--slot-height) * ${row + part})` }}
    />
  );
}
