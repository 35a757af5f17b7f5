"use client";

import { memo, useEffect, useRef } from "react";
import type { CellFace } from "./hour-table";

/** Half of an hour. */
export type NowPart = "early" | "late";

export interface GpuColumnProps {
  /** The GPU's place in the table. */
  gpu: number;
  gpus: number;
  /** "3", at the column's head. */
  head: string;
  /** "GPU 3 on gpu1, Sat 5 Dec", for who does not see where it stands. */
  name: string;
  /** Why nothing starts on it now; null while all is well. */
  trouble: string | null;
  /** Which hour stands in each row; null where clocks skip one. */
  hours: readonly (number | null)[];
  slots: readonly (CellFace | null)[];
  /** How many hours are over. */
  over: number;
  /** In which row the present is, and in which half of it; -1 on other days. */
  nowRow: number;
  nowPart: NowPart;
  /** The number of the slot that Tab leads to; -1 where it is elsewhere. */
  active: number;
  /** In words, what that slot is. */
  activeText: string;
  /** Rows that are selected, as a comma-separated list: it changes only with its content. */
  selected: string;
  /** Rows in which being outbid has not been looked at, likewise. */
  unseen: string;
}

/** A GPU's hours of one day. It is drawn anew only when something in it changes: a week of 32 GPUs has 224 of them. */
export const GpuColumn = memo(function GpuColumn(props: GpuColumnProps) {
  const { gpu, gpus, head, name, trouble, hours, slots, over, nowRow, nowPart, active, activeText } = props;
  const selected = rowsIn(props.selected);
  const unseen = rowsIn(props.unseen);
  const element = useFlashes(slots);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a table's rows can't stand upright
    // biome-ignore lint/a11y/useFocusableInteractive: its cells take the focus
    <div role="row" ref={element} className="slot-column">
      {/* biome-ignore lint/a11y/useSemanticElements: as the row */}
      {/* biome-ignore lint/a11y/useFocusableInteractive: as the row */}
      <div role="rowheader" aria-label={name} title={trouble ?? name} className="slot-head">
        <span className="slot-head-word">GPU&nbsp;</span>
        {head}
        {trouble ? <span className="slot-trouble">!</span> : null}
      </div>
      {hours.map((hour, row) => {
        const slot = slots[row];
        if (hour === null || !slot) {
          // biome-ignore lint/a11y/useSemanticElements: as the row
          // biome-ignore lint/suspicious/noArrayIndexKey: rows of a day stay where they are
          return <div key={row} role="gridcell" tabIndex={-1} aria-disabled className="slot" data-gap="" />;
        }
        const index = hour * gpus + gpu;
        const { look, label, joined, starts } = slot;
        const reached = index === active ? reachedFace(label, activeText) : { id: undefined, tab: -1, label };
        return (
          // biome-ignore lint/a11y/useSemanticElements: as the row
          <div
            key={hour}
            id={reached.id}
            role="gridcell"
            tabIndex={reached.tab}
            aria-selected={selected.has(row)}
            aria-label={reached.label}
            data-slot-index={index}
            data-look={look === "nobody" ? undefined : look}
            data-joined={joined ? "" : undefined}
            data-starts={starts ? "" : undefined}
            data-now={row === nowRow ? nowPart : undefined}
            data-over={hour < over ? "" : undefined}
            data-unseen={unseen.has(row) ? "" : undefined}
            className="slot"
          >
            <CellText {...slot} />
          </div>
        );
      })}
    </div>
  );
}, isSame);

/** The one cell that Tab leads to, and "Skip to the hours". */
const reachedFace = (label: string | undefined, text: string) =>
  ({ id: "hours", tab: 0, label: [label, text].filter(Boolean).join(": ") }) as const;

function CellText({ figure, name, initial }: CellFace) {
  if (figure === null && name === null) return null;
  return (
    <>
      {figure} <span className="slot-person">{name}</span>
      {initial === null ? null : <span className="slot-initial">{initial}</span>}
    </>
  );
}

const rowsIn = (list: string): ReadonlySet<number> => new Set(list === "" ? [] : list.split(",").map(Number));

/** Slots are one object for each content, so their lists are compared by what stands in them. */
function isSame(before: GpuColumnProps, after: GpuColumnProps): boolean {
  return (Object.keys(after) as (keyof GpuColumnProps)[]).every(
    (name) => before[name] === after[name] || (name === "slots" && sameSlots(before.slots, after.slots)),
  );
}

const sameSlots = (before: GpuColumnProps["slots"], after: GpuColumnProps["slots"]): boolean =>
  before.length === after.length && before.every((slot, row) => slot === after[row]);

const flash = { duration: 900, easing: "ease-out" } as const;

/** What others change lights up once, without anything moving. */
function useFlashes(slots: readonly (CellFace | null)[]) {
  const element = useRef<HTMLDivElement>(null);
  const shown = useRef(slots);
  useEffect(() => {
    const before = shown.current;
    shown.current = slots;
    if (before === slots || window.matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    const cells = element.current?.querySelectorAll<HTMLElement>(".slot");
    for (const [row, slot] of slots.entries()) {
      if (!slot || slot === before[row] || slot.look === "mine") continue;
      cells?.[row]?.animate([{ boxShadow: "inset 0 0 0 2px var(--primary)" }, {}], flash);
    }
  }, [slots]);
  return element;
}
